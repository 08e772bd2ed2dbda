"""The audit trail: append-only; each row's digest covers the row before it.

Actions read `source:subject:action`, such as `web:task:completed` or `gateway:mail:returned`. Details hold ids, codes
and amounts, never names, numbers of persons, addresses or diagnoses.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from db.tables import audit_events

_GENESIS = "0" * 64
_LOCK = 7_305_001
_NEWEST = select(audit_events.c.digest).order_by(audit_events.c.id.desc()).limit(1)
_APPEND = insert(audit_events)


def note(
    connection: Connection,
    action: str,
    *,
    actor: str,
    at: datetime,
    invoice_id: int | None = None,
    **details: Any,
) -> None:
    """Appends an event in the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    before = connection.execute(_NEWEST).scalar_one_or_none() or _GENESIS
    row = {"at": at, "actor": actor, "action": action, "invoice_id": invoice_id, "details": details}
    connection.execute(_APPEND, row | {"digest": _digest(before, row)})


def first_broken(connection: Connection) -> int | None:
    """The id of the first row that does not follow from the one before it; None where the chain holds."""
    before = _GENESIS
    for row in connection.execute(select(audit_events).order_by(audit_events.c.id)).mappings():
        if row["digest"] != _digest(before, dict(row)):
            return int(row["id"])
        before = row["digest"]
    return None


def of_invoice(connection: Connection, invoice_id: int) -> list[dict[str, Any]]:
    """A case's events, oldest first."""
    where = audit_events.c.invoice_id == invoice_id
    return [
        dict(row)
        for row in connection.execute(select(audit_events).where(where).order_by(audit_events.c.id)).mappings()
    ]


def _digest(before: str, row: dict[str, Any]) -> str:
    at: datetime = row["at"]
    values = [before, at.astimezone(UTC).isoformat(), row["actor"], row["action"], row["invoice_id"], row["details"]]
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
