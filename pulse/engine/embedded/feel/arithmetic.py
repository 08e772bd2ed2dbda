"""`+ - * / **` of FEEL's values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from pulse.engine.embedded.feel.temporal import DAY, Date, Days, Moment, Months, Time, instant


def _scaled(count: int, factor: Decimal) -> int:
    return int((count * factor).to_integral_value())


def _between(later: Moment | Date | Time, earlier: Moment | Date | Time) -> Days:
    """The time between; TypeError for one with a zone and one without. Beside a moment a date is its midnight, UTC."""
    (zoned, end), (other_zoned, begin) = instant(later), instant(earlier)
    if isinstance(later, Date) is not isinstance(earlier, Date):
        zoned, other_zoned = zoned or isinstance(later, Date), other_zoned or isinstance(earlier, Date)
    if zoned is not other_zoned:
        raise TypeError
    return Days(end - begin)


def _ratio(length: int, other: int) -> Decimal:
    return Decimal(length) / Decimal(other)


_CALCULATIONS: Final[Mapping[tuple[type, str, type], Callable[[Any, Any], object]]] = {
    (Decimal, "+", Decimal): operator.add,
    (Decimal, "-", Decimal): operator.sub,
    (Decimal, "*", Decimal): operator.mul,
    (Decimal, "/", Decimal): operator.truediv,
    (Decimal, "**", Decimal): operator.pow,
    (str, "+", str): operator.add,
    (Days, "+", Days): lambda length, other: Days(length.nanos + other.nanos),
    (Days, "-", Days): lambda length, other: Days(length.nanos - other.nanos),
    (Days, "*", Decimal): lambda length, factor: Days(_scaled(length.nanos, factor)),
    (Days, "/", Decimal): lambda length, divisor: Days(_scaled(length.nanos, 1 / divisor)),
    (Days, "/", Days): lambda length, other: _ratio(length.nanos, other.nanos),
    (Months, "+", Months): lambda length, other: Months(length.count + other.count),
    (Months, "-", Months): lambda length, other: Months(length.count - other.count),
    (Months, "*", Decimal): lambda length, factor: Months(int(length.count * factor)),
    (Months, "/", Decimal): lambda length, divisor: Months(int(length.count / divisor)),
    (Months, "/", Months): lambda length, other: _ratio(length.count, other.count),
    (Date, "+", Days): lambda day, length: day.plus_days(length.nanos // DAY),
    (Date, "-", Days): lambda day, length: day.plus_days(-length.nanos // DAY),
    (Date, "+", Months): lambda day, length: day.plus_months(length.count),
    (Date, "-", Months): lambda day, length: day.plus_months(-length.count),
    (Date, "-", Date): _between,
    (Date, "-", Moment): _between,
    (Moment, "-", Date): _between,
    (Moment, "-", Moment): _between,
    (Moment, "+", Days): lambda moment, length: moment.plus(length.nanos),
    (Moment, "-", Days): lambda moment, length: moment.plus(-length.nanos),
    (Moment, "+", Months): lambda moment, length: Moment(moment.date.plus_months(length.count), moment.time),
    (Moment, "-", Months): lambda moment, length: Moment(moment.date.plus_months(-length.count), moment.time),
    (Time, "+", Days): lambda time, length: Time((time.nanos + length.nanos) % DAY, time.zone),
    (Time, "-", Days): lambda time, length: Time((time.nanos - length.nanos) % DAY, time.zone),
    (Time, "-", Time): _between,
}


def calculate(sign: str, left: object, right: object) -> object:
    """`+ - * / **`; None where the operands do not fit or there is no result."""
    function = _CALCULATIONS.get((type(left), sign, type(right)))
    if function is None and sign in {"+", "*"}:
        left, right = right, left
        function = _CALCULATIONS.get((type(left), sign, type(right)))
    try:
        return function(left, right) if function else None
    except (ArithmeticError, TypeError, ValueError):
        return None
