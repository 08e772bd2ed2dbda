"""Medications as listed in the Spezialitätenliste, and what it said of each on a day: price, terms, limitations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import BindParameter, Connection, Row, Select, and_, bindparam, func, insert, select

from db import packages
from db.packages import Package
from db.rows import every, first
from db.tables import medication_limitations, medication_prices, medication_terms, medications

ListStatus = Literal["listed", "not_yet", "delisted", "unknown"]


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
        """Whether the pack was on the list that day, as far as its newest period says."""
        return self.listed_from <= day and (self.listed_until is None or day <= self.listed_until)


@dataclass(frozen=True, kw_only=True)
class LimitationOnDay:
    """A limitation in force on the day asked for; `texts` by language."""

    code: str
    texts: Mapping[str, str] = field(default_factory=dict)
    needs_approval: bool = False
    indication_codes: tuple[str, ...] = ()
    packs: int | None = None
    points: int | None = None


@dataclass(frozen=True, kw_only=True)
class PackOnDay:
    """What the lists say of a pack on a day.

    `maximum_price` in CHF with VAT holds from `price_since` on, which lies after the day where no earlier price is
    known. Of a day before all that is known the earliest terms are told; of one in a gap the last ones before it.
    """

    gtin: str
    name: str
    status: ListStatus
    maximum_price: Decimal | None = None
    price_since: date | None = None
    cost_share_percent: int = 10
    price_model: bool = False
    limitations: tuple[LimitationOnDay, ...] = ()
    atc: str | None = None
    category: str | None = None
    narcotic_list: str | None = None


_GTINS: BindParameter[str] = bindparam("gtins", expanding=True)
_MANY = select(medications).where(medications.c.gtin.in_(_GTINS))
_PRICES = select(medication_prices).where(medication_prices.c.gtin.in_(_GTINS)).order_by(medication_prices.c.valid_from)
_TERMS = select(medication_terms).where(medication_terms.c.gtin.in_(_GTINS)).order_by(medication_terms.c.valid_from)
_LIMITATIONS = (
    select(medication_limitations)
    .where(medication_limitations.c.gtin.in_(_GTINS))
    .order_by(medication_limitations.c.code, medication_limitations.c.valid_from)
)


def get(connection: Connection, gtin: str) -> Medication | None:
    """The pack with this GTIN (13 digits)."""
    return first(connection, select(medications).where(medications.c.gtin == gtin), Medication)


def facts_on(connection: Connection, packs: Iterable[tuple[str, date]]) -> dict[tuple[str, date], PackOnDay]:
    """What the lists say of each pack on its day: one question a table. A pack that no list knows is left out; one
    that Swissmedic knows and the Spezialitätenliste never held has status `unknown`."""
    asked = sorted(set(packs))
    if not asked:
        return {}
    gtins = sorted({gtin for gtin, _ in asked})
    known = many(connection, gtins)
    terms, prices, limitations = (_by_gtin(connection, query, gtins) for query in (_TERMS, _PRICES, _LIMITATIONS))
    elsewhere = packages.on(connection, asked)
    facts = {}
    for gtin, day in asked:
        package = elsewhere.get((gtin, day))
        if gtin in known:
            told = _on_day(known[gtin], day, terms[gtin], prices[gtin], limitations[gtin])
            facts[gtin, day] = told if package is None else _with_package(told, package)
        elif package is not None:
            facts[gtin, day] = _with_package(PackOnDay(gtin=gtin, name=package.name, status="unknown"), package)
    return facts


def prices_on(connection: Connection, packs: Sequence[tuple[str, date]]) -> dict[tuple[str, date], Decimal]:
    """The public price of each pack on its day, for those that have one."""
    if not packs:
        return {}
    rows = _by_gtin(connection, _PRICES, sorted({gtin for gtin, _ in packs}))
    found = {(gtin, day): _covering(rows[gtin], day) for gtin, day in packs}
    return {pack: row.public_price for pack, row in found.items() if row is not None}


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


def add(
    connection: Connection,
    *,
    prices: Sequence[tuple[date, Decimal]],
    terms: Mapping[str, object] | None = None,
    limitations: Sequence[LimitationOnDay] = (),
    **values: Any,
) -> None:
    """A new pack with its prices, each from its day on; its terms and limitations hold as long as it is listed."""
    connection.execute(insert(medications).values(**values))
    period = {
        "gtin": values["gtin"],
        "valid_from": values["listed_from"],
        "valid_until": values.get("listed_until"),
    }
    connection.execute(insert(medication_terms).values(**{"price_model": False} | period | dict(terms or {})))
    if prices:
        days = sorted(prices)
        ends = [day - timedelta(days=1) for day, _ in days[1:]]
        rows = [
            {"gtin": values["gtin"], "valid_from": day, "valid_until": end, "public_price": price}
            for (day, price), end in zip(days, [*ends, None], strict=True)
        ]
        connection.execute(insert(medication_prices), rows)
    for limitation in limitations:
        connection.execute(insert(medication_limitations).values(**period, **_as_row(limitation)))


def everyone(connection: Connection, *, limit: int = 1000) -> list[Medication]:
    """Packs by GTIN."""
    return every(connection, select(medications).order_by(medications.c.gtin).limit(limit), Medication)


def _by_gtin(connection: Connection, query: Select[Any], gtins: Sequence[str]) -> dict[str, list[Row[Any]]]:
    rows: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query, {"gtins": gtins}):
        rows[row.gtin].append(row)
    return rows


def _covers(row: Row[Any], day: date) -> bool:
    return bool(row.valid_from <= day and (row.valid_until is None or day <= row.valid_until))


def _covering(rows: Sequence[Row[Any]], day: date) -> Row[Any] | None:
    """The last row, by its first day, that holds that day."""
    return next((row for row in reversed(rows) if _covers(row, day)), None)


def _on_day(
    pack: Medication,
    day: date,
    terms: Sequence[Row[Any]],
    prices: Sequence[Row[Any]],
    limitations: Sequence[Row[Any]],
) -> PackOnDay:
    before = [row for row in terms if row.valid_from <= day]
    term = _covering(terms, day)
    status: ListStatus = "listed" if term is not None else "delisted" if before else "not_yet"
    nearest = term or (before[-1] if before else terms[0] if terms else None)
    price = _covering(prices, day)
    if price is None and prices and day < prices[0].valid_from:
        price = prices[0]
    return PackOnDay(
        gtin=pack.gtin,
        name=pack.name,
        status=status,
        maximum_price=price.public_price if price is not None else None,
        price_since=price.valid_from if price is not None else None,
        cost_share_percent=nearest.cost_share_percent if nearest is not None else 10,
        price_model=nearest is not None and nearest.price_model,
        limitations=tuple(_limitation(row) for row in limitations if _covers(row, day)),
        atc=pack.atc,
        category=nearest.category if nearest is not None else None,
    )


def _with_package(pack: PackOnDay, package: Package) -> PackOnDay:
    """Swissmedic's word on the category counts before the list's, which knows no A+."""
    return replace(
        pack,
        atc=pack.atc or package.atc,
        category=package.category or pack.category,
        narcotic_list=package.narcotic_list,
    )


def _limitation(row: Row[Any]) -> LimitationOnDay:
    texts = {"de": row.text_de, "fr": row.text_fr, "it": row.text_it}
    return LimitationOnDay(
        code=row.code,
        texts={language: text for language, text in texts.items() if text},
        needs_approval=row.needs_approval,
        indication_codes=tuple(row.indication_codes.split()),
        packs=row.packs,
        points=row.points,
    )


def _as_row(limitation: LimitationOnDay) -> dict[str, object]:
    texts = {f"text_{language}": text for language, text in limitation.texts.items()}
    return texts | {
        "code": limitation.code,
        "needs_approval": limitation.needs_approval,
        "indication_codes": " ".join(limitation.indication_codes),
        "packs": limitation.packs,
        "points": limitation.points,
    }
