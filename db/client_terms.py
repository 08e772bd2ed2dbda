"""A client's terms of cost sharing: the franchise of each year, and days of maternity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, bindparam, delete, insert, select

from db.rows import every, insert_if_new, update_rows
from db.tables import franchises, maternities


@dataclass(frozen=True, kw_only=True)
class Maternity:
    """Days without cost share, both included: from the 13th week of pregnancy to eight weeks after birth (Art. 64
    Abs. 7 KVG)."""

    client_id: int
    begins: date
    ends: date


_FRANCHISES = select(franchises.c.year, franchises.c.amount).where(franchises.c.client_id == bindparam("client_id"))
_FRANCHISE = select(franchises.c.amount).where(
    franchises.c.client_id == bindparam("client_id"), franchises.c.year == bindparam("year")
)
_MATERNITIES = (
    select(maternities).where(maternities.c.client_id == bindparam("client_id")).order_by(maternities.c.begins)
)


def franchise(connection: Connection, client_id: int, year: int) -> Decimal | None:
    """The franchise chosen for a year, in CHF; None where none is known."""
    amount: Decimal | None = connection.execute(_FRANCHISE, {"client_id": client_id, "year": year}).scalar_one_or_none()
    return amount


def chosen_franchises(connection: Connection, client_id: int) -> dict[int, Decimal]:
    """The franchises of all known years, in CHF."""
    return {row.year: row.amount for row in connection.execute(_FRANCHISES, {"client_id": client_id})}


def set_franchises(connection: Connection, client_id: int, amounts: Mapping[int, Decimal]) -> bool:
    """Records the franchises of some years; whether that changed anything. Other years stay as they are."""
    known = chosen_franchises(connection, client_id)
    for year, amount in amounts.items():
        key = {"client_id": client_id, "year": year}
        if not insert_if_new(connection, franchises, key | {"amount": amount}):
            update_rows(connection, franchises, key, {"amount": amount})
    return any(known.get(year) != amount for year, amount in amounts.items())


def maternities_of(connection: Connection, client_id: int) -> list[Maternity]:
    """The days of maternity, oldest first."""
    return every(connection, _MATERNITIES, Maternity, client_id=client_id)


def set_maternity(connection: Connection, client_id: int, begins: date, ends: date) -> bool:
    """Records days of maternity in place of those that they overlap; whether that changed anything."""
    known = maternities_of(connection, client_id)
    if any(one.begins == begins and one.ends == ends for one in known):
        return False
    overlap = (maternities.c.begins <= ends) & (maternities.c.ends >= begins)
    connection.execute(delete(maternities).where(maternities.c.client_id == client_id, overlap))
    connection.execute(insert(maternities).values(client_id=client_id, begins=begins, ends=ends))
    return True
