"""The values of FEEL and what can be calculated with them. What does not fit together yields None (null).

number: Decimal; string: str; boolean: bool; list; context: dict; date, time, `date and time`: the types of datetime;
days and time duration: timedelta; years and months duration: Months; range: Range.
"""

from __future__ import annotations

import calendar
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

_DAYS: Final = re.compile(r"(-)?P(?:(\d{1,7})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?")
_MONTHS: Final = re.compile(r"(-)?P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?")


@dataclass(frozen=True, order=True, slots=True)
class Months:
    """A years and months duration, counted in months."""

    count: int


@dataclass(frozen=True, slots=True)
class Range:
    """`[low..high]`, either end open or closed."""

    low: object
    high: object
    low_closed: bool
    high_closed: bool

    def holds(self, value: object) -> bool:
        above = compare("<=" if self.low_closed else "<", self.low, value)
        below = compare("<=" if self.high_closed else "<", value, self.high)
        return above is True and below is True


_KINDS: Final[Mapping[type, str]] = {
    Decimal: "number",
    str: "string",
    date: "date",
    datetime: "moment",
    time: "time",
    timedelta: "days",
    Months: "months",
    bool: "boolean",
    list: "list",
    dict: "context",
    Range: "range",
}
_ORDERED: Final = frozenset({"number", "string", "date", "moment", "time", "days", "months"})


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


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(sign: str, left: object, right: object) -> bool | None:
    """`= != < <= > >=`; None for values that cannot be compared."""
    if sign in {"=", "!="}:
        same = equal(left, right)
        return same if sign == "=" or same is None else not same
    if kind(left) != kind(right) or kind(left) not in _ORDERED:
        return None
    try:
        return _COMPARISONS[sign](left, right)
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
    **{
        f"number {sign} number": getattr(operator, name)
        for sign, name in zip("+-*/", ("add", "sub", "mul", "truediv"), strict=True)
    },
    "number ** number": operator.pow,
    "string + string": operator.add,
    "days + days": operator.add,
    "days - days": operator.sub,
    "days * number": lambda length, factor: length * float(factor),
    "days / number": lambda length, divisor: length / float(divisor),
    "days / days": lambda length, other: Decimal(str(length / other)),
    "months + months": lambda length, other: Months(length.count + other.count),
    "months - months": lambda length, other: Months(length.count - other.count),
    "months * number": lambda length, factor: Months(int(length.count * factor)),
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
        return None if function is None else function(left, right)
    except (ArithmeticError, ValueError, TypeError):
        return None


def parse_duration(text: str) -> timedelta | Months | None:
    """`P1DT2H` or `P1Y2M` as a duration."""
    if (found := _DAYS.fullmatch(text)) and any(found.groups()[1:]):
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups()[1:])
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return -length if found[1] else length
    if (found := _MONTHS.fullmatch(text)) and any(found.groups()[1:]):
        count = int(found[2] or 0) * 12 + int(found[3] or 0)
        return Months(-count if found[1] else count)
    return None


def parse_temporal(text: str) -> object:
    """The text of an `@"…"` literal: a duration, a date and time, a time or a date. ValueError if it is none."""
    if "P" in text:
        return parse_duration(text)
    if "T" in text:
        return datetime.fromisoformat(text)
    return time.fromisoformat(text) if ":" in text else date.fromisoformat(text)


def _days_text(length: timedelta) -> str:
    seconds = Decimal(length // timedelta(microseconds=1)) / 1_000_000
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    sign = "-" if seconds < 0 else ""
    parts = [f"{sign}{part.normalize():f}{unit}" for part, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if part]
    return "PT" + ("".join(parts) or "0S")


def _months_text(length: Months) -> str:
    years, months = divmod(abs(length.count), 12)
    sign = "-" if length.count < 0 else ""
    return f"{sign}P{f'{years}Y' if years else ''}{f'{months}M' if months or not years else ''}"


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
            return _months_text(value)
        case date() | time():
            return re.sub(r"\+00:00$", "Z", value.isoformat())
        case list():
            return "[" + ", ".join(to_text(part, nested=True) for part in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}:{to_text(part, nested=True)}" for key, part in value.items()) + "}"
    raise ValueError(f"a {kind(value)} has no text")


def _field(name: str) -> Callable[[Any], int]:
    return operator.attrgetter(name)


def _share(unit: timedelta, modulus: float = math.inf) -> Callable[[timedelta], int]:
    """How many whole units a duration has beyond the next greater ones."""
    return lambda length: int(math.fmod(int(length / unit), modulus))


_DATE_PARTS: Final = {name: _field(name) for name in ("year", "month", "day")} | {
    "weekday": lambda day: day.isoweekday()
}
_TIME_PARTS: Final = {name: _field(name) for name in ("hour", "minute", "second")}
_PARTS: Final[Mapping[str, Mapping[str, Callable[[Any], int]]]] = {
    "date": _DATE_PARTS,
    "time": _TIME_PARTS,
    "moment": _DATE_PARTS | _TIME_PARTS,
    "months": {
        "years": lambda length: int(length.count / 12),
        "months": lambda length: int(math.fmod(length.count, 12)),
    },
    "days": {
        "days": _share(timedelta(days=1)),
        "hours": _share(timedelta(hours=1), 24),
        "minutes": _share(timedelta(minutes=1), 60),
        "seconds": _share(timedelta(seconds=1), 60),
    },
}


def member(value: object, name: str) -> object:
    """`value.name`: an entry of a context, of each context in a list, or a part of a date, time or duration."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list):
        return [member(part, name) for part in value]
    read = _PARTS.get(kind(value), {}).get(name)
    return None if read is None else Decimal(read(value))
