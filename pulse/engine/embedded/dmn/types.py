"""Values on the border between variables and FEEL, typed as `typeRef` says (Camunda's data type transformers)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from pulse.engine.embedded.errors import DecisionError, RestProblem
from pulse.engine.embedded.feel import temporal
from pulse.engine.embedded.feel.functions import engine_text
from pulse.engine.embedded.feel.temporal import Moment
from pulse.engine.embedded.feel.values import kind
from pulse.engine.embedded.values import NULL, UNTYPED, TypedValue, json_content, json_text, read_double, read_whole


class Variables(dict[str, Any]):
    """Variables as FEEL sees them, converted when they are asked for."""

    def __init__(self, variables: Mapping[str, TypedValue], *, unpack_objects: bool) -> None:
        super().__init__(variables)
        self._unpack_objects = unpack_objects

    def __getitem__(self, name: str) -> object:
        return to_feel(super().__getitem__(name), unpack_objects=self._unpack_objects)


def to_feel(value: TypedValue, *, unpack_objects: bool = True) -> object:
    """A variable in FEEL. An Object is read only where the engine holds it in memory, else it is a DecisionError.

    RestProblem for a text that is no JSON.
    """
    content = value.value
    if value.type == "Json" and content is None and not unpack_objects:
        raise DecisionError("A variable of type Json without a value cannot be used in FEEL")
    if value.type in {"Json", "Object", "Xml", "Bytes", "File"} and content is not None:
        if value.type != "Json" and not (value.type == "Object" and unpack_objects):
            raise DecisionError(f"A variable of type {value.type} cannot be used in FEEL")
        return _from_json(json_content(value))
    if isinstance(content, datetime):
        return temporal.from_python(content.astimezone(UTC).replace(tzinfo=None))
    return _from_json(content)


def _from_json(content: object) -> object:
    match content:
        case int() | float() if not isinstance(content, bool):
            return Decimal(repr(content))
        case list():
            return [_from_json(part) for part in content]
        case dict():
            return {key: _from_json(part) for key, part in content.items()}
    return content


def _plain(value: object) -> object:
    """A FEEL value as JSON-able data, or DecisionError."""
    try:
        return orjson.loads(json_text(value))
    except RestProblem:
        raise DecisionError(f"A {kind(value)} has no JSON form") from None


def _whole(value: Any, type_name: str) -> int:
    return read_whole(engine_text(value.normalize() if isinstance(value, Decimal) else value), type_name)


def _moment(value: Moment) -> datetime:
    found = temporal.to_python(value)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


_TYPES: Final[Mapping[str, tuple[str, tuple[str, ...], Callable[[Any], object]]]] = {
    "string": ("String", (), engine_text),
    "boolean": ("Boolean", ("boolean",), bool),
    "integer": ("Integer", ("number", "string"), lambda value: _whole(value, "Integer")),
    "long": ("Long", ("number", "string"), lambda value: _whole(value, "Long")),
    "double": ("Double", ("number", "string"), lambda value: read_double(engine_text(value))),
    "date": ("Date", ("date and time",), _moment),
}
"""By `typeRef`: the type of the variable, the kinds of values that fit (none: all), and how they are read."""


def typed(value: object, type_ref: str | None) -> TypedValue:
    """A FEEL value as the type of its column; DecisionError if it does not fit. Other type names: untyped."""
    if (type_ref or "").lower() not in _TYPES:
        return TypedValue(UNTYPED, _plain(value))
    if value is None:
        return NULL
    name, kinds, read = _TYPES[(type_ref or "").lower()]
    try:
        if kinds and kind(value) not in kinds:
            raise ValueError(value)
        return TypedValue(name, read(value))
    except (ValueError, OverflowError):
        raise DecisionError(f"A {kind(value)} is no {type_ref}") from None


def typed_input(value: object, type_ref: str | None) -> tuple[object, TypedValue]:
    """The value of an input column, for its cells and for history. A list for a text stays a list."""
    known = (type_ref or "").lower() in _TYPES
    if isinstance(value, list | dict) and (type_ref == "string" or not known):
        return value, typed(value, None)
    if known:
        found = typed(value, type_ref)
        return to_feel(found), found
    return value, typed(value, None if value is None or kind(value) in {"number", "string", "boolean"} else "string")
