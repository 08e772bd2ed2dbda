"""Functions of contexts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pulse.engine.embedded.feel.functions.signature import Row
from pulse.engine.embedded.feel.temporal import Moment, Time, instant
from pulse.engine.embedded.feel.values import equal


def _value_at(context: dict[str, Any], keys: Sequence[str]) -> object:
    found: Any = context
    for key in keys:
        found = found[key]
    return found if keys else None


def _entries(context: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in context.items()]


def _context(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry["key"], str) or entry["key"] in found:
            raise ValueError(entry)
        found[entry["key"]] = entry["value"]
    return found


def _put(context: dict[str, Any], keys: Sequence[str], value: object) -> dict[str, Any]:
    """With the value at the end of the path of keys; a key that is not there is made."""
    first, *rest = keys
    if not isinstance(first, str):
        raise TypeError(first)
    return {**context, first: _put(context[first], rest, value) if rest else value}


def _merged(contexts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {key: value for context in contexts for key, value in context.items()}


def _is(left: object, right: object) -> bool:
    """The same value of the same type, where a time or a moment also has the same offset."""
    if type(left) is not type(right):
        return False
    if isinstance(left, Time) and isinstance(right, Time):
        return left.nanos == right.nanos and instant(left) == instant(right)
    if isinstance(left, Moment) and isinstance(right, Moment):
        return left.local == right.local and left.offset_s == right.offset_s
    return equal(left, right) is True


CONTEXTS: Final[Sequence[Row]] = (
    ("get value", "m:c, key:s", lambda context, key: context.get(key)),
    ("get value", "m:c, keys:l", _value_at),
    ("get entries", "m:c", _entries),
    ("context", "entries:l", _context),
    ("context put", "context:c, key:s, value:a", lambda context, key, value: {**context, key: value}),
    ("context put", "context:c, keys:l, value:a", _put),
    ("context merge", "contexts:l", _merged),
    ("is", "value1:a, value2:a", _is),
)
