"""Insured persons, providers and approvals of costs from rows: the new go in, the known are brought up to date.

A row that cannot be taken is refused by its line and field; the others go in, or none of them where all or nothing was
asked for. Nobody leaves a register because a file does not name them: a file may be a part of it, and cover ends by its
own day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection

from db import approvals, client_terms, clients, consents, providers
from pulse.base.errors import InvalidInput
from pulse.base.identifiers import gtin_13
from pulse.reference.register_rows import ApprovalRow, ClientRow, Numbered, ProviderRow, Refused, RowType

Happened = Literal["added", "changed", "unchanged"]
_TERMS = {"franchises", "maternity_from", "maternity_until", "consent_mail", "consent_data_use"}
_UNIQUE = ("ahv_number", "card_number")


class RowsRefused(InvalidInput):
    """Rows were refused, and all or nothing was asked for: nothing was changed."""

    code = "rows_refused"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of the rows."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: tuple[Refused, ...] = ()

    @property
    def taken(self) -> int:
        """Rows that are in the register now."""
        return self.added + self.changed + self.unchanged


class _NotTaken(Exception):
    """This row contradicts the register: the field, and why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field, self.why = field, why


def take_clients(
    connection: Connection,
    rows: Iterable[Numbered[ClientRow] | Refused],
    *,
    today: date,
    source: str = "register",
    whole: bool = False,
) -> Report:
    """Insured persons by insurance number; of those who are known, what a row does not say stays. Consents and
    withdrawals count from `today`.

    Raises `RowsRefused` where `whole` and a row was refused; the caller's transaction must then not be committed.
    """
    return _taken(rows, partial(_client, connection, today=today, source=source), whole=whole)


def take_providers(
    connection: Connection, rows: Iterable[Numbered[ProviderRow] | Refused], *, today: date, whole: bool = False
) -> Report:
    """Providers by GLN, else ZSR number. What changed holds from the row's `valid_from`, else from `today`; the days
    before keep what they had. Raises as `take_clients`."""
    return _taken(rows, partial(_provider, connection, today=today), whole=whole)


def take_approvals(
    connection: Connection,
    rows: Iterable[Numbered[ApprovalRow] | Refused],
    *,
    at: datetime,
    by: str,
    whole: bool = False,
) -> Report:
    """Approvals of costs; the same one again changes nothing. Raises as `take_clients`."""
    return _taken(rows, partial(_approval, connection, at=at, by=by), whole=whole)


def take_client(connection: Connection, row: ClientRow, *, today: date, source: str) -> int:
    """One insured person, as another directory tells it; returns the id. Raises `InvalidInput` where it contradicts
    the register."""
    try:
        _client(connection, row, today=today, source=source)
    except _NotTaken as problem:
        raise InvalidInput(f"The client cannot be taken over: {problem.field} {problem.why}.") from None
    found = clients.by_insurance_number(connection, row.insurance_number)
    assert found is not None
    return found.id


def add_approval(
    connection: Connection, client_id: int, row: ApprovalRow, *, at: datetime, by: str
) -> tuple[int, bool]:
    """The approval's id, and whether it is new: the same one again is the one on file."""
    values = row.model_dump(exclude={"insurance_number"}) | {"gtin": gtin_13(row.gtin) if row.gtin else None}
    known = next((one for one in approvals.of_client(connection, client_id) if _same(one, values)), None)
    if known is not None:
        return known.id, False
    return approvals.add(connection, client_id=client_id, created_at=at, created_by=by, **values), True


def _taken(rows: Iterable[Numbered[RowType] | Refused], take: Callable[[RowType], Happened], *, whole: bool) -> Report:
    counts: Counter[str] = Counter()
    refused: list[Refused] = []
    for row in rows:
        if isinstance(row, Refused):
            refused.append(row)
            continue
        try:
            counts[take(row.row)] += 1
        except _NotTaken as problem:
            refused.append(Refused(line=row.line, field=problem.field, why=problem.why))
    if whole and refused:
        first = refused[0]
        raise RowsRefused(
            f"{len(refused)} rows refused, the first in line {first.line}: {first.field} {first.why}; nothing changed",
            refused=len(refused),
        )
    return Report(**counts, refused=tuple(refused))


def _client(connection: Connection, row: ClientRow, *, today: date, source: str) -> Happened:
    known = clients.by_insurance_number(connection, row.insurance_number)
    values = row.model_dump(exclude=_TERMS, exclude_unset=known is not None) | {"source": source}
    for field in _UNIQUE:
        number = values.get(field)
        carrier = clients.with_unique(connection, field, number) if number else None
        if carrier is not None and (known is None or carrier.id != known.id):
            raise _NotTaken(field, "is another person's in the register")
    if known is None:
        client_id = clients.add(connection, **values)
    else:
        client_id = known.id
        if not _same(known, values):
            clients.change(connection, client_id, **values)
    terms_changed = _take_terms(connection, client_id, row, today=today, source=source)
    if known is None:
        return "added"
    return "changed" if terms_changed or not _same(known, values) else "unchanged"


def _take_terms(connection: Connection, client_id: int, row: ClientRow, *, today: date, source: str) -> bool:
    changed = bool(row.franchises) and client_terms.set_franchises(connection, client_id, row.franchises)
    if row.maternity_from and row.maternity_until:
        changed |= client_terms.set_maternity(connection, client_id, row.maternity_from, row.maternity_until)
    said: dict[consents.Purpose, bool | None] = {"mail": row.consent_mail, "data_use": row.consent_data_use}
    for purpose, given in said.items():
        if given is not None:
            changed |= consents.say(connection, client_id, purpose, given, on=today, source=source)
    return changed


def _provider(connection: Connection, row: ProviderRow, *, today: date) -> Happened:
    begins = row.valid_from or today
    values = row.model_dump(exclude={"valid_from"})
    known = providers.latest(connection, gln=row.gln, zsr=row.zsr)
    if known is None:
        providers.add(connection, **values, valid_from=begins)
        return "added"
    if _same(known, values) and row.valid_from in (None, known.valid_from):
        return "unchanged"
    if row.valid_from is None and known.valid_to is not None and known.valid_to < today:
        begins = max(today, known.valid_to + timedelta(days=1))
    if begins < known.valid_from:
        raise _NotTaken("valid_from", "lies before the version that the register holds")
    if begins == known.valid_from:
        providers.change(connection, known.id, **values)
        return "changed"
    if known.valid_to is None or known.valid_to >= begins:
        providers.change(connection, known.id, valid_to=begins - timedelta(days=1))
    providers.add(connection, **values, valid_from=begins)
    return "changed"


def _approval(connection: Connection, row: ApprovalRow, *, at: datetime, by: str) -> Happened:
    client = clients.by_number(connection, row.insurance_number)
    if client is None:
        raise _NotTaken("insurance_number", "is nobody's in the register")
    _, is_new = add_approval(connection, client.id, row, at=at, by=by)
    return "added" if is_new else "unchanged"


def _same(known: object, values: dict[str, Any]) -> bool:
    return all(getattr(known, name) == value for name, value in values.items())
