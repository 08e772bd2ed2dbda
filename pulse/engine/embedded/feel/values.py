"""The values of FEEL and what can be calculated with them. What does not fit together yields None (null).

number: Decimal; string: str; boolean: bool; list; context: dict; date and `date and time`: the types of datetime;
days and time duration: timedelta; years and months duration: Months; range: Range.
"""

from __future__ import annotations

import calendar
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from pulse.engine.embedded.grammar import ORDER

_DAYS: Final = re.compile(r"(-)?P(?:(\d{1,7})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?")
_MONTHS: Final = re.compile(r"(-)?P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?")
_ORDERED: Final = frozenset({"number", "string", "date", "moment", "days", "months"})
_FIELDS: Final = frozenset({"year", "month", "day", "hour", "minute", "second", "days", "years", "months"})


@dataclass(frozen=True, order=True, slots=True)
class Months:
    """A years and months duration, counted in months."""

    count: int

    @property
    def years(self) -> int:
        return int(self.count / 12)

    @property
    def months(self) -> int:
        return self.count - 12 * self.years


@dataclass(frozen=True, slots=True)
class Range:
    """`[1..5)` or `> 5`: the comparisons that a value in it passes, each an operator and a bound."""

    limits: tuple[tuple[str, object], ...]

    def holds(self, value: object) -> bool:
        return all(compare(sign, value, bound) is True for sign, bound in self.limits)


_KINDS: Final[Mapping[type, str]] = {
    Decimal: "number",
    str: "string",
    bool: "boolean",
    list: "list",
    dict: "context",
    date: "date",
    datetime: "moment",
    timedelta: "days",
    Months: "months",
    Range: "range",
}


def kind(value: object) -> str:
    """The kind that decides what a value can be compared and calculated with."""
    return _KINDS.get(type(value), "other")


def equal(left: object, right: object) -> bool | None:
    """`=`: null equals null alone; None for two values of different kinds."""
    if left is None or right is None:
        return left is right
    if kind(left) != kind(right):
        return None
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equal(a, b) is True for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(entry, right[key]) is True for key, entry in left.items())
    return left == right


def compare(sign: str, left: object, right: object) -> bool | None:
    """`= != < <= > >=`; None for values that cannot be compared."""
    if sign in {"=", "!="}:
        same = equal(left, right)
        return same if sign == "=" or same is None else not same
    if kind(left) != kind(right) or kind(left) not in _ORDERED:
        return None
    try:
        return ORDER[sign](left, right)
    except TypeError:  # one moment with an offset, one without
        return None


def matches(wanted: object, value: object) -> bool:
    """Whether a value equals the wanted one, or is in it if that is a range or a list."""
    if isinstance(wanted, Range):
        return wanted.holds(value)
    if isinstance(wanted, list) and not isinstance(value, list):
        return any(matches(part, value) for part in wanted)
    return equal(wanted, value) is True


def add_months(moment: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


_CALCULATIONS: Final[Mapping[str, Callable[[Any, Any], object]]] = {
    "number + number": operator.add,
    "number - number": operator.sub,
    "number * number": operator.mul,
    "number / number": operator.truediv,
    "number ** number": operator.pow,
    "string + string": operator.add,
    "days + days": operator.add,
    "days - days": operator.sub,
    "days * number": lambda length, factor: length * float(factor),
    "days / number": lambda length, divisor: length / float(divisor),
    "months + months": lambda length, other: Months(length.count + other.count),
    "months - months": lambda length, other: Months(length.count - other.count),
    "months * number": lambda length, factor: Months(int(length.count * factor)),
    "months / number": lambda length, divisor: Months(int(length.count / divisor)),
    "date + days": lambda day, length: day + timedelta(days=length.days),
    "date - days": lambda day, length: day - timedelta(days=length.days),
    "date + months": lambda day, length: add_months(day, length.count),
    "date - months": lambda day, length: add_months(day, -length.count),
    "date - date": operator.sub,
    "moment + days": operator.add,
    "moment - days": operator.sub,
    "moment + months": lambda moment, length: add_months(moment, length.count),
    "moment - months": lambda moment, length: add_months(moment, -length.count),
    "moment - moment": operator.sub,
}


def calculate(sign: str, left: object, right: object) -> object:
    """`+ - * / **`; None where the operands do not fit or there is no result."""
    function = _CALCULATIONS.get(f"{kind(left)} {sign} {kind(right)}")
    if function is None and sign in {"+", "*"}:
        left, right = right, left
        function = _CALCULATIONS.get(f"{kind(left)} {sign} {kind(right)}")
    try:
        return function(left, right) if function else None
    except (ArithmeticError, TypeError, ValueError):
        return None


def parse_duration(text: str) -> timedelta | Months:
    """`P1DT2H` or `P1Y2M` as a duration; ValueError for any other text."""
    if (found := _DAYS.fullmatch(text)) and any(found.groups()[1:]):
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups()[1:])
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return -length if found[1] else length
    if (found := _MONTHS.fullmatch(text)) and any(found.groups()[1:]):
        count = int(found[2] or 0) * 12 + int(found[3] or 0)
        return Months(-count if found[1] else count)
    raise ValueError(text)


def _days_text(length: timedelta) -> str:
    seconds = Decimal(length // timedelta(microseconds=1)) / 1_000_000
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    sign = "-" if seconds < 0 else ""
    parts = [f"{sign}{part.normalize():f}{unit}" for part, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if part]
    return "PT" + ("".join(parts) or "0S")


def to_text(value: object, *, nested: bool = False) -> str:
    """A value as text: numbers keep their written decimals, durations and lists are written as Java does."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"' if nested else value
        case Decimal():
            return f"{value or abs(value):f}"  # no -0
        case timedelta():
            return _days_text(value)
        case Months():
            parts = ((value.years, "Y"), (value.months, "M"))
            return "P" + ("".join(f"{part}{unit}" for part, unit in parts if part) or "0M")
        case date():
            return re.sub(r"\+00:00$", "Z", value.isoformat())
        case list():
            return "[" + ", ".join(to_text(part, nested=True) for part in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}:{to_text(part, nested=True)}" for key, part in value.items()) + "}"
    raise ValueError(f"a {kind(value)} has no text")


def member(value: object, name: str) -> object:
    """`value.name`: an entry of a context, of each context in a list, or a part of a date or a duration."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list):
        return [member(part, name) for part in value]
    return Decimal(getattr(value, name)) if name in _FIELDS and hasattr(value, name) else None
