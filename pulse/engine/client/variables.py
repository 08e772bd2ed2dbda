"""Python values as the engine's typed variables, and back (engine-rest, VariableValueDto).

Only primitive types are chosen by themselves: they need no plugin on the engine, and every tasklist shows them.
"""

from __future__ import annotations

import base64
import contextlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson

from pulse.engine.errors import UnsupportedVariable

#: The engine's String column; a longer text is a 500 with code 10002.
MAX_TEXT = 4000
LONG = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Typed:
    """A value with the engine's type said outright, e.g. `Typed("Json", text)` or `Typed("Integer", 3)`.

    `value` goes out as it is; `info` is the DTO's `valueInfo` (a File's `filename` and `mimeType`).
    """

    type: str
    value: object
    info: Mapping[str, object] = field(default_factory=dict)


def encode(value: object) -> dict[str, Any]:
    """One value as `{"value", "type", "valueInfo"}`.

    None Null, bool Boolean, int Long, float Double, str String, bytes Bytes; a Decimal is a String, since a Double
    would change an amount; an aware datetime is a Date in UTC with milliseconds; a date is an ISO String; an enum its
    value. Raises `UnsupportedVariable` for anything else, for a naive datetime, a text over 4000 characters, a whole
    number over 64 bits, NaN and infinity.
    """
    if isinstance(value, Typed):
        return {"value": value.value, "type": value.type, "valueInfo": dict(value.info)}
    kind, sent = _typed(value.value if isinstance(value, Enum) else value)
    return {"value": sent, "type": kind, "valueInfo": {}}


def _typed(value: object) -> tuple[str, object]:
    match value:
        case None:
            return "Null", None
        case bool():
            return "Boolean", value
        case int() if value in LONG:
            return "Long", value
        case float() if math.isfinite(value):
            return "Double", value
        case Decimal() if value.is_finite():
            return "String", format(value, "f")
        case str() if len(value) <= MAX_TEXT:
            return "String", value
        case datetime() if value.tzinfo is not None:
            return "Date", date_text(value)
        case date() if not isinstance(value, datetime):
            return "String", value.isoformat()
        case bytes():
            return "Bytes", base64.b64encode(value).decode()
        case str():
            raise UnsupportedVariable(f"a text of {len(value)} characters: the engine holds {MAX_TEXT}")
    raise UnsupportedVariable(f"no type of the engine holds this {type(value).__name__}: give another, or Typed(…)")


def encode_all(variables: Mapping[str, object] | None) -> dict[str, dict[str, Any]]:
    """A mapping of names to values as the engine wants it; the error of a bad value says whose it is."""
    encoded = {}
    for name, value in (variables or {}).items():
        try:
            encoded[name] = encode(value)
        except UnsupportedVariable as error:
            raise UnsupportedVariable(f"variable {name!r}: {error}") from None
    return encoded


def decode(dto: Mapping[str, Any]) -> Any:
    """The Python value of a DTO: Date as an aware datetime, Bytes as bytes, Json and JSON-serialized Objects as their
    content, everything else, and what does not parse, as it came. A File's content never comes: None.
    """
    value, kind = dto.get("value"), dto.get("type")
    if isinstance(value, str):
        with contextlib.suppress(ValueError):  # binascii's and orjson's errors among them
            match kind:
                case "Date":
                    return datetime.fromisoformat(value)
                case "Bytes":
                    return base64.b64decode(value, validate=True)
                case "Json" | "Object":
                    return orjson.loads(value)
    return value


def decode_all(dtos: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any]:
    """The values of a mapping of names to DTOs."""
    return {name: decode(dto) for name, dto in (dtos or {}).items()}


def date_text(moment: datetime) -> str:
    """`2026-06-10T08:00:00.000+0000`: milliseconds are mandatory, the offset has no colon, "Z" is refused."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"
