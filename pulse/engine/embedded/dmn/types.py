"""Values on the border between variables and FEEL, typed as `typeRef` says (Camunda's data type transformers)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from pulse.engine.embedded.errors import DecisionError, RestProblem
from pulse.engine.embedded.feel.values import kind, to_text
from pulse.engine.embedded.values import NULL, UNTYPED, TypedValue, json_content, read_double, read_whole


class Variables(Mapping[str, object]):
    """Variables as FEEL sees them, converted when they are asked for."""

    def __init__(self, variables: Mapping[str, TypedValue], *, unpack_objects: bool) -> None:
        self._variables = variables
        self._unpack_objects = unpack_objects

    def __getitem__(self, name: str) -> object:
        return to_feel(self._variables[name], unpack_objects=self._unpack_objects)

    def __contains__(self, name: object) -> bool:
        return name in self._variables

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def to_feel(value: TypedValue, *, unpack_objects: bool) -> object:
    """A variable in FEEL. An Object is read only where the engine holds it in memory, else it is a DecisionError."""
    if isinstance(value.value, datetime):
        return value.value.astimezone(UTC).replace(tzinfo=None)
    if value.value is not None and (value.type == "Json" or (value.type == "Object" and unpack_objects)):
        try:
            return _from_json(json_content(value))
        except RestProblem as problem:
            raise DecisionError(problem.message) from None
    if value.value is None or value.type not in {"Object", "Xml", "Bytes", "File"}:
        return _from_json(value.value)
    raise DecisionError(f"A variable of type {value.type} cannot be used in FEEL")


def _from_json(content: object) -> object:
    match content:
        case int() | float() if not isinstance(content, bool):
            return Decimal(repr(content))
        case list():
            return [_from_json(part) for part in content]
        case dict():
            return {key: _from_json(part) for key, part in content.items()}
    return content


def _to_json(value: object) -> object:
    """A FEEL value as JSON-able data, or DecisionError."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() and abs(value) < 1 << 63 else float(value)
        case list():
            return [_to_json(part) for part in value]
        case dict():
            return {key: _to_json(part) for key, part in value.items()}
        case None | bool() | str():
            return value
    raise DecisionError(f"A {kind(value)} has no JSON form")


def _number_text(value: Any) -> str:
    return to_text(value.normalize() if isinstance(value, Decimal) else value)


def _moment(value: datetime) -> datetime:
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


_ANY: Final = frozenset({"number", "string", "boolean", "date", "moment", "time", "days", "months", "list", "context"})
_TYPES: Final[Mapping[str, tuple[str, frozenset[str], Callable[[Any], object]]]] = {
    "string": ("String", _ANY, to_text),
    "boolean": ("Boolean", frozenset({"boolean"}), bool),
    "integer": ("Integer", frozenset({"number", "string"}), lambda value: read_whole(_number_text(value), "Integer")),
    "long": ("Long", frozenset({"number", "string"}), lambda value: read_whole(_number_text(value), "Long")),
    "double": ("Double", frozenset({"number", "string"}), lambda value: read_double(to_text(value))),
    "date": ("Date", frozenset({"moment"}), _moment),
}
"""By `typeRef`: the type of the variable, the kinds of values that fit, and how they are read."""


def typed(value: object, type_ref: str | None) -> TypedValue:
    """A FEEL value as the type of its column; DecisionError if it does not fit. Other type names: untyped."""
    if type_ref is None or type_ref.lower() not in _TYPES:
        return TypedValue(UNTYPED, _to_json(value))
    if value is None:
        return NULL
    name, kinds, read = _TYPES[type_ref.lower()]
    try:
        if kind(value) in kinds:
            return TypedValue(name, read(value))
    except (ValueError, OverflowError):
        pass
    raise DecisionError(f"A {kind(value)} is no {type_ref}")


def typed_input(value: object, type_ref: str | None) -> tuple[object, TypedValue]:
    """The value of an input column, for its cells and for history. A list for a text stays a list."""
    if isinstance(value, list | dict):
        return value, TypedValue(UNTYPED, _to_json(value))
    if type_ref is None or type_ref.lower() not in _TYPES:
        plain = value is None or kind(value) in {"number", "string", "boolean"}
        return value, typed(value, None) if plain else typed(value, "string")
    found = typed(value, type_ref)
    return to_feel(found, unpack_objects=True), found
