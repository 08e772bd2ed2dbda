"""Medications as listed in the Spezialitätenliste, with the maximum price of each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, insert, select

from db.rows import every, first
from db.tables import medication_prices, medications


@dataclass(frozen=True, kw_only=True)
class Medication:
    """A pack; listed on both its days and between them, no end means that it still is."""

    gtin: str
    name: str
    substances: str
    manufacturer: str
    atc: str | None
    abuse_risk: int
    listed_from: date
    listed_until: date | None

    def listed_on(self, day: date) -> bool:
        """Whether the pack was on the list that day."""
        return self.listed_from <= day and (self.listed_until is None or day <= self.listed_until)


_GTINS: BindParameter[str] = bindparam("gtins", expanding=True)
_MANY = select(medications).where(medications.c.gtin.in_(_GTINS))
_PRICES = select(medication_prices).where(medication_prices.c.gtin.in_(_GTINS)).order_by(medication_prices.c.valid_from)


def get(connection: Connection, gtin: str) -> Medication | None:
    """The pack with this GTIN (13 digits)."""
    return first(connection, select(medications).where(medications.c.gtin == gtin), Medication)


def prices_on(connection: Connection, packs: Sequence[tuple[str, date]]) -> dict[tuple[str, date], Decimal]:
    """The public price of each pack on its day, for those that have one."""
    if not packs:
        return {}
    rows = connection.execute(_PRICES, {"gtins": sorted({gtin for gtin, _ in packs})}).all()
    return {
        (gtin, day): row.public_price
        for gtin, day in packs
        for row in rows
        if row.gtin == gtin and row.valid_from <= day
    }


def many(connection: Connection, gtins: Sequence[str]) -> dict[str, Medication]:
    """The packs with these GTINs, in one question."""
    found = every(connection, _MANY, Medication, gtins=sorted(set(gtins)))
    return {medication.gtin: medication for medication in found}


def latest_price(connection: Connection, gtin: str) -> Decimal | None:
    """The newest public price of a pack."""
    newest = select(func.max(medication_prices.c.valid_from)).where(medication_prices.c.gtin == gtin).scalar_subquery()
    price: Decimal | None = connection.execute(
        select(medication_prices.c.public_price).where(
            and_(medication_prices.c.gtin == gtin, medication_prices.c.valid_from == newest)
        )
    ).scalar_one_or_none()
    return price


def add(connection: Connection, *, prices: Sequence[tuple[date, Decimal]], **values: object) -> None:
    """A new pack with its prices, each from its day on."""
    connection.execute(insert(medications).values(**values))
    if prices:
        rows = [{"gtin": values["gtin"], "valid_from": day, "public_price": price} for day, price in prices]
        connection.execute(insert(medication_prices), rows)


def everyone(connection: Connection, *, limit: int = 1000) -> list[Medication]:
    """Packs by GTIN."""
    return every(connection, select(medications).order_by(medications.c.gtin).limit(limit), Medication)
