"""The outbox: work written down in the transaction that made it necessary, done later by a relay, at least once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select, update

from db.rows import changed, every, first, insert_if_new
from db.tables import outbox

Kind = Literal["start_process", "letter"]


@dataclass(frozen=True, kw_only=True)
class Errand:
    """One thing to do; `key` names it for good, so that it cannot be written down twice."""

    id: int
    key: str
    kind: Kind
    invoice_id: int | None
    payload: dict[str, Any]
    created_at: datetime
    next_try_at: datetime
    attempts: int
    last_error: str
    done_at: datetime | None


def add(
    connection: Connection, *, key: str, kind: Kind, invoice_id: int | None, payload: dict[str, Any], at: datetime
) -> bool:
    """Writes an errand down; False where its key is already known."""
    row = {"key": key, "kind": kind, "invoice_id": invoice_id, "payload": payload}
    return insert_if_new(connection, outbox, row | {"created_at": at, "next_try_at": at})


def due(connection: Connection, *, at: datetime, limit: int = 50, invoice_id: int | None = None) -> list[Errand]:
    """Errands to try now, oldest first."""
    statement = select(outbox).where(outbox.c.done_at.is_(None), outbox.c.next_try_at <= at)
    if invoice_id is not None:
        statement = statement.where(outbox.c.invoice_id == invoice_id)
    return every(connection, statement.order_by(outbox.c.id).limit(limit), Errand)


def get(connection: Connection, key: str) -> Errand | None:
    """The errand with this key."""
    return first(connection, select(outbox).where(outbox.c.key == key), Errand)


def claim(connection: Connection, errand: Errand, *, until: datetime) -> bool:
    """Takes an errand for one try: True for one caller only. The try is counted before it begins, so that whoever comes
    after a crash knows that there was one; nobody else tries before `until`."""
    where = (outbox.c.id == errand.id, outbox.c.done_at.is_(None), outbox.c.next_try_at == errand.next_try_at)
    values = {"attempts": outbox.c.attempts + 1, "next_try_at": until}
    return changed(connection, update(outbox).where(*where).values(**values))


def done(connection: Connection, errand_id: int, *, at: datetime) -> None:
    """The errand is done."""
    connection.execute(update(outbox).where(outbox.c.id == errand_id).values(done_at=at, last_error=""))


def failed(connection: Connection, errand_id: int, *, error: str, next_try_at: datetime) -> None:
    """The try was in vain; `error` is a code without personal data."""
    values = {"last_error": error[:200], "next_try_at": next_try_at}
    connection.execute(update(outbox).where(outbox.c.id == errand_id).values(**values))


def pending(connection: Connection) -> int:
    """How many errands are open."""
    return len(connection.execute(select(outbox.c.id).where(outbox.c.done_at.is_(None))).all())
