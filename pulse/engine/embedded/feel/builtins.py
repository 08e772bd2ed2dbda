"""The built-in functions. A signature has a letter for each argument; those behind `|` may be left out.

s string, n number, i whole number, l list (one value counts as a list of one), a anything, `*` a list or any number of
values. An argument that does not fit makes the result null.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from pulse.engine.embedded.feel.values import Months, add_months, compare, equal, parse_duration, to_text

_TYPES: Final = {"s": str, "n": Decimal, "l": list}
_LARGEST_WHOLE: Final = 100_000
_REPEATED: Final = re.compile(r"[*+}|][^()]*\)+[*+{]")
_NUMBER: Final = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,4})?")


def _argument(letter: str, value: Any) -> Any:
    if letter == "i" and isinstance(value, Decimal) and abs(value) <= _LARGEST_WHOLE and value == int(value):
        return int(value)
    if letter == "l" and value is not None and not isinstance(value, list):
        return [value]
    if letter == "a" or isinstance(value, _TYPES[letter]):
        return value
    raise TypeError


def call(name: str, given: Sequence[Any]) -> object:
    """Call a built-in function; None for an unknown one and for arguments that do not fit."""
    signature, function = BUILTINS.get(name, ("", lambda: None))
    letters, least = signature.replace("|", ""), len(signature.partition("|")[0])
    try:
        if signature == "*":
            result = function(given[0] if len(given) == 1 and isinstance(given[0], list) else given)
        else:
            fits = least <= len(given) <= len(letters)
            result = function(*map(_argument, letters, given)) if fits else None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, re.error):
        return None
    return Decimal(result) if type(result) is int else result


def truth(parts: Iterable[object], *, decisive: bool) -> bool | None:
    """Three-valued logic over any number of values: `and`, `every` (decisive False), `or`, `some` (decisive True)."""
    known = True
    for part in parts:
        if part is decisive:
            return decisive
        known = known and isinstance(part, bool)
    return (not decisive) if known else None


def _sum(parts: list[Any]) -> Decimal:
    if not parts or not all(isinstance(part, Decimal) for part in parts):
        raise TypeError
    return sum(parts, Decimal())


def _extreme(sign: str, parts: list[Any]) -> object:
    best = parts[0]
    for part in parts[1:]:
        better = compare(sign, part, best)
        if better is None:
            return None
        best = part if better else best
    return best


def _round(mode: str) -> Callable[..., Decimal]:
    return lambda number, scale=0: number.quantize(Decimal(1).scaleb(-scale), rounding=mode)


def _number(given: Any) -> Decimal:
    if not isinstance(given, Decimal) and not _NUMBER.fullmatch(given):
        raise ValueError(given)
    return Decimal(given)


def _substring(text: str, start: int, length: int | None = None) -> str | None:
    begin = start - 1 if start > 0 else max(0, len(text) + start)
    end = len(text) if length is None else begin + length
    return text[begin:end] if start else None


def _matches(text: str, pattern: str, flags: str = "") -> bool:
    """A pattern with groups that repeat and are repeated is refused: it can take exponential time."""
    if len(pattern) > 200 or _REPEATED.search(pattern):
        raise ValueError(pattern)
    known = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}
    return re.search(pattern, text, sum((known[flag] for flag in flags), re.NOFLAG)) is not None


def _date(given: Any) -> date:
    if isinstance(given, date):
        return given.date() if isinstance(given, datetime) else given
    return date.fromisoformat(given)


def _moment(given: str) -> datetime:
    if "T" not in given:
        raise ValueError(given)
    return datetime.fromisoformat(given)


def _months_between(start: Any, end: Any) -> Months:
    if end < start:
        return Months(-_months_between(end, start).count)
    count = (end.year - start.year) * 12 + end.month - start.month
    return Months(count - (add_months(start, count) > end))


BUILTINS: Final[Mapping[str, tuple[str, Callable[..., object]]]] = {
    "not": ("a", lambda a: not a if isinstance(a, bool) else None),
    "number": ("a", _number),
    "string": ("a", lambda a: None if a is None else to_text(a)),
    "date": ("a", _date),
    "date and time": ("s", _moment),
    "duration": ("s", parse_duration),
    "years and months duration": ("aa", _months_between),
    "substring": ("si|i", _substring),
    "string length": ("s", len),
    "upper case": ("s", str.upper),
    "lower case": ("s", str.lower),
    "trim": ("s", str.strip),
    "substring before": ("ss", lambda a, b: a.partition(b)[0] if b in a else ""),
    "substring after": ("ss", lambda a, b: a.partition(b)[2]),
    "contains": ("ss", lambda a, b: b in a),
    "starts with": ("ss", str.startswith),
    "ends with": ("ss", str.endswith),
    "matches": ("ss|s", _matches),
    "decimal": ("ni", _round(decimal.ROUND_HALF_EVEN)),
    "floor": ("n|i", _round(decimal.ROUND_FLOOR)),
    "ceiling": ("n|i", _round(decimal.ROUND_CEILING)),
    "round up": ("n|i", _round(decimal.ROUND_UP)),
    "round down": ("n|i", _round(decimal.ROUND_DOWN)),
    "round half up": ("n|i", _round(decimal.ROUND_HALF_UP)),
    "abs": ("n", abs),
    "modulo": ("nn", lambda a, b: a - b * (a / b).to_integral_value(rounding=decimal.ROUND_FLOOR)),
    "list contains": ("la", lambda a, b: any(equal(part, b) for part in a)),
    "count": ("l", len),
    "min": ("*", lambda parts: _extreme("<", parts)),
    "max": ("*", lambda parts: _extreme(">", parts)),
    "sum": ("*", _sum),
    "mean": ("*", lambda parts: _sum(parts) / len(parts)),
    "append": ("la", lambda a, b: [*a, b]),
    "concatenate": ("ll", lambda a, b: [*a, *b]),
}
