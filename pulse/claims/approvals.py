"""Approvals of costs on file: put there, shown, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import approvals, audit, clients
from db.approvals import Approval
from db.database import Database
from pulse.base.errors import Conflict, InvalidInput, NotFound
from pulse.claims.reference.approval_register import add_approval
from pulse.reference.register_rows import ApprovalRow, Refused, checked


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An approval with its client's insured number."""

    approval: Approval
    insurance_number: str

    def as_json(self) -> dict[str, Any]:
        """With days and moments as ISO text."""
        values = {name: value for name, value in asdict(self.approval).items() if name != "client_id"}
        plain = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}
        return plain | {"insurance_number": self.insurance_number}


def add(database: Database, values: Mapping[str, Any], *, at: datetime, by: str) -> int:
    """Puts an approval on file; `values` as the fields of `ApprovalRow`. The same one again is the one on file.

    Raises `InvalidInput` naming the field, `NotFound` where the client is unknown.
    """
    row = checked(ApprovalRow, dict(values), 0)
    if isinstance(row, Refused):
        raise InvalidInput(f"{row.field}: {row.why}" if row.field else row.why, field=row.field)
    with database.write() as connection:
        client = clients.by_number(connection, row.row.insurance_number)
        if client is None:
            raise NotFound("Nobody is registered with this number.", code="client_unknown")
        approval_id, is_new = add_approval(connection, client.id, row.row, at=at, by=by)
        if is_new:
            audit.note(connection, "claims:approval:added", actor=by, at=at, approval=approval_id)
    return approval_id


def end(database: Database, approval_id: int, *, at: datetime, by: str) -> None:
    """Takes an approval back. Raises `NotFound`, `Conflict` where that was done before."""
    with database.write() as connection:
        if approvals.get(connection, approval_id) is None:
            raise NotFound("There is no such approval.", approval=approval_id)
        if not approvals.end(connection, approval_id, at=at, by=by):
            raise Conflict("This approval was taken back before.", approval=approval_id)
        audit.note(connection, "claims:approval:ended", actor=by, at=at, approval=approval_id)


def shown(connection: Connection, number: str | None = None, *, limit: int = 100) -> list[Shown]:
    """The approvals that were not taken back: of the client with this number, else the newest of all. Raises
    `NotFound` where nobody has the number."""
    if number is None:
        found = approvals.newest(connection, limit=limit)
    else:
        client = clients.by_number(connection, number)
        if client is None:
            raise NotFound("Nobody is registered with this number.", code="client_unknown")
        found = approvals.of_client(connection, client.id)
    named = {one.client_id: clients.get(connection, one.client_id) for one in found}
    return [
        Shown(approval=one, insurance_number=client.insurance_number)
        for one in found
        if (client := named[one.client_id]) is not None
    ]
