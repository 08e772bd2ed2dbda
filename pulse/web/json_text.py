"""JSON from strangers: bounded in depth, no NaN, no key twice, amounts exact."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from pulse.web.errors import NotJson

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


def parse(data: bytes) -> Any:
    """The value of a JSON text. Numbers with a point become `Decimal`, so that no amount loses a digit.

    Raises `NotJson`: not UTF-8, not JSON, NaN or Infinity, a key twice in one object, nested deeper than 32.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotJson("The body is not UTF-8.") from None
    _refuse_depth(text)
    try:
        return json.loads(text, parse_float=_decimal, parse_constant=_no_constant, object_pairs_hook=_once)
    except ValueError as error:
        place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotJson(f"The body is not valid JSON{place}.") from None


def _refuse_depth(text: str) -> None:
    depth = 0
    for match in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if match[0] in "[{" else -1
        if depth > MAX_DEPTH:
            raise NotJson(f"The body is nested deeper than {MAX_DEPTH}.")


def _decimal(text: str) -> Decimal:
    if len(text) > 100:
        raise NotJson("A number has too many digits.")
    return Decimal(text)


def _no_constant(name: str) -> Any:
    raise NotJson(f"{name} is not JSON.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise NotJson("An object holds the same key twice.")
    return value
