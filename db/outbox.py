"""The outbox: work written down in the transaction that made it necessary, done later by a relay, at least once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, select, update

from db.rows import changed, every, first, insert_if_new, update_rows
from db.tables import outbox

Kind = Literal["start_process", "letter", "correlate"]


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


_DUE = (
    select(outbox)
    .where(outbox.c.done_at.is_(None), outbox.c.next_try_at <= bindparam("at"))
    .order_by(outbox.c.id)
    .limit(bindparam("limit"))
)
_DUE_OF_INVOICE = _DUE.where(outbox.c.invoice_id == bindparam("invoice_id"))
_CLAIM = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("errand_id"),
        outbox.c.done_at.is_(None),
        outbox.c.next_try_at == bindparam("planned_at"),
    )
    .values(attempts=outbox.c.attempts + 1, next_try_at=bindparam("until"))
)


def add(
    connection: Connection, *, key: str, kind: Kind, invoice_id: int | None, payload: dict[str, Any], at: datetime
) -> bool:
    """Writes an errand down; False where its key is already known."""
    row = {"key": key, "kind": kind, "invoice_id": invoice_id, "payload": payload}
    return insert_if_new(connection, outbox, row | {"created_at": at, "next_try_at": at})


def due(connection: Connection, *, at: datetime, limit: int = 50, invoice_id: int | None = None) -> list[Errand]:
    """Errands to try now, oldest first."""
    if invoice_id is None:
        return every(connection, _DUE, Errand, at=at, limit=limit)
    return every(connection, _DUE_OF_INVOICE, Errand, at=at, limit=limit, invoice_id=invoice_id)


def get(connection: Connection, key: str) -> Errand | None:
    """The errand with this key."""
    return first(connection, select(outbox).where(outbox.c.key == key), Errand)


def claim(connection: Connection, errand: Errand, *, until: datetime) -> bool:
    """Takes an errand for one try: True for one caller only. The try is counted before it begins, so that whoever comes
    after a crash knows that there was one; nobody else tries before `until`."""
    return changed(connection, _CLAIM, errand_id=errand.id, planned_at=errand.next_try_at, until=until)


def done(connection: Connection, errand_id: int, *, at: datetime) -> None:
    """The errand is done."""
    update_rows(connection, outbox, {"id": errand_id}, {"done_at": at, "last_error": ""})


def failed(connection: Connection, errand_id: int, *, error: str, next_try_at: datetime) -> None:
    """The try was in vain; `error` is a code without personal data."""
    update_rows(connection, outbox, {"id": errand_id}, {"last_error": error[:200], "next_try_at": next_try_at})


def pending(connection: Connection) -> int:
    """How many errands are open."""
    return len(connection.execute(select(outbox.c.id).where(outbox.c.done_at.is_(None))).all())
