"""Typed variables as the engine's REST interface knows them: reading, printing, storing.

Rules and wordings are those of `VariableValueDto` of Camunda 7.24 and Operaton 1.0.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType, NoneType
from typing import Final

import orjson

from pulse.engine.embedded.errors import RestProblem

JSON_FORMAT: Final = "application/json"
LONGEST_STRING: Final = 4_000
"""Characters of a text variable, as in the real engine."""
UNTYPED: Final = ""
"""The type of a decision's output that declares none; REST prints null for it."""
NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
BITS: Final = {"Short": 16, "Integer": 32, "Long": 64}
JAVA: Final[Mapping[str, str]] = {
    **{name: f"java.lang.{name}" for name in ("Boolean", "Short", "Integer", "Long", "Double", "String")},
    "Date": "java.util.Date",
    "Bytes": "[B",
    "Json": "org.operaton.spin.impl.json.jackson.JacksonJsonNode",
}
"""The Java class of a type, as messages name it."""
_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?")


@dataclass(frozen=True, slots=True)
class TypedValue:
    """A variable's value with its type.

    `type` is spelled as the engine prints it. `value` is str, int, float, bool, datetime (aware), bytes or None;
    the JSON text for Json and Object. `info` holds objectTypeName and serializationDataFormat of an Object,
    filename, mimeType and encoding of a File, and `transient`.
    """

    type: str
    value: object
    info: Mapping[str, object] = field(default_factory=lambda: NOTHING)

    @property
    def transient(self) -> bool:
        """Whether the value is never stored."""
        return self.info.get("transient") is True

    @property
    def too_long(self) -> bool:
        """Whether the value is a text that cannot be stored."""
        return self.type == "String" and isinstance(self.value, str) and len(self.value) > LONGEST_STRING

    @property
    def removed(self) -> TypedValue:
        """What is left to tell of the value once the variable is gone."""
        kept = {name: self.info[name] for name in ("serializationDataFormat",) if name in self.info}
        return TypedValue(self.type, None, kept)


NULL: Final = TypedValue("Null", None)


_GUESSES: Final = {bool: "Boolean", float: "Double", str: "String", datetime: "Date", bytes: "Bytes", NoneType: "Null"}


def from_python(value: object) -> TypedValue:
    """A Python value with the type that the engine would guess for it; a datetime must be aware."""
    if isinstance(value, TypedValue):
        return from_python(value.value) if value.type == UNTYPED else value
    if isinstance(value, list | tuple | dict):
        return json_object(value)
    if isinstance(value, Decimal):
        return TypedValue("Double", float(value))
    if type(value) is int:
        return whole(value)
    if type(value) not in _GUESSES:
        raise TypeError(f"no variable type fits {type(value).__name__}")
    return TypedValue(_GUESSES[type(value)], value)


def fits(number: int, type_name: str) -> bool:
    """Whether a whole number is in the range of Short, Integer or Long."""
    half = 1 << (BITS[type_name] - 1)
    return -half <= number < half


def whole(number: int) -> TypedValue:
    """A whole number as Integer, or as Long beyond 32 bits."""
    if not fits(number, "Long"):
        raise _unserializable(str(number))
    return TypedValue("Integer" if fits(number, "Integer") else "Long", number)


def json_object(value: object, java_class: str | None = None) -> TypedValue:
    """A list or a dict as an Object variable in JSON."""
    name = java_class or ("java.util.LinkedHashMap" if isinstance(value, dict) else "java.util.ArrayList")
    return TypedValue("Object", json_text(value), {"objectTypeName": name, "serializationDataFormat": JSON_FORMAT})


def json_text(value: object) -> str:
    """Plain data and TypedValues as JSON text; RestProblem 500 for what nests too deep."""
    try:
        return orjson.dumps(value, default=_plain, option=_OPTIONS).decode()
    except orjson.JSONEncodeError as problem:
        raise RestProblem(500, "RestException", f"Cannot serialize object in variable: {problem}", 0) from None


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, TypedValue):
        return json_content(value) if value.type in {"Json", "Object"} else to_rest(value)["value"]
    raise TypeError(type(value).__name__)


def _unserializable(described: str) -> RestProblem:
    return RestProblem(500, "RestException", f"Cannot find serializer for value '{described}'.", 0)


def from_rest(dto: Mapping[str, object]) -> TypedValue:
    """Read `{value, type, valueInfo}`; without a type the engine's guess.

    Raises RestProblem: 400 for a value that does not fit its type and for an unknown type, 500 where the engine does.
    """
    value, name, given = dto.get("value"), str(dto.get("type") or ""), dto.get("valueInfo")
    info = given if isinstance(given, Mapping) else None
    found = _read(name[:1].upper() + name[1:], value, info) if name else from_python(value)
    if info and info.get("transient") is True:
        return TypedValue(found.type, found.value, {**found.info, "transient": True})
    return found


def _read(name: str, value: object, info: Mapping[str, object] | None) -> TypedValue:
    if name == "Null":
        return NULL
    if name in {"Json", "Xml", "Object"}:
        return _serialized(name, value, info or NOTHING)
    if name == "File":
        return _file(value, info)
    if name not in _READERS:
        raise RestProblem(400, "RestException", f"Unsupported value type '{name}'")
    return TypedValue(name, None if value is None else _convert(name, value))


def _serialized(name: str, value: object, info: Mapping[str, object]) -> TypedValue:
    if value is not None and not isinstance(value, str):
        message = f"Must provide 'null' or String value for value of SerializableValue type '{name}'."
        raise RestProblem(400, "InvalidRequestException", message)
    if name != "Object":
        return TypedValue(name, value)
    if not info.get("objectTypeName"):
        raise _unserializable(
            "ObjectValue [value=null, isDeserialized=false, serializationDataFormat=null, "
            f"objectTypeName=null, serializedValue={len(value or '')} chars, isTransient=false]"
        )
    # the engine reads the value once and writes it anew: generics and white space are gone
    java_class = re.sub(r"<.*>", "", str(info["objectTypeName"]))
    kept = {"objectTypeName": java_class, "serializationDataFormat": info.get("serializationDataFormat") or JSON_FORMAT}
    with suppress(orjson.JSONDecodeError, orjson.JSONEncodeError):
        value = value and orjson.dumps(orjson.loads(value)).decode()
    return TypedValue("Object", value, kept)


def _file(value: object, info: Mapping[str, object] | None) -> TypedValue:
    if info is None:
        raise RestProblem(500, "IllegalArgumentException", "Cannot create file without valueInfo.")
    if not info.get("filename"):
        message = "Cannot create file without filename! Please set a name into ValueInfo with key filename"
        raise RestProblem(500, "IllegalArgumentException", message)
    kept = {key: str(info[key]) for key in ("filename", "mimeType", "encoding") if info.get(key) is not None}
    return TypedValue("File", None if value is None else _convert("Bytes", value), kept)


def _convert(name: str, value: object) -> object:
    text = value if isinstance(value, str) else json_text(value)
    try:
        return _READERS[name](text if name == "String" else text.strip())
    except (ValueError, OverflowError):
        message = f"Cannot convert value '{text}' of type '{name}' to java type {JAVA[name]}"
        raise RestProblem(400, "InvalidRequestException", message) from None


def read_whole(text: str, type_name: str) -> int:
    """A whole number in the range of its type, or ValueError."""
    if not re.fullmatch(r"[+-]?\d{1,19}", text) or not fits(int(text), type_name):
        raise ValueError(text)
    return int(text)


def read_double(text: str) -> float:
    """A finite number, or ValueError."""
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError(text)
    return float(text)


def read_date(text: str) -> datetime:
    """`2026-01-01T12:00:00.000+0000`, or ValueError."""
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "Boolean": lambda text: bool(("false", "true").index(text.lower())),
    "Short": lambda text: read_whole(text, "Short"),
    "Integer": lambda text: read_whole(text, "Integer"),
    "Long": lambda text: read_whole(text, "Long"),
    "Double": read_double,
    "String": str,
    "Date": read_date,
    "Bytes": lambda text: base64.b64decode(text, validate=True),
}


def print_date(moment: datetime) -> str:
    """A moment as REST prints it: UTC, milliseconds, offset without a colon."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def to_rest(value: TypedValue, *, deserialize: bool = True) -> dict[str, object]:
    """`{value, type, valueInfo}`. With `deserialize` an Object comes as JSON and a Json as a description of its node.

    Raises RestProblem 500 for a text that is no JSON.
    """
    shown: object = value.value
    if isinstance(shown, datetime):
        shown = print_date(shown)
    elif value.type == "File":
        shown = None
    elif deserialize and isinstance(shown, str) and value.type in {"Object", "Json"}:
        content = json_content(value)
        shown = content if value.type == "Object" else _node_description(content)
    shown = _encoded(shown)
    if value.type == UNTYPED:
        return {"value": shown, "type": None, "valueInfo": None}
    info = {key: entry for key, entry in value.info.items() if key != "transient"}
    return {"value": shown, "type": value.type, "valueInfo": info}


def json_content(value: TypedValue) -> object:
    """What stands in a Json or Object variable; RestProblem 500 if its text is no JSON."""
    try:
        return None if value.value is None else orjson.loads(str(value.value))
    except orjson.JSONDecodeError as problem:
        raise RestProblem(500, "RestException", f"Cannot deserialize object in variable: {problem}", 0) from None


def _node_description(content: object) -> dict[str, object]:
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    kind = kinds.get(type(content), "null")
    told: dict[str, object] = {name: name == kind for name in (*kinds.values(), "null")}
    leaf = kind in {"string", "boolean", "number"}
    return told | {"value": leaf, "nodeType": kind.upper(), "dataFormatName": JSON_FORMAT}


def _encoded(value: object) -> object:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def dump(value: TypedValue) -> dict[str, object]:
    """The value as JSON-able data for the store; `load` gives it back without loss."""
    kept = value.value.isoformat() if isinstance(value.value, datetime) else _encoded(value.value)
    return {"t": value.type, "v": kept, **({"i": dict(value.info)} if value.info else {})}


def load(data: Mapping[str, object]) -> TypedValue:
    """The value that `dump` wrote."""
    name, kept, info = str(data["t"]), data["v"], data.get("i")
    if name == "Date" and isinstance(kept, str):
        kept = datetime.fromisoformat(kept)
    elif name in {"Bytes", "File"} and isinstance(kept, str):
        kept = base64.b64decode(kept)
    return TypedValue(name, kept, dict(info) if isinstance(info, Mapping) else NOTHING)
