"""How JUEL reads one type as another, compares and calculates (Expression Language 2.2, sections 1.7 to 1.18)."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.values import TypedValue, json_content, print_date, read_double, read_whole

WHOLE: Final = frozenset({"Short", "Integer", "Long"})
TRUE: Final = TypedValue("Boolean", True)
FALSE: Final = TypedValue("Boolean", False)
_CLASSES: Final = {
    **{name: f"java.lang.{name}" for name in ("Short", "Integer", "Long", "Double", "Boolean", "String")},
    "Date": "java.util.Date",
    "Json": "org.operaton.spin.impl.json.jackson.JacksonJsonNode",
}


def java_class(value: TypedValue) -> str:
    """The class name that the engine's messages give for a value."""
    return _CLASSES.get(value.type, str(value.info.get("objectTypeName", "java.util.ArrayList")))


def boolean(truth: bool) -> TypedValue:
    return TRUE if truth else FALSE


def java_double(number: float) -> str:
    """A Double as Java prints it: 80.35, 1.0E7."""
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number) if "e" not in repr(number) else f"{Decimal(repr(number)):f}"
    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    shown = "".join(map(str, digits)).rstrip("0") or "0"
    assert isinstance(exponent, int)
    return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{exponent + len(digits) - 1}"


def to_text(value: TypedValue) -> str:
    """The value as a String; null is the empty text."""
    match value.value:
        case None:
            return ""
        case bool(truth):
            return "true" if truth else "false"
        case float(number):
            return java_double(number)
        case datetime() as moment:
            return print_date(moment)
        case other:
            return str(other)


def to_boolean(value: TypedValue) -> bool:
    """The value as a Boolean: null and the empty text are false."""
    if value.value is None:
        return False
    if isinstance(value.value, bool):
        return value.value
    if isinstance(value.value, str) and value.type == "String":
        return value.value.lower() == "true"
    raise ExpressionError(f"Cannot coerce from {java_class(value)} to class java.lang.Boolean")


def to_number(value: TypedValue, *, double: bool) -> TypedValue:
    """The value as Long, or as Double; null and the empty text are 0."""
    target = "Double" if double else "Long"
    return TypedValue(target, _number(value, target))


def _number(value: TypedValue, target: str) -> int | float:
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


def _pair(left: TypedValue, right: TypedValue, *, texts: bool = False) -> tuple[int | float, int | float]:
    """Both as Doubles if one is a Double (or, with `texts`, a text that is written like one), else as Longs."""
    raws = (left.value, right.value)
    double = any(isinstance(raw, float) or (texts and isinstance(raw, str) and set(raw) & set(".eE")) for raw in raws)
    target = "Double" if double else "Long"
    return _number(left, target), _number(right, target)


def calculate(operator: str, left: TypedValue, right: TypedValue) -> TypedValue:
    """`+ - * / %`: Longs wrap at 64 bits as Java's do, `/` is always one of Doubles."""
    a, b = _pair(left, right, texts=True)
    if operator in {"/", "%"} and not b:
        raise ExpressionError("/ by zero")
    match operator:
        case "+":
            result = a + b
        case "-":
            result = a - b
        case "*":
            result = a * b
        case "/":
            result = float(a) / float(b)
        case _:
            # the sign of the remainder is the dividend's, as in Java
            result = math.fmod(a, b) if isinstance(a, float) else (abs(a) % abs(b)) * (1 if a >= 0 else -1)
    if not isinstance(result, float):
        return TypedValue("Long", (result + (1 << 63)) % (1 << 64) - (1 << 63))
    if not math.isfinite(result):
        raise ExpressionError("The result is no finite number")
    return TypedValue("Double", result)


def negate(value: TypedValue) -> TypedValue:
    """The unary minus: a number keeps its type, null becomes Long 0."""
    if value.type in WHOLE and isinstance(value.value, int):
        return TypedValue(value.type, -value.value)
    return calculate("-", TypedValue("Long", 0), value)


def _numeric(value: TypedValue) -> bool:
    return isinstance(value.value, int | float) and not isinstance(value.value, bool)


def equal(left: TypedValue, right: TypedValue) -> bool:
    """`==`: numbers by value, a text beside a number or a Boolean is read as one."""
    if left.value is None or right.value is None:
        return left.value is right.value
    if _numeric(left) or _numeric(right):
        a, b = _pair(left, right)
        return a == b
    if isinstance(left.value, bool) or isinstance(right.value, bool):
        return to_boolean(left) == to_boolean(right)
    if left.type in {"Json", "Object"} and right.type == left.type:
        return json_content(left) == json_content(right)
    if left.type == "String" or right.type == "String":
        return to_text(left) == to_text(right)
    return left.value == right.value


def less(left: TypedValue, right: TypedValue, *, or_equal: bool) -> bool:
    """`<` and `<=`: false beside null, all else beside a number as one, beside a text as one."""
    if left.value is None or right.value is None:
        return or_equal and left.value is right.value
    x: Any = left.value
    y: Any = right.value
    if _numeric(left) or _numeric(right):
        x, y = _pair(left, right)
    elif left.type == "String" or right.type == "String":
        x, y = to_text(left), to_text(right)
    elif not (isinstance(x, datetime) and isinstance(y, datetime)):
        raise ExpressionError(f"Cannot compare {java_class(left)} and {java_class(right)}")
    return bool(x <= y if or_equal else x < y)


def empty(value: TypedValue) -> bool:
    """`empty`: null, the empty text, a list or map without entries."""
    if value.type == "Object":
        return json_content(value) in (None, [], {})
    return value.value in (None, "", [])
