"""The values of FEEL and what can be calculated with them. What does not fit together yields None (null).

number: Decimal; string: str; boolean: bool; list; context: dict; date, time, `date and time`: the types of datetime;
days and time duration: timedelta; years and months duration: Months; range: Range.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from pulse.engine.embedded.errors import ExpressionError

LARGEST: Final = 100_000
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
        above = less(self.low, value) or (self.low_closed and equal(self.low, value))
        below = less(value, self.high) or (self.high_closed and equal(self.high, value))
        return above is True and below is True


def weigh(value: object) -> int:
    """How many values a value holds; ExpressionError beyond the bound, however they are shared."""
    count, left = 0, [value]
    while left:
        count += 1
        if count > LARGEST:
            raise ExpressionError(f"A value holds more than {LARGEST} parts")
        match left.pop():
            case list() as parts:
                left.extend(parts)
            case dict() as entries:
                left.extend(entries.values())
    return count


def kind(value: object) -> str:
    """The kind that decides what a value can be compared with."""
    if isinstance(value, datetime):
        return "datetime with offset" if value.tzinfo else "datetime"
    for class_ in (bool, Decimal, str, date, time, timedelta, Months, list, dict):
        if isinstance(value, class_):
            return class_.__name__
    return type(value).__name__


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


def less(left: Any, right: Any) -> bool | None:
    """`<`; None unless both are of one kind that has an order."""
    if kind(left) != kind(right) or isinstance(left, bool | list | dict | Range) or left is None:
        return None
    try:
        return bool(left < right)
    except TypeError:
        return None


def contains(whole: object, value: object) -> bool:
    """Whether a value equals another, or is in it if that is a range or a list."""
    if isinstance(whole, Range):
        return whole.holds(value)
    if isinstance(whole, list) and not isinstance(value, list):
        return any(contains(part, value) for part in whole)
    return equal(whole, value) is True


def add_months(moment: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def _add(left: Any, right: Any) -> object:
    match left, right:
        case str(), str():
            if len(left) + len(right) > LARGEST:
                raise ExpressionError(f"A text is longer than {LARGEST} characters")
            return left + right
        case (Decimal(), Decimal()) | (timedelta(), timedelta()) | (datetime(), timedelta()):
            return left + right
        case date(), timedelta():
            return left + timedelta(days=right.days)
        case Months(), Months():
            return Months(left.count + right.count)
        case date(), Months():
            return add_months(left, right.count)
        case (timedelta() | Months(), date()):
            return _add(right, left)
    return None


def _subtract(left: Any, right: Any) -> object:
    match left, right:
        case (datetime(), datetime()) | (Decimal(), Decimal()) | (timedelta(), timedelta()):
            return left - right
        case date(), date() if kind(left) == kind(right):
            return left - right
        case _, timedelta():
            return _add(left, -right)
        case _, Months():
            return _add(left, Months(-right.count))
    return None


def _multiply(left: Any, right: Any) -> object:
    match left, right:
        case Decimal(), Decimal():
            return left * right
        case timedelta(), Decimal():
            return left * float(right)
        case Months(), Decimal():
            return Months(int(left.count * right))
        case Decimal(), timedelta() | Months():
            return _multiply(right, left)
    return None


def _divide(left: Any, right: Any) -> object:
    match left, right:
        case Decimal(), Decimal():
            return left / right
        case timedelta() | Months(), Decimal():
            return _multiply(left, 1 / right)
        case timedelta(), timedelta():
            return Decimal(str(left / right))
    return None


def _power(left: Any, right: Any) -> object:
    return left**right if isinstance(left, Decimal) and isinstance(right, Decimal) else None


_ARITHMETIC: Final[dict[str, Callable[[Any, Any], object]]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "**": _power,
}


def calculate(operator: str, left: object, right: object) -> object:
    """`+ - * / **`; None where the operands do not fit or there is no result."""
    try:
        return _ARITHMETIC[operator](left, right)
    except (ArithmeticError, ValueError, TypeError):
        return None


def parse_duration(text: str) -> timedelta | Months | None:
    """`P1DT2H` or `P1Y2M` as a duration."""
    if (found := _DAYS.fullmatch(text)) and any(found.groups()[1:]):
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups()[1:])
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return -length if found[1] else length
    if (found := _MONTHS.fullmatch(text)) and (found[2] or found[3]):
        count = int(found[2] or 0) * 12 + int(found[3] or 0)
        return Months(-count if found[1] else count)
    return None


def parse_date(text: str) -> date | None:
    """`2026-11-22` as a date."""
    return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None


def parse_moment(text: str) -> datetime | None:
    """`2026-11-22T10:00:00`, with or without an offset, as a date and time."""
    return datetime.fromisoformat(text) if re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text) else None


def parse_temporal(text: str) -> object:
    """The text of an `@"…"` literal."""
    if "P" in text:
        return parse_duration(text)
    if "T" in text:
        return parse_moment(text)
    return time.fromisoformat(text) if ":" in text else parse_date(text)


def _duration_text(length: timedelta) -> str:
    seconds = Decimal(length // timedelta(microseconds=1)) / 1_000_000
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    sign = "-" if seconds < 0 else ""
    parts = [f"{sign}{part.normalize():f}{unit}" for part, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if part]
    return "PT" + ("".join(parts) or "0S")


def _months_text(count: int) -> str:
    years, months = divmod(abs(count), 12)
    return f"{'-' if count < 0 else ''}P{f'{years}Y' if years else ''}{f'{months}M' if months or not years else ''}"


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
            return _duration_text(value)
        case Months():
            return _months_text(value.count)
        case date() | time():
            return value.isoformat().removesuffix("+00:00") + ("Z" if value.isoformat().endswith("+00:00") else "")
        case list():
            return "[" + ", ".join(to_text(part, nested=True) for part in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}:{to_text(part, nested=True)}" for key, part in value.items()) + "}"
        case _:
            raise ExpressionError("A function has no text")


def member(value: object, name: str) -> object:
    """`value.name`: an entry of a context, of each context in a list, or a part of a date, time or duration."""
    match value:
        case dict():
            return value.get(name)
        case list():
            return [member(part, name) for part in value]
        case Months():
            parts = {"years": int(value.count / 12), "months": value.count - int(value.count / 12) * 12}
            return Decimal(parts[name]) if name in parts else None
        case timedelta():
            size = abs(value) // timedelta(seconds=1)
            parts = {
                "days": size // 86400,
                "hours": size // 3600 % 24,
                "minutes": size // 60 % 60,
                "seconds": size % 60,
            }
            return Decimal(parts[name] if value >= timedelta() else -parts[name]) if name in parts else None
        case date() | time():
            if name == "weekday" and isinstance(value, date):
                return Decimal(value.isoweekday())
            part = getattr(value, name, None) if name in {"year", "month", "day", "hour", "minute", "second"} else None
            return None if part is None else Decimal(part)
    return None
