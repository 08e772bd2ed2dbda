"""The values of FEEL: how they compare, what they hold, how they are written. What does not fit together is null.

number: Decimal; string: str; boolean: bool; list; context: dict; dates, times and durations: `temporal`; range: Range.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pulse.engine.embedded.feel.temporal import SECOND, Date, Days, Moment, Months, Time, instant, same
from pulse.engine.embedded.grammar import ORDER


class Function(ABC):
    """A function, built in or defined in a model. `declared` is its type, None for one that tells none."""

    declared: Any = None

    @abstractmethod
    def call(self, values: Sequence[object]) -> object:
        """The result for arguments by position; None if they do not fit."""

    @abstractmethod
    def call_named(self, values: Mapping[str, object]) -> object:
        """The result for arguments by name; None if they do not fit."""


@dataclass(frozen=True, slots=True)
class Range:
    """`[start..end)`. `> 5` has no end, `< 5` no start: None."""

    start: object
    end: object
    start_included: bool
    end_included: bool

    def holds(self, value: object) -> bool | None:
        """Whether a value is within; None if it cannot be compared, or an end that counts is null."""
        above: bool | None = True
        below: bool | None = True
        if self.start is not None or self.start_included:
            above = compare(">=" if self.start_included else ">", value, self.start)
        if self.end is not None or self.end_included:
            below = compare("<=" if self.end_included else "<", value, self.end)
        return None if above is None or below is None else above and below


@dataclass(frozen=True, slots=True)
class Unlike:
    """`!= 5` where a value is asked for: all others."""

    value: object


_KINDS: Final[Mapping[type, str]] = {
    Decimal: "number",
    str: "string",
    bool: "boolean",
    list: "list",
    dict: "context",
    Date: "date",
    Time: "time",
    Moment: "date and time",
    Days: "days and time duration",
    Months: "years and months duration",
    Range: "range",
}
_ORDERED: Final = frozenset({Decimal, str, Days, Months})
_SIMPLE: Final = _ORDERED | {bool}
_CALENDAR: Final = frozenset({Date, Time, Moment})


def kind(value: object) -> str:
    """The name of a value's type, as FEEL calls it."""
    return _KINDS.get(type(value)) or ("function" if isinstance(value, Function) else "other")


def equal(left: object, right: object) -> bool | None:
    """`=`: null equals null alone; None for two values of different kinds."""
    if left is None or right is None:
        return left is right
    if type(left) is not type(right):
        return None
    if type(left) in _SIMPLE:
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equal(a, b) is True for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(entry, right[key]) is True for key, entry in left.items())
    if isinstance(left, Date | Time | Moment) and isinstance(right, Date | Time | Moment):
        return same(left, right)
    return left == right


def compare(sign: str, left: Any, right: Any) -> bool | None:
    """`= != < <= > >=`; None for values that cannot be compared."""
    if sign in {"=", "!="}:
        found = equal(left, right)
        return found if sign == "=" or found is None else not found
    if type(left) is not type(right):
        return None
    if type(left) in _ORDERED:
        return ORDER[sign](left, right)
    if type(left) in _CALENDAR:
        (zoned, first), (other_zoned, second) = instant(left), instant(right)
        return ORDER[sign](first, second) if zoned is other_zoned else None
    return None


def matches(wanted: object, value: object) -> bool | None:
    """Whether a value equals the wanted one, or is in it if that is a range or a list; None as a range says."""
    if isinstance(wanted, Range):
        return wanted.holds(value)
    if isinstance(wanted, Unlike):
        return equal(wanted.value, value) is False
    if isinstance(wanted, list) and any(matches(part, value) is True for part in wanted):
        return True
    return equal(wanted, value) is True


def _clock(at: int) -> Callable[[Any], object]:
    return lambda value: (value.time if isinstance(value, Moment) else value).parts[at]


def _signed(at: int) -> Callable[[Days], object]:
    return lambda value: value.parts[at] * (-1 if value.nanos < 0 else 1)


def _of_date(member: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda value: member(value.date)


def _zone(value: Any) -> Any:
    return value.time.zone if isinstance(value, Moment) else value.zone


def _offset(value: Any) -> Days | None:
    offset = value.offset_s if isinstance(value, Moment) else instant(Time(0, value.zone))
    if isinstance(offset, tuple):
        return Days(-offset[1]) if offset[0] else None
    return None if offset is None else Days(offset * SECOND)


_OF_DATES: Final[Mapping[str, Callable[[Any], object]]] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: value.alike.isoweekday(),
}
_OF_TIMES: Final[Mapping[str, Callable[[Any], object]]] = {
    "hour": _clock(0),
    "minute": _clock(1),
    "second": _clock(2),
    "time offset": _offset,
    "timezone": lambda value: _zone(value) if isinstance(_zone(value), str) else None,
}
_MEMBERS: Final[Mapping[type, Mapping[str, Callable[[Any], object]]]] = {
    Date: _OF_DATES,
    Time: _OF_TIMES,
    Moment: {**{name: _of_date(of) for name, of in _OF_DATES.items()}, **_OF_TIMES},
    Days: {name: _signed(at) for at, name in enumerate(("days", "hours", "minutes", "seconds"))},
    Months: {"years": lambda value: value.years, "months": lambda value: value.months},
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}
MEMBERS: Final = frozenset(name for members in _MEMBERS.values() for name in members)


def member(value: object, name: str) -> object:
    """`value.name`: an entry of a context, of each context in a list, or a part of a date, a duration or a range."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list):
        return [member(part, name) for part in value]
    of = _MEMBERS.get(type(value), {}).get(name)
    return plain(of(value)) if of else None


def plain(value: object) -> object:
    """Python's whole numbers as numbers of FEEL."""
    return Decimal(value) if type(value) is int else value


def to_text(value: object, *, nested: bool = False) -> str:
    """A value as `string()` writes it: numbers keep their written decimals, texts are quoted within lists."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"' if nested else value
        case Decimal():
            return f"{value or abs(value):f}"  # no -0
        case list():
            return "[" + ", ".join(to_text(part, nested=True) for part in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}: {to_text(part, nested=True)}" for key, part in value.items()) + "}"
        case Range():
            opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
            return f"{opening}{to_text(value.start, nested=True)}..{to_text(value.end, nested=True)}{closing}"
        case Function() | object() if kind(value) in {"function", "other"}:
            raise ValueError(f"a {kind(value)} has no text")
    return str(value)
