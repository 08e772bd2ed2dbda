"""Approvals of costs from rows, or one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from db import approvals, clients
from pulse.base.identifiers import gtin_13
from pulse.claims.reference.registers import Happened, NotTaken, Report, take_rows
from pulse.reference.register_rows import ApprovalRow, Numbered, Refused

_VALUES = tuple(name for name in ApprovalRow.model_fields if name != "insurance_number")


def take_approvals(
    connection: Connection,
    rows: Iterable[Numbered[ApprovalRow] | Refused],
    *,
    at: datetime,
    by: str,
    skip_bad_rows: bool = False,
) -> Report:
    """Approvals of costs; the same one again changes nothing. Raises `RowsRefused` as `take_rows` does."""
    return take_rows(rows, partial(_take, connection, at=at, by=by), names=lambda _row: (), skip_bad_rows=skip_bad_rows)


def add_approval(
    connection: Connection, client_id: int, row: ApprovalRow, *, at: datetime, by: str
) -> tuple[int, bool]:
    """The approval's id, and whether it is new: the same one again is the one on file."""
    values = _values(row)
    key = _key(client_id, values)
    known = next((one for one in approvals.of_client(connection, client_id) if _key(client_id, vars(one)) == key), None)
    if known is not None:
        return known.id, False
    return approvals.add(connection, client_id=client_id, created_at=at, created_by=by, **values), True


def _take(
    connection: Connection, rows: Sequence[Numbered[ApprovalRow]], *, at: datetime, by: str
) -> list[Happened | Refused]:
    holders = clients.ids_by_number(connection, [row.row.insurance_number for row in rows])
    on_file = {_key(one.client_id, vars(one)) for one in approvals.of_clients(connection, list(holders.values()))}
    outcomes: list[Happened | Refused] = []
    new: list[dict[str, Any]] = []
    for row in rows:
        client_id = holders.get(row.row.insurance_number)
        if client_id is None:
            problem = NotTaken("insurance_number", "client_unknown", "is nobody's in the register")
            outcomes.append(problem.at(row.line))
            continue
        values = _values(row.row)
        key = _key(client_id, values)
        outcomes.append("unchanged" if key in on_file else "added")
        if key not in on_file:
            on_file.add(key)
            new.append({"client_id": client_id, "created_at": at, "created_by": by, **values})
    approvals.add_many(connection, new)
    return outcomes


def _values(row: ApprovalRow) -> dict[str, Any]:
    return row.model_dump(exclude={"insurance_number"}) | {"gtin": gtin_13(row.gtin) if row.gtin else None}


def _key(client_id: int, values: Mapping[str, Any]) -> tuple[Any, ...]:
    return (client_id, *(values[name] for name in _VALUES))
