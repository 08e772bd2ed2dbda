"""JSON columns as text, written and read quickly."""

from __future__ import annotations

import json
from typing import Any

import orjson


def dumps(value: Any) -> str:
    """The value as JSON; what is beyond orjson (numbers of more than 64 bits, halves of a surrogate pair) by `json`."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def loads(text: str) -> Any:
    """The value that `dumps` wrote."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)
