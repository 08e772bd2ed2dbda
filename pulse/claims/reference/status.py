"""Which lists are in force, and which of them grow old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from db import lists
from db.lists import ListImport

#: The Spezialitätenliste comes out monthly: after this many days without a new one something is amiss.
SL_OLD_AFTER_DAYS = 45


@dataclass(frozen=True, kw_only=True)
class InForce:
    """A list in force: its newest day, with one import for each language or part."""

    kind: str
    list_date: date
    age_days: int
    is_old: bool
    imports: tuple[ListImport, ...]

    def as_json(self) -> dict[str, object]:
        """With days and moments as ISO text."""
        return {
            "kind": self.kind,
            "list_date": self.list_date.isoformat(),
            "age_days": self.age_days,
            "is_old": self.is_old,
            "imports": [
                {
                    "language": one.language,
                    "rows": one.rows,
                    "details": dict(one.details),
                    "overridden": one.overridden.split(),
                    "source": one.source,
                    "sha256": one.sha256,
                    "imported_at": one.imported_at.isoformat(),
                    "imported_by": one.imported_by,
                }
                for one in self.imports
            ],
        }


def in_force(connection: Connection, today: date) -> list[InForce]:
    """The lists by kind; `today` is the Swiss day."""
    found = []
    for kind in lists.kinds(connection):
        newest = lists.in_force(connection, kind)
        if newest is None:
            continue
        age = (today - newest.list_date).days
        latest = {one.language: one for one in lists.of_day(connection, kind, newest.list_date)}
        found.append(
            InForce(
                kind=kind,
                list_date=newest.list_date,
                age_days=age,
                is_old=kind == "sl" and age > SL_OLD_AFTER_DAYS,
                imports=tuple(latest.values()),
            )
        )
    return found
