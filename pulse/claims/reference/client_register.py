"""Insured persons with their franchises, maternities and consents, from rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection

from db import client_terms, clients, consents
from pulse.base.errors import InvalidInput
from pulse.claims.reference.registers import Happened, NotTaken, Report, same, take_rows
from pulse.reference.register_rows import ClientRow, Numbered, Refused

_TERMS = {"franchises", "maternity_from", "maternity_until", "consent_mail", "consent_data_use"}
_UNIQUE: tuple[clients.Unique, ...] = ("ahv_number", "card_number")


def take_clients(
    connection: Connection,
    rows: Iterable[Numbered[ClientRow] | Refused],
    *,
    today: date,
    source: str = "register",
    skip_bad_rows: bool = False,
) -> Report:
    """Insured persons by insurance number; of those who are known, what a row does not say stays. Consents and
    withdrawals count from `today`.

    Raises `RowsRefused` as `take_rows` does.
    """
    take = partial(_take, connection, today=today, source=source)
    return take_rows(rows, take, names=lambda row: [row.insurance_number], skip_bad_rows=skip_bad_rows)


def take_client(connection: Connection, row: ClientRow, *, today: date, source: str) -> int:
    """One insured person, as another directory tells it; returns the id. Raises `InvalidInput` where it contradicts
    the register."""
    (outcome,) = _take(connection, [Numbered(1, row)], today=today, source=source)
    if isinstance(outcome, Refused):
        raise InvalidInput(f"The client cannot be taken over: {outcome.field} {outcome.why}.")
    return clients.with_insurance_numbers(connection, [row.insurance_number])[row.insurance_number].id


def _take(
    connection: Connection, rows: Sequence[Numbered[ClientRow]], *, today: date, source: str
) -> list[Happened | Refused]:
    batch = _Batch(connection, [row.row for row in rows], source)
    outcomes: list[Happened | Refused] = []
    good: list[ClientRow] = []
    for row in rows:
        try:
            outcomes.append(batch.take(row.row))
            good.append(row.row)
        except NotTaken as problem:
            outcomes.append(problem.at(row.line))
    ids = batch.write()
    changed = _take_terms(connection, {ids[row.insurance_number]: row for row in good}, today=today, source=source)
    return [
        "changed" if outcome == "unchanged" and ids[row.row.insurance_number] in changed else outcome
        for row, outcome in zip(rows, outcomes, strict=True)
    ]


class _Batch:
    """The persons of some rows as the register knows them, and what is to be written of them.

    Changed persons are written before new ones and in their order: a number that one gives up is free for the next.
    """

    def __init__(self, connection: Connection, rows: Sequence[ClientRow], source: str) -> None:
        self._connection, self._source = connection, source
        self._known = clients.with_insurance_numbers(connection, [row.insurance_number for row in rows])
        self._carriers = {
            field: clients.carriers(connection, field, [number for row in rows if (number := getattr(row, field))])
            for field in _UNIQUE
        }
        self._new: list[dict[str, Any]] = []
        self._changed: list[dict[str, Any]] = []

    def take(self, row: ClientRow) -> Happened:
        """Raises `NotTaken` where the row's AHV or card number is another person's."""
        known = self._known.get(row.insurance_number)
        values = row.model_dump(exclude=_TERMS, exclude_unset=known is not None) | {"source": self._source}
        self._claim(row.insurance_number, known, values)
        if known is None:
            self._new.append(values)
            return "added"
        if same(known, values):
            return "unchanged"
        self._changed.append({**vars(known), **values})
        return "changed"

    def write(self) -> dict[str, int]:
        """Everybody's id by insurance number."""
        clients.change_many(self._connection, self._changed)
        ids = {number: known.id for number, known in self._known.items()}
        return ids | clients.add_many(self._connection, self._new)

    def _claim(self, owner: str, known: clients.Client | None, values: Mapping[str, Any]) -> None:
        for field in _UNIQUE:
            if self._carriers[field].get(values.get(field) or "", owner) != owner:
                raise NotTaken(field, "number_taken", "is another person's in the register")
        for field in _UNIQUE:
            if field not in values:
                continue
            if known is not None and getattr(known, field) != values[field]:
                self._carriers[field].pop(getattr(known, field) or "", None)
            if values[field]:
                self._carriers[field][values[field]] = owner


def _take_terms(connection: Connection, rows: Mapping[int, ClientRow], *, today: date, source: str) -> set[int]:
    """Whose terms changed."""
    franchises = {who: row.franchises for who, row in rows.items() if row.franchises}
    changed = client_terms.set_franchises(connection, franchises)
    maternities = {
        who: (row.maternity_from, row.maternity_until)
        for who, row in rows.items()
        if row.maternity_from and row.maternity_until
    }
    changed |= client_terms.set_maternities(connection, maternities)
    mail = {who: row.consent_mail for who, row in rows.items() if row.consent_mail is not None}
    changed |= consents.say(connection, "mail", mail, on=today, source=source)
    use = {who: row.consent_data_use for who, row in rows.items() if row.consent_data_use is not None}
    return changed | consents.say(connection, "data_use", use, on=today, source=source)
