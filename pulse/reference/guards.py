"""What a new list must be before it replaces the one in force: each guard refuses by its own code.

A guard that looks at counts may be overridden by name; that a file is the list at all, whole, and not older than the
one in force, may not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from pulse.base.errors import InvalidInput

Guard = Literal["too_few", "shrunk", "prices_missing"]
GUARDS: tuple[Guard, ...] = get_args(Guard)


class ListRefused(InvalidInput):
    """The list was refused; the one in force stays."""

    code = "list_refused"


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """`least` entries at all, at most `most_lost` fewer than before and `most_without_price` without a price, both as
    shares of 1."""

    least: int
    most_lost: float = 0.1
    most_without_price: float = 0.1


@dataclass(frozen=True, kw_only=True)
class Counts:
    """A list in numbers. `priced` of `priceable` entries have a price: of the Spezialitätenliste those that have a
    dispensing category, as food for special purposes has none and often no price either."""

    entries: int
    priceable: int = 0
    priced: int = 0


def check(counts: Counts, *, before: int | None, bounds: Bounds, overridden: Collection[str] = ()) -> list[Guard]:
    """Raises `ListRefused` with the code of the first guard that is not overridden; gives those that were.

    `before` is how many entries the list in force has, None where there is none.
    """
    objections = dict(_objections(counts, before, bounds))
    for guard, message in objections.items():
        if guard not in overridden:
            raise ListRefused(f"{message}; --force {guard} lets it pass", code=f"list_{guard}", guard=guard)
    return list(objections)


def check_age(day: date, in_force: date | None) -> None:
    """A list may not be older than the one in force (`list_older`): what a day's list said was settled by then."""
    if in_force is not None and day < in_force:
        message = f"the list is of {day}, the one in force of {in_force}: import lists from the oldest to the newest"
        raise ListRefused(message, code="list_older")


def _objections(counts: Counts, before: int | None, bounds: Bounds) -> Iterator[tuple[Guard, str]]:
    if counts.entries < bounds.least:
        yield "too_few", f"the list has {counts.entries} entries, fewer than {bounds.least}"
    if before and counts.entries < before * (1 - bounds.most_lost):
        yield "shrunk", f"the list has {counts.entries} entries, the one in force {before}"
    missing = counts.priceable - counts.priced
    if counts.priceable and missing > counts.priceable * bounds.most_without_price:
        yield "prices_missing", f"{missing} of {counts.priceable} entries have no price"
