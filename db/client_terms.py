"""A client's terms of cost sharing: the franchise of each year, and days of maternity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select

from db.rows import every, update_each
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
_IDS: BindParameter[int] = bindparam("client_ids", expanding=True)
_ALL_FRANCHISES = select(franchises).where(franchises.c.client_id.in_(_IDS))
_ALL_MATERNITIES = select(maternities).where(maternities.c.client_id.in_(_IDS))
_FORGET_MATERNITY = delete(maternities).where(
    maternities.c.client_id == bindparam("of"), maternities.c.begins == bindparam("began")
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


def set_franchises(connection: Connection, chosen: Mapping[int, Mapping[int, Decimal]]) -> set[int]:
    """Records the franchises of some years by client; for whom that changed anything. Other years stay as they are."""
    if not chosen:
        return set()
    rows = connection.execute(_ALL_FRANCHISES, {"client_ids": list(chosen)})
    known = {(row.client_id, row.year): row.amount for row in rows}
    new: list[dict[str, Any]] = []
    other: list[dict[str, Any]] = []
    for client_id, amounts in chosen.items():
        for year, amount in amounts.items():
            before = known.get((client_id, year))
            if before != amount:
                (new if before is None else other).append({"client_id": client_id, "year": year, "amount": amount})
    if new:
        connection.execute(insert(franchises), new)
    update_each(connection, franchises, ("client_id", "year"), other)
    return {row["client_id"] for row in (*new, *other)}


def maternities_of(connection: Connection, client_id: int) -> list[Maternity]:
    """The days of maternity, oldest first."""
    return every(connection, _MATERNITIES, Maternity, client_id=client_id)


def set_maternities(connection: Connection, days: Mapping[int, tuple[date, date]]) -> set[int]:
    """Records days of maternity by client, in place of those that they overlap; for whom that changed anything."""
    if not days:
        return set()
    known: dict[int, list[Maternity]] = {}
    for one in every(connection, _ALL_MATERNITIES, Maternity, client_ids=list(days)):
        known.setdefault(one.client_id, []).append(one)
    new: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for client_id, (begins, ends) in days.items():
        before = known.get(client_id, ())
        if any((one.begins, one.ends) == (begins, ends) for one in before):
            continue
        gone += [{"of": client_id, "began": one.begins} for one in before if one.begins <= ends and one.ends >= begins]
        new.append({"client_id": client_id, "begins": begins, "ends": ends})
    if gone:
        connection.execute(_FORGET_MATERNITY, gone)
    if new:
        connection.execute(insert(maternities), new)
    return {row["client_id"] for row in new}
