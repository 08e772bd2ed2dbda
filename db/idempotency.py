"""Answers to requests that carry an `Idempotency-Key`: the same request again is answered, not done, again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from db.rows import changed, first
from db.tables import idempotency_keys

#: How long a key is remembered.
REMEMBERED = timedelta(days=1)
#: A request that has not answered by then died with its process: the key may be used again.
ABANDONED = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A key that was seen before; no `status` while its request is still being worked on."""

    caller: str
    key: str
    request_digest: str
    status: int | None
    answer: Any
    created_at: datetime


def reserve(connection: Connection, *, caller: str, key: str, request_digest: str, at: datetime) -> Known | None:
    """Takes the key for this request (None), or tells what is known of it."""
    mine = and_(idempotency_keys.c.caller == caller, idempotency_keys.c.key == key)
    forgotten = or_(
        idempotency_keys.c.created_at < at - REMEMBERED,
        and_(mine, idempotency_keys.c.status.is_(None), idempotency_keys.c.created_at < at - ABANDONED),
    )
    connection.execute(delete(idempotency_keys).where(forgotten))
    row = {"caller": caller, "key": key, "request_digest": request_digest, "created_at": at}
    try:
        with connection.begin_nested():
            connection.execute(insert(idempotency_keys).values(**row))
    except IntegrityError:
        return first(connection, select(idempotency_keys).where(mine), Known)
    return None


def answered(connection: Connection, *, caller: str, key: str, status: int, answer: Any) -> bool:
    """Keeps the answer."""
    mine = (idempotency_keys.c.caller == caller, idempotency_keys.c.key == key)
    return changed(connection, update(idempotency_keys).where(*mine).values(status=status, answer=answer))


def release(connection: Connection, *, caller: str, key: str) -> None:
    """The request came to nothing: the key may be used again."""
    mine = (idempotency_keys.c.caller == caller, idempotency_keys.c.key == key)
    connection.execute(delete(idempotency_keys).where(*mine, idempotency_keys.c.status.is_(None)))
