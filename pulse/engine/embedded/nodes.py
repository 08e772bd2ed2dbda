"""JSON as the engine writes it: a Json variable that an expression reads is unpacked, and written anew."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Final, NoReturn


def double_text(number: float) -> str:
    """A Double as Java prints it (`Double.toString`): 80.35, 1.0E7, Infinity."""
    if not math.isfinite(number):
        return f"{'-' if number < 0 else ''}Infinity"
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number)
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    first, *rest = map(str, digits)
    return f"{'-' if sign else ''}{first}.{''.join(rest) or '0'}E{int(exponent) + len(rest)}"


def rewritten(text: str) -> str:
    """JSON without white space, numbers as Java prints them; what follows the first value is dropped, as Jackson does.

    Raises ValueError for a text that is no JSON, or nests too deep.
    """
    try:
        return _written(_DECODER.raw_decode(text.lstrip())[0])
    except RecursionError:
        raise ValueError("the JSON nests too deep") from None


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_number)


def _written(node: object) -> str:
    match node:
        case dict():
            return "{" + ",".join(f"{_leaf(key)}:{_written(value)}" for key, value in node.items()) + "}"
        case list():
            return "[" + ",".join(map(_written, node)) + "]"
        case float() if math.isfinite(node):
            return double_text(node)
        case float():
            return f'"{double_text(node)}"'
    return _leaf(node)


def _leaf(node: object) -> str:
    return json.dumps(node, ensure_ascii=False)
