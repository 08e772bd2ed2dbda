"""How points and ranges lie to each other. A point is compared as a range that holds it alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from pulse.engine.embedded.feel import temporal
from pulse.engine.embedded.feel.functions.signature import Row
from pulse.engine.embedded.feel.values import Range, compare


def _is(sign: str, left: object, right: object) -> bool:
    """TypeError for values that cannot be compared."""
    found = compare(sign, left, right)
    if found is None:
        raise TypeError(sign)
    return found


def _before(a: Range, b: Range) -> bool:
    return _is("<", a.end, b.start) or (_is("=", a.end, b.start) and not (a.end_included and b.start_included))


def _meets(a: Range, b: Range) -> bool:
    return a.end_included and b.start_included and _is("=", a.end, b.start)


def _starts_first(a: Range, b: Range, *, or_same: bool = False) -> bool:
    if _is("=", a.start, b.start):
        return (a.start_included and not b.start_included) or (or_same and a.start_included == b.start_included)
    return _is("<", a.start, b.start)


def _ends_first(a: Range, b: Range, *, or_same: bool = False) -> bool:
    if _is("=", a.end, b.end):
        return (b.end_included and not a.end_included) or (or_same and a.end_included == b.end_included)
    return _is("<", a.end, b.end)


def _includes(a: Range, b: Range) -> bool:
    return _starts_first(a, b, or_same=True) and _ends_first(b, a, or_same=True)


def _same_start(a: Range, b: Range) -> bool:
    return _is("=", a.start, b.start) and a.start_included == b.start_included


def _same_end(a: Range, b: Range) -> bool:
    return _is("=", a.end, b.end) and a.end_included == b.end_included


def _overlaps(a: Range, b: Range) -> bool:
    return not _before(a, b) and not _before(b, a)


def _overlaps_before(a: Range, b: Range) -> bool:
    return _starts_first(a, b) and _ends_first(a, b, or_same=True) and not _before(a, b)


def _starts(a: Range, b: Range) -> bool:
    return _same_start(a, b) and _ends_first(a, b, or_same=True)


def _finishes(a: Range, b: Range) -> bool:
    return _same_end(a, b) and _starts_first(b, a, or_same=True)


def _coincides(a: Range, b: Range) -> bool:
    return _same_start(a, b) and _same_end(a, b)


_TEXT: Final = re.compile(r"\s*([\[(\]])\s*(.*?)\s*\.\.\s*(.*?)\s*([\])\[])\s*", re.DOTALL)
_END: Final = re.compile(
    r'(-?(?:\d+(?:\.\d+)?|\.\d+))|(@|date and time|date|time|duration)?\s*(\()?\s*"(.*)"\s*(\))?', re.DOTALL
)
_READ: Final[Mapping[str, Callable[[str], object]]] = {
    "@": temporal.parse_any,
    "date": temporal.parse_date,
    "time": temporal.parse_time,
    "date and time": temporal.parse_moment,
    "duration": temporal.parse_duration,
}


def _end(text: str) -> object:
    """A literal, as a bound of a written range. ValueError for anything else."""
    found = _END.fullmatch(text)
    if not found or bool(found[3]) is not bool(found[5]) or bool(found[3]) is not (found[2] not in {None, "@"}):
        raise ValueError(text)
    if found[1]:
        return Decimal(found[1])
    return _READ[found[2]](found[4]) if found[2] else found[4]


def _range(text: str) -> Range:
    """`"[1..3)"` as a range; an open end may be left out."""
    found = _TEXT.fullmatch(text)
    if not found:
        raise ValueError(text)
    start_included, end_included = found[1] == "[", found[4] == "]"
    start, end = (_end(part) if part else None for part in (found[2], found[3]))
    if (start is None and (start_included or end is None)) or (end is None and end_included):
        raise ValueError(text)
    if start is not None and end is not None and not _is("<=", start, end):
        raise ValueError(text)
    return Range(start, end, start_included, end_included)


_Relation = Callable[[Range, Range], bool]


def _of(relation: _Relation, *, turned: bool = False) -> Callable[[object, object], bool]:
    def related(left: object, right: object) -> bool:
        a, b = (one if isinstance(one, Range) else Range(one, one, True, True) for one in (left, right))
        return relation(b, a) if turned else relation(a, b)

    return related


def _rows(name: str, relation: _Relation, kinds: str, *, turned: bool = False) -> Sequence[Row]:
    """`kinds`: pairs of p (point) and r (range) that the function takes."""
    names = {"pp": ("point1", "point2"), "pr": ("point", "range"), "rp": ("range", "point"), "rr": ("range1", "range2")}
    return [
        (name, f"{names[pair][0]}:{pair[0]}, {names[pair][1]}:{pair[1]}", _of(relation, turned=turned))
        for pair in kinds.split()
    ]


RANGES: Final[Sequence[Row]] = (
    ("range", "from:s", _range),
    *_rows("before", _before, "pp pr rp rr"),
    *_rows("after", _before, "pp pr rp rr", turned=True),
    *_rows("meets", _meets, "rr"),
    *_rows("met by", _meets, "rr", turned=True),
    *_rows("overlaps", _overlaps, "rr"),
    *_rows("overlaps before", _overlaps_before, "rr"),
    *_rows("overlaps after", _overlaps_before, "rr", turned=True),
    *_rows("finishes", _finishes, "pr rr"),
    *_rows("finished by", _finishes, "rp rr", turned=True),
    *_rows("includes", _includes, "rp rr"),
    *_rows("during", _includes, "pr rr", turned=True),
    *_rows("starts", _starts, "pr rr"),
    *_rows("started by", _starts, "rp rr", turned=True),
    *_rows("coincides", _coincides, "pp rr"),
)
