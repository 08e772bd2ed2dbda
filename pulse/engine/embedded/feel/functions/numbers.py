"""Functions of numbers."""

from __future__ import annotations

import decimal
import re
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from math import prod
from typing import Any, Final

from pulse.engine.embedded.feel.functions.signature import Row
from pulse.engine.embedded.feel.temporal import Days, Months

_NUMBER: Final = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,4})?", re.ASCII)
_LEAST_SCALE, _LARGEST_SCALE = -6111, 6176


def _round(mode: str) -> Callable[..., Decimal]:
    def rounded(number: Decimal, scale: int = 0) -> Decimal:
        if not _LEAST_SCALE <= scale <= _LARGEST_SCALE:
            raise ValueError(scale)
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and -exponent <= scale:
            return number
        return number.quantize(Decimal(1).scaleb(-scale), rounding=mode)

    return rounded


def _number(text: str, grouping: str | None = None, point: str | None = None) -> Decimal:
    if grouping not in {None, " ", ",", "."} or point not in {None, ",", "."} or (grouping and grouping == point):
        raise ValueError(grouping, point)
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(point, ".") if point else plain
    if not _NUMBER.fullmatch(plain):
        raise ValueError(text)
    return Decimal(plain)


def _modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    return dividend - divisor * (dividend / divisor).to_integral_value(rounding=decimal.ROUND_FLOOR)


def _numbers(parts: Sequence[Any]) -> Sequence[Decimal]:
    if not parts or not all(isinstance(part, Decimal) for part in parts):
        raise TypeError
    return parts


def _sum(parts: Sequence[Any]) -> Decimal:
    return sum(_numbers(parts), Decimal())


def _mean(parts: Sequence[Any]) -> Decimal:
    return _sum(parts) / len(parts)


def _median(parts: Sequence[Any]) -> Decimal:
    ordered = sorted(_numbers(parts))
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _deviation(parts: Sequence[Any]) -> Decimal:
    mean = _mean(parts)
    return (sum(((part - mean) ** 2 for part in parts), Decimal()) / (len(parts) - 1)).sqrt()


def _mode(parts: Sequence[Any]) -> list[Decimal]:
    counts = Counter(_numbers(parts) if parts else ())
    most = max(counts.values(), default=0)
    return sorted(part for part, count in counts.items() if count == most)


def _whole(number: Decimal) -> int:
    if number != int(number):
        raise ValueError(number)
    return int(number)


_ROUNDED: Final = {
    "floor": decimal.ROUND_FLOOR,
    "ceiling": decimal.ROUND_CEILING,
    "round up": decimal.ROUND_UP,
    "round down": decimal.ROUND_DOWN,
    "round half up": decimal.ROUND_HALF_UP,
    "round half down": decimal.ROUND_HALF_DOWN,
}

NUMBERS: Final[Sequence[Row]] = (
    ("number", "from:n", lambda number: number),
    ("number", "from:s, grouping separator:s?, decimal separator:s?", _number),
    ("decimal", "n:n, scale:i", _round(decimal.ROUND_HALF_EVEN)),
    *[(name, declared, _round(mode)) for name, mode in _ROUNDED.items() for declared in ("n:n", "n:n, scale:i")],
    ("abs", "number:n", abs),
    ("abs", "number:u", lambda length: Days(abs(length.nanos))),
    ("abs", "number:y", lambda length: Months(abs(length.count))),
    ("modulo", "dividend:n, divisor:n", _modulo),
    ("sqrt", "number:n", Decimal.sqrt),
    ("log", "number:n", lambda number: number.ln() if number > 0 else None),
    ("exp", "number:n", Decimal.exp),
    ("odd", "number:n", lambda number: _whole(number) % 2 == 1),
    ("even", "number:n", lambda number: _whole(number) % 2 == 0),
    ("sum", "list:v", _sum),
    ("product", "list:v", lambda parts: prod(_numbers(parts), start=Decimal(1))),
    ("mean", "list:v", _mean),
    ("median", "list:v", _median),
    ("stddev", "list:v", _deviation),
    ("mode", "list:v", _mode),
)
