"""Functions of lists and of truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cmp_to_key
from typing import Any, Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel.functions.signature import Row
from pulse.engine.embedded.feel.values import Function, compare, equal

_DEEPEST: Final = 100
_MOST_DISTINCT: Final = 2_000


def truth(parts: Iterable[object], *, decisive: bool) -> bool | None:
    """Three-valued logic over any number of values: `and`, `every` (decisive False), `or`, `some` (decisive True)."""
    known = True
    for part in parts:
        if part is decisive:
            return decisive
        known = known and isinstance(part, bool)
    return (not decisive) if known else None


def _extreme(sign: str, parts: Sequence[Any]) -> object:
    best = parts[0]
    for part in parts:
        better = compare(sign, part, best)
        if better is None:
            return None
        best = part if better else best
    return best


def _at(position: int, parts: Sequence[Any]) -> int:
    """The index of a position, which counts from 1, or backwards from -1. LookupError for one that is not there."""
    if not 1 <= abs(position) <= len(parts):
        raise LookupError(position)
    return position - 1 if position > 0 else len(parts) + position


def _sublist(parts: list[Any], start: int, length: int | None = None) -> list[Any] | None:
    begin = _at(start, parts)
    if length is None:
        return parts[begin:]
    return parts[begin : begin + length] if 0 < length <= len(parts) - begin else None


def _flatten(parts: list[Any], depth: int = 0) -> list[Any]:
    if depth > _DEEPEST:
        raise ExpressionError("A list nests too deep")
    return [inner for part in parts for inner in (_flatten(part, depth + 1) if isinstance(part, list) else [part])]


def _distinct(parts: Iterable[Any]) -> list[Any]:
    """Each is compared with all others: their number is bounded."""
    kept: list[Any] = []
    for part in parts:
        if not any(equal(part, one) for one in kept):
            kept.append(part)
        if len(kept) > _MOST_DISTINCT:
            raise ExpressionError(f"A list has more than {_MOST_DISTINCT} distinct values")
    return kept


def _duplicate(parts: list[Any]) -> list[Any]:
    return [one for one in _distinct(parts) if sum(equal(part, one) is True for part in parts) > 1]


def _joined(*lists: list[Any]) -> list[Any]:
    return [part for one in lists for part in one]


def _positions(parts: list[Any], match: object) -> list[Decimal]:
    return [Decimal(at) for at, part in enumerate(parts, 1) if equal(part, match)]


def _inserted(parts: list[Any], position: int, item: object) -> list[Any]:
    at = _at(position, parts)
    return [*parts[:at], item, *parts[at:]]


def _without(parts: list[Any], position: int, *instead: object) -> list[Any]:
    at = _at(position, parts)
    return [*parts[:at], *instead, *parts[at + 1 :]]


def _replaced_where(parts: list[Any], match: Function, item: object) -> list[Any]:
    found = [match.call((part, item)) for part in parts]
    if not all(isinstance(one, bool) for one in found):
        raise TypeError
    return [item if one else part for part, one in zip(parts, found, strict=True)]


def _sorted(parts: list[Any], precedes: Function | None = None) -> list[Any]:
    def before(left: object, right: object) -> bool:
        return (precedes.call((left, right)) if precedes else compare("<", left, right)) is True

    return sorted(parts, key=cmp_to_key(lambda a, b: -1 if before(a, b) else int(before(b, a))))


def _negated(value: object) -> bool | None:
    return not value if isinstance(value, bool) else None


LISTS: Final[Sequence[Row]] = (
    ("not", "negand:a", _negated),
    ("all", "list:v", lambda parts: truth(parts, decisive=False)),
    ("any", "list:v", lambda parts: truth(parts, decisive=True)),
    ("list contains", "list:l, element:a", lambda parts, element: any(equal(part, element) for part in parts)),
    ("count", "list:l", len),
    ("min", "list:v", lambda parts: _extreme("<", parts)),
    ("max", "list:v", lambda parts: _extreme(">", parts)),
    ("sublist", "list:l, start position:w, length:w?", _sublist),
    ("append", "list:l, item:a*", lambda parts, *items: [*parts, *items]),
    ("concatenate", "list:l*", _joined),
    ("insert before", "list:l, position:w, newItem:a", _inserted),
    ("remove", "list:l, position:w", _without),
    ("reverse", "list:l", lambda parts: parts[::-1]),
    ("index of", "list:l, match:a", _positions),
    ("union", "list:l*", lambda *lists: _distinct(_joined(*lists))),
    ("distinct values", "list:l", _distinct),
    ("duplicate values", "list:l", _duplicate),
    ("flatten", "list:l", _flatten),
    ("sort", "list:l, precedes:f?", _sorted),
    ("list replace", "list:l, position:w, newItem:a", _without),
    ("list replace", "list:l, match:f, newItem:a", _replaced_where),
)  # fmt: skip
