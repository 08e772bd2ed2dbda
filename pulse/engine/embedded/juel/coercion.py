"""How JUEL reads one type as another, compares and calculates (Expression Language 2.2, sections 1.7 to 1.18)."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.values import BITS, TypedValue, java_name, json_content, print_date, read_double, read_whole

TRUE: Final = TypedValue("Boolean", True)
FALSE: Final = TypedValue("Boolean", False)
COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def java_class(value: TypedValue) -> str:
    """The class name that the engine's messages give for a value."""
    if value.type == "Json":
        return "org.operaton.spin.impl.json.jackson.JacksonJsonNode"
    return java_name(value.type) or str(value.info.get("objectTypeName", "java.util.ArrayList"))


def boolean(truth: bool) -> TypedValue:
    return TRUE if truth else FALSE


def _double_text(number: float) -> str:
    """A Double as Java prints it: 80.35, 1.0E7."""
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number)
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    first, *rest = map(str, digits)
    return f"{'-' if sign else ''}{first}.{''.join(rest) or '0'}E{int(exponent) + len(rest)}"


def to_text(value: TypedValue) -> str:
    """The value as a String; null is the empty text."""
    match value.value:
        case None:
            return ""
        case bool(truth):
            return "true" if truth else "false"
        case float(number):
            return _double_text(number)
        case datetime() as moment:
            return print_date(moment)
        case other:
            return str(other)


def to_boolean(value: TypedValue) -> bool:
    """The value as a Boolean: null and the empty text are false."""
    if value.value is None or isinstance(value.value, bool):
        return bool(value.value)
    if value.type == "String":
        return str(value.value).lower() == "true"
    raise ExpressionError(f"Cannot coerce from {java_class(value)} to class java.lang.Boolean")


def to_number(value: TypedValue, target: str) -> int | float:
    """The value as a Long or a Double; null and the empty text are 0."""
    raw = value.value
    if raw is None or raw == "":
        raw = 0
    if isinstance(raw, str) and value.type == "String":
        try:
            return read_double(raw) if target == "Double" else read_whole(raw, "Long")
        except ValueError:
            raise ExpressionError(f"Cannot coerce '{raw}' to class java.lang.{target}") from None
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ExpressionError(f"Cannot coerce from {java_class(value)} to class java.lang.{target}")
    return float(raw) if target == "Double" else max(-(1 << 63), min(int(raw), (1 << 63) - 1))


def _numbers(left: TypedValue, right: TypedValue, *, texts: bool) -> tuple[int | float, int | float]:
    """Both as Doubles if one is a Double (or, with `texts`, a text that is written like one), else as Longs."""
    raws = (left.value, right.value)
    double = any(isinstance(raw, float) or (texts and isinstance(raw, str) and set(raw) & set(".eE")) for raw in raws)
    target = "Double" if double else "Long"
    return to_number(left, target), to_number(right, target)


def _remainder(a: int | float, b: int | float) -> int | float:
    """The sign is the dividend's, as in Java."""
    return math.fmod(a, b) if isinstance(a, float) else (abs(a) % abs(b)) * (1 if a >= 0 else -1)


_ARITHMETIC: Final[Mapping[str, Callable[[Any, Any], int | float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: float(a) / float(b),
    "%": _remainder,
}


def calculate(sign: str, left: TypedValue, right: TypedValue) -> TypedValue:
    """`+ - * / %`: Longs wrap at 64 bits as Java's do, `/` is always one of Doubles."""
    a, b = _numbers(left, right, texts=True)
    if sign in {"/", "%"} and not b:
        raise ExpressionError("/ by zero")
    result = _ARITHMETIC[sign](a, b)
    if isinstance(result, int):
        return TypedValue("Long", (result + (1 << 63)) % (1 << 64) - (1 << 63))
    if not math.isfinite(result):
        raise ExpressionError("The result is no finite number")
    return TypedValue("Double", result)


def negate(value: TypedValue) -> TypedValue:
    """The unary minus: a number keeps its type, null becomes Long 0."""
    if value.type in BITS and isinstance(value.value, int):
        return TypedValue(value.type, -value.value)
    return calculate("-", TypedValue("Long", 0), value)


def compare(sign: str, left: TypedValue, right: TypedValue) -> bool:
    """`== != < <= > >=`: beside a number all is read as one, beside a Boolean or a text likewise; null equals null."""
    if left.value is None or right.value is None:
        same = left.value is right.value
        return same if sign in {"==", "<=", ">="} else sign == "!=" and not same
    return COMPARISONS[sign](*_alike(left, right, ordered=sign not in {"==", "!="}))


def _alike(left: TypedValue, right: TypedValue, *, ordered: bool) -> tuple[object, object]:
    """Both values as what can be compared; ExpressionError if `ordered` and they have no order."""
    types = {left.type, right.type}
    if types & {*BITS, "Double"}:
        return _numbers(left, right, texts=False)
    if "Boolean" in types and not ordered:
        return to_boolean(left), to_boolean(right)
    if "String" in types:
        return to_text(left), to_text(right)
    if ordered and types != {"Date"}:
        raise ExpressionError(f"Cannot compare {java_class(left)} and {java_class(right)}")
    if types in ({"Json"}, {"Object"}):
        return json_content(left), json_content(right)
    return left.value, right.value


def empty(value: TypedValue) -> bool:
    """`empty`: null, the empty text, a list or map without entries."""
    return (json_content(value) if value.type == "Object" else value.value) in (None, "", [], {})
