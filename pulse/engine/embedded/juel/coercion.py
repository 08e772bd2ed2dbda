"""How JUEL reads one type as another, compares and calculates (Expression Language 2.2, sections 1.7 to 1.18)."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.grammar import ORDER
from pulse.engine.embedded.nodes import double_text
from pulse.engine.embedded.values import BITS, JAVA, TypedValue, json_content, print_date, read_double, read_whole

Operation = Callable[[Any, Any], Any]

TRUE: Final = TypedValue("Boolean", True)
FALSE: Final = TypedValue("Boolean", False)
EQUALITY: Final[Mapping[str, Operation]] = {"==": operator.eq, "!=": operator.ne}
ARITHMETIC: Final[Mapping[str, Operation]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: float(a) / float(b),
    # the sign is the dividend's, as in Java
    "%": lambda a, b: math.fmod(a, b) if isinstance(a, float) else (abs(a) % abs(b)) * (1 if a >= 0 else -1),
}


def java_class(value: TypedValue) -> str:
    """The class name that the engine's messages give for a value."""
    return JAVA.get(value.type) or str(value.info.get("objectTypeName", "java.util.ArrayList"))


def boolean(truth: bool) -> TypedValue:
    return TRUE if truth else FALSE


def to_text(value: TypedValue) -> str:
    """The value as a String; null is the empty text."""
    match value.value:
        case None:
            return ""
        case bool(truth):
            return "true" if truth else "false"
        case float(number):
            return double_text(number)
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
    raise ExpressionError(f"Cannot coerce from class {java_class(value)} to class java.lang.Boolean")


def _number(value: TypedValue, target: str) -> int | float:
    """The value as a Long or a Double; null and the empty text are 0."""
    raw = 0 if value.value in (None, "") else value.value
    if isinstance(raw, str) and value.type == "String":
        try:
            return read_double(raw) if target == "Double" else read_whole(raw, "Long")
        except ValueError:
            raise ExpressionError(f"Cannot coerce '{raw}' to class java.lang.{target}") from None
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ExpressionError(f"Cannot coerce from class {java_class(value)} to class java.lang.{target}")
    return float(raw) if target == "Double" else max(-(1 << 63), min(int(raw), (1 << 63) - 1))


def _numbers(left: TypedValue, right: TypedValue, *, texts: bool) -> tuple[int | float, int | float]:
    """Both as Doubles if one is a Double (or, with `texts`, a text that is written like one), else as Longs."""
    raws = (left.value, right.value)
    double = any(isinstance(raw, float) or (texts and isinstance(raw, str) and set(raw) & set(".eE")) for raw in raws)
    target = "Double" if double else "Long"
    return _number(left, target), _number(right, target)


def calculate(sign: str, left: TypedValue, right: TypedValue) -> TypedValue:
    """`+ - * / %`: Longs wrap at 64 bits as Java's do, `/` is always one of Doubles."""
    a, b = _numbers(left, right, texts=True)
    if sign in {"/", "%"} and not b:
        raise ExpressionError("/ by zero")
    result = ARITHMETIC[sign](a, b)
    if isinstance(result, int):
        return TypedValue("Long", (result + (1 << 63)) % (1 << 64) - (1 << 63))
    if not math.isfinite(result):
        raise ExpressionError("The result is no finite number")
    return TypedValue("Double", result)


def negate(value: TypedValue) -> TypedValue:
    """The unary minus: a number keeps its type, null becomes Long 0."""
    if value.type in BITS and isinstance(value.value, int):
        return TypedValue(value.type, -value.value)
    if value.value is not None and value.type not in {"Double", "String"}:
        raise ExpressionError(f"Cannot negate 'class {java_class(value)}'")
    return calculate("-", TypedValue("Long", 0), value)


def equal(sign: str, left: TypedValue, right: TypedValue) -> TypedValue:
    """`==` and `!=`: null equals null alone."""
    if left.value is None or right.value is None:
        return boolean(EQUALITY[sign](left.value, right.value))
    if "Boolean" in {left.type, right.type} and not _numeric(left, right):
        return boolean(EQUALITY[sign](to_boolean(left), to_boolean(right)))
    return boolean(EQUALITY[sign](*_alike(left, right)))


def compare(sign: str, left: TypedValue, right: TypedValue) -> TypedValue:
    """`< <= > >=`: false beside null, except that null is as great as null."""
    if left.value is None or right.value is None:
        return boolean(left.value is right.value and "=" in sign)
    types = {left.type, right.type}
    if types not in ({"Date"}, {"Boolean"}) and not types & {*BITS, "Double", "String"}:
        raise ExpressionError(_incomparable(left, right))
    return boolean(ORDER[sign](*_alike(left, right)))


def _incomparable(left: TypedValue, right: TypedValue) -> str:
    """Java asks the first of the two that has an order, and that one casts the other to its own class."""
    for asked, other in ((left, right), (right, left)):
        if asked.type in {"Date", "Boolean"}:
            own, cast = java_class(asked), java_class(other)
            where = f" ({cast} and {own} are in module java.base of loader 'bootstrap')" if other.type in JAVA else ""
            return f"class {cast} cannot be cast to class {own}{where}"
    return f"Cannot compare 'class {java_class(left)}' and 'class {java_class(right)}'"


def _numeric(left: TypedValue, right: TypedValue) -> bool:
    return bool({left.type, right.type} & {*BITS, "Double"})


def _alike(left: TypedValue, right: TypedValue) -> tuple[object, object]:
    """Both as numbers if one is a number, as texts if one is a text, else as what they hold."""
    if _numeric(left, right):
        return _numbers(left, right, texts=False)
    if "String" in {left.type, right.type}:
        return to_text(left), to_text(right)
    if left.type == right.type and left.type in {"Json", "Object"}:
        return json_content(left), json_content(right)
    return left.value, right.value


def empty(value: TypedValue) -> bool:
    """`empty`: null, the empty text, a list or map without entries."""
    return (json_content(value) if value.type == "Object" else value.value) in (None, "", [], {})


BINARY: Final[Mapping[str, Callable[[str, TypedValue, TypedValue], TypedValue]]] = {
    **dict.fromkeys(EQUALITY, equal),
    **dict.fromkeys(ORDER, compare),
    **dict.fromkeys(ARITHMETIC, calculate),
}
