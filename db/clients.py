"""Insured persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import BindParameter, Connection, bindparam, insert, or_, select

from db.rows import every, first, update_each
from db.tables import clients
from pulse.base.identifiers import compact

RiskScore = Literal["low", "medium", "high"]
#: Numbers, beside the insured number, that no two persons share.
Unique = Literal["ahv_number", "card_number"]


@dataclass(frozen=True, kw_only=True)
class Client:
    """An insured person; cover includes both of its days, no end means that it goes on."""

    id: int
    insurance_number: str
    ahv_number: str | None
    card_number: str | None
    first_name: str
    last_name: str
    birth_date: date | None
    sex: str | None
    street: str
    zip: str
    city: str
    canton: str | None
    email: str | None
    language: str
    law: str
    risk_score: RiskScore
    covered_from: date
    covered_until: date | None
    iban: str | None = None
    family_id: str | None = None
    #: Where the row came from: `register` (entered or imported here) or the directory that told it.
    source: str = "register"


_GET = select(clients).where(clients.c.id == bindparam("client_id"))
_NUMBER_COLUMNS = (clients.c.insurance_number, clients.c.ahv_number, clients.c.card_number)
_NUMBERS: BindParameter[str] = bindparam("numbers", expanding=True)
_BY_NUMBERS = select(clients).where(or_(*(column.in_(_NUMBERS) for column in _NUMBER_COLUMNS))).order_by(clients.c.id)
_BY_INSURANCE_NUMBER = select(clients).where(clients.c.insurance_number.in_(_NUMBERS))
_ID_AND_NUMBER = {column.name: select(clients.c.id, column).where(column.in_(_NUMBERS)) for column in _NUMBER_COLUMNS}
_CARRIERS = {
    name: select(clients.c[name], clients.c.insurance_number).where(clients.c[name].in_(_NUMBERS))
    for name in ("ahv_number", "card_number")
}


def get(connection: Connection, client_id: int) -> Client | None:
    """The client with this id."""
    return first(connection, _GET, Client, client_id=client_id)


def by_number(connection: Connection, number: str) -> Client | None:
    """The client whose insured, AHV or card number this is; blanks and dots do not matter."""
    plain = compact(number)
    matches = or_(clients.c.insurance_number == plain, clients.c.ahv_number == plain, clients.c.card_number == plain)
    return first(connection, select(clients).where(matches).order_by(clients.c.id), Client)


def by_numbers(connection: Connection, numbers: Sequence[str]) -> list[Client]:
    """Everybody who carries one of these numbers (compact), in whichever column."""
    wanted = sorted(set(numbers))
    return every(connection, _BY_NUMBERS, Client, numbers=wanted) if wanted else []


def by_insurance_number(connection: Connection, number: str) -> Client | None:
    """The client with this insured number (compact)."""
    return with_insurance_numbers(connection, [number]).get(number)


def with_insurance_numbers(connection: Connection, numbers: Sequence[str]) -> dict[str, Client]:
    """The clients with these insured numbers (compact), by them."""
    found = every(connection, _BY_INSURANCE_NUMBER, Client, numbers=list(numbers)) if numbers else []
    return {client.insurance_number: client for client in found}


def carriers(connection: Connection, column: Unique, numbers: Sequence[str]) -> dict[str, str]:
    """Whose each of these numbers (compact) is, by insured number; nobody's are left out."""
    if not numbers:
        return {}
    rows = connection.execute(_CARRIERS[column], {"numbers": list(numbers)})
    return {getattr(row, column): row.insurance_number for row in rows}


def ids_by_number(connection: Connection, numbers: Sequence[str]) -> dict[str, int]:
    """The ids of those who carry these insured, AHV or card numbers (compact); of two carriers the first entered."""
    found: dict[str, int] = {}
    for query in _ID_AND_NUMBER.values() if numbers else ():
        for client_id, number in connection.execute(query, {"numbers": sorted(set(numbers))}):
            found[number] = min(client_id, found.get(number, client_id))
    return found


def born_on(connection: Connection, day: date) -> list[Client]:
    """Everybody born that day."""
    return every(connection, select(clients).where(clients.c.birth_date == day).order_by(clients.c.id), Client)


def family(connection: Connection, family_id: str) -> list[Client]:
    """Everybody of one family: their children share the bounds of cost sharing (Art. 64 Abs. 4 KVG)."""
    return every(connection, select(clients).where(clients.c.family_id == family_id).order_by(clients.c.id), Client)


def add(connection: Connection, **values: object) -> int:
    """A new client; returns the id."""
    return int(connection.execute(insert(clients).values(**values).returning(clients.c.id)).scalar_one())


def add_many(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """New clients, each with the same columns; their ids by insured number."""
    if not rows:
        return {}
    added = connection.execute(insert(clients).returning(clients.c.insurance_number, clients.c.id), list(rows))
    return {row.insurance_number: row.id for row in added}


def change_many(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Changes clients one after the other: each row has the id and the same columns."""
    update_each(connection, clients, ("id",), rows)


def everyone(connection: Connection, *, limit: int = 100) -> list[Client]:
    """Clients by id."""
    return every(connection, select(clients).order_by(clients.c.id).limit(limit), Client)
