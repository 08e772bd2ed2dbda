"""Insured persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import Connection, bindparam, insert, or_, select

from db.rows import every, first, update_rows
from db.tables import clients
from pulse.base.identifiers import compact

RiskScore = Literal["low", "medium", "high"]


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
_BY = {
    name: select(clients).where(clients.c[name] == bindparam("number"))
    for name in ("insurance_number", "ahv_number", "card_number")
}
_BY_NUMBERS = (
    select(clients)
    .where(
        or_(
            *(
                column.in_(bindparam("numbers", expanding=True))
                for column in (clients.c.insurance_number, clients.c.ahv_number, clients.c.card_number)
            )
        )
    )
    .order_by(clients.c.id)
)


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
    return with_unique(connection, "insurance_number", number)


def with_unique(connection: Connection, column: str, number: str) -> Client | None:
    """The client with this number (compact) in a column whose values are unique."""
    return first(connection, _BY[column], Client, number=number)


def born_on(connection: Connection, day: date) -> list[Client]:
    """Everybody born that day."""
    return every(connection, select(clients).where(clients.c.birth_date == day).order_by(clients.c.id), Client)


def family(connection: Connection, family_id: str) -> list[Client]:
    """Everybody of one family: their children share the bounds of cost sharing (Art. 64 Abs. 4 KVG)."""
    return every(connection, select(clients).where(clients.c.family_id == family_id).order_by(clients.c.id), Client)


def change(connection: Connection, client_id: int, **values: object) -> None:
    """Changes a client's row."""
    update_rows(connection, clients, {"id": client_id}, values)


def add(connection: Connection, **values: object) -> int:
    """A new client; returns the id."""
    return int(connection.execute(insert(clients).values(**values).returning(clients.c.id)).scalar_one())


def everyone(connection: Connection, *, limit: int = 100) -> list[Client]:
    """Clients by id."""
    return every(connection, select(clients).order_by(clients.c.id).limit(limit), Client)
