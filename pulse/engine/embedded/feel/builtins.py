"""The built-in functions. A signature has a letter for each argument; those behind `|` may be left out.

s string, n number, i whole number, l list (one value counts as a list of one), c context, f function, a anything,
`*` a list or any number of values. An argument that does not fit makes the result null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from functools import cmp_to_key
from typing import Any, Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel import values
from pulse.engine.embedded.feel.scope import Function
from pulse.engine.embedded.feel.values import LARGEST, Months, equal, less, to_text

_TYPES: Final = {"s": str, "n": Decimal, "l": list, "c": dict, "f": Function}


_REPEATED: Final = re.compile(r"[*+}|][^()]*\)+[*+{]")


class _Unfit(Exception):
    """An argument has the wrong type."""


def _argument(letter: str, value: object) -> object:
    if letter == "a":
        return value
    if letter == "i" and isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) <= LARGEST:
        return int(value)
    if letter == "l" and value is not None and not isinstance(value, list):
        return [value]
    if letter in _TYPES and isinstance(value, _TYPES[letter]):
        return value
    raise _Unfit


def call(name: str, given: Sequence[object]) -> object:
    """Call a built-in function; None for an unknown one and for arguments that do not fit."""
    signature, function = BUILTINS.get(name, ("", None))
    if function is None:
        return None
    if signature == "*":
        result = function(given[0] if len(given) == 1 and isinstance(given[0], list) else list(given))
    else:
        least, letters = len(signature.partition("|")[0]), signature.replace("|", "")
        if not least <= len(given) <= len(letters):
            return None
        try:
            arguments = [_argument(letter, value) for letter, value in zip(letters, given, strict=False)]
            result = function(*arguments)
        except (_Unfit, ArithmeticError, ValueError, TypeError, AttributeError, LookupError, re.error):
            return None
    if isinstance(result, bool | None):
        return result
    if isinstance(result, int):
        return Decimal(result)
    if isinstance(result, str | list) and len(result) > LARGEST:
        raise ExpressionError(f"A result is longer than {LARGEST}")
    return result


def _quietly(function: Callable[..., object]) -> Callable[..., object]:
    def called(parts: list[Any]) -> object:
        try:
            return function(parts) if parts else None
        except (ArithmeticError, TypeError, ValueError):
            return None

    return called


def _numbers(parts: list[Any]) -> list[Decimal]:
    if not all(isinstance(part, Decimal) for part in parts):
        raise TypeError
    return parts


def _extreme(parts: list[Any], sign: int) -> object:
    best = parts[0]
    for part in parts[1:]:
        lower = less(part, best) if sign < 0 else less(best, part)
        if lower is None and equal(part, best) is None:
            return None
        best = part if lower else best
    return best


def _truth(parts: list[Any], decisive: bool) -> object:
    if any(part is decisive for part in parts):
        return decisive
    return (not decisive) if all(isinstance(part, bool) for part in parts) else None


def _substring(text: str, start: int, length: int | None = None) -> str | None:
    if start == 0:
        return None
    begin = start - 1 if start > 0 else max(0, len(text) + start)
    return text[begin:] if length is None else text[begin : begin + length]


def _round(mode: str) -> Callable[..., Decimal]:
    def rounded(number: Decimal, scale: int = 0) -> Decimal:
        return number.quantize(Decimal(1).scaleb(-scale), rounding=mode)

    return rounded


def _pattern(pattern: str, flags: str = "") -> re.Pattern[str]:
    """A regular expression without repeated groups that repeat within: those can take exponential time."""
    if len(pattern) > 200 or _REPEATED.search(pattern):
        raise ValueError(pattern)
    chosen = re.NOFLAG
    for flag in flags:
        chosen |= {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}[flag]
    return re.compile(pattern, chosen)


def _replace(text: str, pattern: str, new: str, flags: str = "") -> str:
    if len(text) * len(new) > LARGEST * 10:
        raise ExpressionError("A replacement grows too large")
    return _pattern(pattern, flags).sub(re.sub(r"\$(\d)", r"\\\1", new), text)


def _join(parts: list[Any], between: str = "") -> str:
    if len(parts) * len(between) > LARGEST * 10:
        raise ExpressionError("A joined text grows too large")
    return between.join(part for part in parts if part is not None)


def _number(text: str, grouping: str | None = None, point: str | None = None) -> Decimal:
    plain = text.replace(grouping or "", "") if grouping else text
    plain = plain.replace(point, ".") if point else plain
    if not re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,4})?", plain):
        raise ValueError(text)
    return Decimal(plain)


def _date(first: Any, month: Any = None, day: Any = None) -> object:
    if month is not None:
        return date(int(first), int(month), int(day))
    if isinstance(first, str):
        return values.parse_date(first)
    return first.date() if isinstance(first, datetime) else first


def _time(first: Any, minute: Any = None, second: Any = None) -> object:
    if minute is not None:
        return time(int(first), int(minute), int(second or 0))
    return time.fromisoformat(first) if isinstance(first, str) else first.timetz()


def _date_and_time(first: Any, clock: Any = None) -> object:
    if clock is not None:
        return datetime.combine(first, clock)
    return values.parse_moment(first) if isinstance(first, str) else first


def _months_between(start: Any, end: Any) -> Months:
    if end < start:
        return Months(-_months_between(end, start).count)
    count = (end.year - start.year) * 12 + end.month - start.month
    return Months(count - (values.add_months(start, count) > end))


def _distinct(parts: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for part in parts:
        if not any(equal(part, one) for one in kept):
            kept.append(part)
    return kept


def _flatten(parts: list[Any]) -> list[Any]:
    return [inner for part in parts for inner in (_flatten(part) if isinstance(part, list) else [part])]


def _at(position: int, size: int) -> int:
    if not 1 <= abs(position) <= size:
        raise LookupError(position)
    return position - 1 if position > 0 else size + position


def _sublist(parts: list[Any], start: int, length: int | None = None) -> list[Any]:
    begin = _at(start, len(parts))
    return parts[begin:] if length is None else parts[begin : begin + length]


def _median(parts: list[Any]) -> Decimal:
    ordered = sorted(_numbers(parts))
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _sorted(parts: list[Any], before: Function) -> list[Any]:
    return sorted(parts, key=cmp_to_key(lambda a, b: -1 if before(a, b) is True else int(before(b, a) is True)))


def _product(parts: list[Any]) -> Decimal:
    result = Decimal(1)
    for part in _numbers(parts):
        result *= part
    return result


def _modulo(number: Decimal, divisor: Decimal) -> Decimal:
    return number - divisor * (number / divisor).to_integral_value(rounding=ROUND_FLOOR)


BUILTINS: Final[dict[str, tuple[str, Callable[..., object]]]] = {
    "not": ("a", lambda a: not a if isinstance(a, bool) else None),
    "number": ("a|aa", lambda a, b=None, c=None: a if isinstance(a, Decimal) else _number(a, b, c)),
    "string": ("a", lambda a: None if a is None else to_text(a)),
    "date": ("a|aa", _date),
    "time": ("a|aa", _time),
    "date and time": ("a|a", _date_and_time),
    "duration": ("a", lambda a: values.parse_duration(a) if isinstance(a, str) else a),
    "years and months duration": ("aa", _months_between),
    "is defined": ("a", lambda a: a is not None),
    # text
    "substring": ("si|i", _substring),
    "string length": ("s", len),
    "upper case": ("s", str.upper),
    "lower case": ("s", str.lower),
    "trim": ("s", str.strip),
    "substring before": ("ss", lambda a, b: a.partition(b)[0] if b and b in a else ""),
    "substring after": ("ss", lambda a, b: a.partition(b)[2] if b else a),
    "contains": ("ss", lambda a, b: b in a),
    "starts with": ("ss", str.startswith),
    "ends with": ("ss", str.endswith),
    "matches": ("ss|s", lambda a, b, flags="": _pattern(b, flags).search(a) is not None),
    "replace": ("sss|s", _replace),
    "split": ("ss", lambda a, b: _pattern(b).split(a)),
    "string join": ("l|s", _join),
    # numbers
    "decimal": ("ni", _round(ROUND_HALF_EVEN)),
    "floor": ("n|i", _round(ROUND_FLOOR)),
    "ceiling": ("n|i", _round(ROUND_CEILING)),
    "round up": ("n|i", _round(ROUND_UP)),
    "round down": ("n|i", _round(ROUND_DOWN)),
    "round half up": ("n|i", _round(ROUND_HALF_UP)),
    "round half down": ("n|i", _round(ROUND_HALF_DOWN)),
    "abs": ("a", lambda a: Months(abs(a.count)) if isinstance(a, Months) else abs(a)),
    "modulo": ("nn", _modulo),
    "sqrt": ("n", lambda a: a.sqrt()),
    "log": ("n", lambda a: a.ln()),
    "exp": ("n", lambda a: a.exp()),
    "odd": ("i", lambda a: a % 2 == 1),
    "even": ("i", lambda a: a % 2 == 0),
    # lists
    "list contains": ("la", lambda a, b: any(equal(part, b) for part in a)),
    "count": ("l", len),
    "min": ("*", _quietly(lambda parts: _extreme(parts, -1))),
    "max": ("*", _quietly(lambda parts: _extreme(parts, 1))),
    "sum": ("*", _quietly(lambda parts: sum(_numbers(parts), Decimal(0)))),
    "product": ("*", _quietly(_product)),
    "mean": ("*", _quietly(lambda parts: sum(_numbers(parts), Decimal(0)) / len(parts))),
    "median": ("*", _quietly(_median)),
    "all": ("*", lambda parts: _truth(parts, False)),
    "any": ("*", lambda parts: _truth(parts, True)),
    "append": ("la|aaaaaa", lambda a, *b: [*a, *b]),
    "concatenate": ("l|llllll", lambda *a: [part for one in a for part in one]),
    "union": ("l|llllll", lambda *a: _distinct([part for one in a for part in one])),
    "distinct values": ("l", _distinct),
    "flatten": ("l", _flatten),
    "reverse": ("l", lambda a: a[::-1]),
    "sublist": ("li|i", _sublist),
    "insert before": ("lia", lambda a, at, new: [*a[: _at(at, len(a))], new, *a[_at(at, len(a)) :]]),
    "remove": ("li", lambda a, at: [*a[: _at(at, len(a))], *a[_at(at, len(a)) + 1 :]]),
    "index of": ("la", lambda a, b: [Decimal(at) for at, part in enumerate(a, 1) if equal(part, b)]),
    "sort": ("lf", _sorted),
    # contexts and dates
    "get value": ("cs", lambda a, b: a.get(b)),
    "get entries": ("c", lambda a: [{"key": key, "value": entry} for key, entry in a.items()]),
    "context put": ("csa", lambda a, b, c: {**a, b: c}),
    "day of week": ("a", lambda a: f"{a:%A}"),
    "month of year": ("a", lambda a: f"{a:%B}"),
    "day of year": ("a", lambda a: a.timetuple().tm_yday),
    "week of year": ("a", lambda a: a.isocalendar().week),
}
