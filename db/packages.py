"""What Swissmedic, Refdata and the list of A+ packs say about a pack on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import BindParameter, Connection, bindparam, select

from db import dated
from db.tables import packages

PackageList = Literal["swissmedic", "refdata", "aplus"]
#: Whose word counts first. The list of A+ packs knows nothing but the category.
_ORDER: tuple[PackageList, ...] = ("aplus", "swissmedic", "refdata")
_VALUES = ("name", "substances", "holder", "atc", "category", "narcotic_list")


@dataclass(frozen=True, kw_only=True)
class Package:
    """A pack on a day; `category` A+, A, B, C, D or E, `narcotic_list` a to d."""

    gtin: str
    name: str = ""
    substances: str = ""
    holder: str = ""
    atc: str | None = None
    category: str | None = None
    narcotic_list: str | None = None


_GTINS: BindParameter[str] = bindparam("gtins", expanding=True)
_ROWS = select(packages).where(packages.c.gtin.in_(_GTINS)).order_by(packages.c.valid_from)


def on(connection: Connection, packs: Sequence[tuple[str, date]]) -> dict[tuple[str, date], Package]:
    """Each pack on its day, for those that a list knows: one question.

    A day before the first version that a list has of a pack gets that version: categories change seldom, and to know
    nothing of a narcotic would be worse. A day after the last version gets nothing of that list.
    """
    if not packs:
        return {}
    rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in connection.execute(_ROWS, {"gtins": sorted({gtin for gtin, _ in packs})}).mappings():
        rows.setdefault((row["list"], row["gtin"]), []).append(dict(row))
    found: dict[tuple[str, date], Package] = {}
    for gtin, day in packs:
        versions = [_version(rows[name, gtin], day) for name in _ORDER if (name, gtin) in rows]
        told = [version for version in versions if version is not None]
        if told:
            values = {name: next((one[name] for one in told if one[name]), None) for name in _VALUES}
            found[gtin, day] = Package(gtin=gtin, **{name: value for name, value in values.items() if value})
    return found


def replace(
    connection: Connection, which: PackageList, rows: Iterable[Mapping[str, Any]], *, day: date
) -> dated.Changes:
    """Makes `rows` (with `gtin` and any of the columns) this list from that day on."""
    return dated.replace(connection, packages, key="gtin", fixed={"list": which}, rows=rows, day=day)


def count(connection: Connection, which: PackageList) -> int:
    """How many packs this list holds today."""
    return dated.held(connection, packages, packages.c.list == which)


def _version(rows: list[Mapping[str, Any]], day: date) -> Mapping[str, Any] | None:
    if day < rows[0]["valid_from"]:
        return rows[0]
    for row in reversed(rows):
        if row["valid_from"] <= day:
            return row if row["valid_until"] is None or day <= row["valid_until"] else None
    return None
