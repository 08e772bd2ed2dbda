"""Values on the border between variables and FEEL, typed as `typeRef` says (Camunda's data type transformers)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from pulse.engine.embedded.errors import DecisionError, RestProblem
from pulse.engine.embedded.feel.values import Months, to_text, weigh
from pulse.engine.embedded.values import (
    NULL,
    UNTYPED,
    TypedValue,
    json_content,
    read_double,
    read_whole,
)

BEYOND_JSON: Final = (date, time, timedelta, Months)


class Variables(Mapping[str, object]):
    """Variables as FEEL sees them, converted when they are asked for."""

    def __init__(self, variables: Mapping[str, TypedValue], *, unpack_objects: bool) -> None:
        self._variables = variables
        self._unpack_objects = unpack_objects

    def __getitem__(self, name: str) -> object:
        return to_feel(self._variables[name], unpack_objects=self._unpack_objects)

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def to_feel(value: TypedValue, *, unpack_objects: bool) -> object:
    """A variable in FEEL. An Object is read only where the engine holds it in memory, else it is a DecisionError."""
    match value.value:
        case None | bool():
            return value.value
        case int() | float():
            return feel_number(value.value)
        case datetime() as moment:
            return moment.astimezone(UTC).replace(tzinfo=None)
    if value.type == "Json" or (value.type == "Object" and unpack_objects):
        try:
            return from_json(json_content(value))
        except RestProblem as problem:
            raise DecisionError(problem.message) from None
    if value.type == "String":
        return value.value
    raise DecisionError(f"A variable of type {value.type} cannot be used in FEEL")


def feel_number(number: float) -> Decimal:
    return Decimal(repr(number))


def from_json(content: object) -> object:
    """JSON or plain Python data as FEEL."""
    match content:
        case bool():
            return content
        case int() | float():
            return feel_number(content)
        case list():
            return [from_json(part) for part in content]
        case dict():
            return {str(key): from_json(part) for key, part in content.items()}
    return content


def plain(value: object) -> object:
    """A FEEL value as JSON-able data, or DecisionError."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() and abs(value) < 1 << 63 else float(value)
        case list():
            return [plain(part) for part in value]
        case dict():
            return {key: plain(part) for key, part in value.items()}
        case None | bool() | str():
            return value
    raise DecisionError(f"A {type(value).__name__} has no JSON form")


def _whole(value: object, name: str) -> int:
    return read_whole(to_text(value.normalize() if isinstance(value, Decimal) else value), name)


def _double(value: object) -> float:
    if isinstance(value, Decimal | str):
        return read_double(to_text(value))
    raise ValueError(value)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(value)


def _date(value: object) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    raise ValueError(value)


_TYPES: Final[dict[str, tuple[str, Callable[[object], object]]]] = {
    "string": ("String", to_text),
    "boolean": ("Boolean", _boolean),
    "integer": ("Integer", lambda value: _whole(value, "Integer")),
    "long": ("Long", lambda value: _whole(value, "Long")),
    "double": ("Double", _double),
    "date": ("Date", _date),
}


def typed(value: object, type_ref: str | None) -> TypedValue:
    """A FEEL value as the type of its column; DecisionError if it does not fit. Other type names: untyped."""
    weigh(value)
    if type_ref is None or type_ref.lower() not in _TYPES:
        return TypedValue(UNTYPED, plain(value))
    if value is None:
        return NULL
    name, convert = _TYPES[type_ref.lower()]
    try:
        return TypedValue(name, convert(value))
    except (ValueError, OverflowError):
        raise DecisionError(f"A value of the type {type(value).__name__} is no {type_ref}") from None


def typed_input(value: object, type_ref: str | None) -> tuple[object, TypedValue]:
    """The value of an input column, for its cells and for history. A list for a text stays a list."""
    if isinstance(value, list | dict):
        return value, TypedValue(UNTYPED, plain(value))
    if isinstance(value, BEYOND_JSON) and (type_ref is None or type_ref.lower() not in _TYPES):
        return value, TypedValue("String", to_text(value))
    found = typed(value, type_ref)
    if found.type in {UNTYPED, "Null"}:
        return value, found
    return to_feel(found, unpack_objects=True), found
