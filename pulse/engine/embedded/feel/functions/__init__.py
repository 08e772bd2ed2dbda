"""The built-in functions of FEEL in one table, and what the engine's dialect does another way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pulse.engine.embedded.feel.functions.calendar import CALENDAR
from pulse.engine.embedded.feel.functions.contexts import CONTEXTS
from pulse.engine.embedded.feel.functions.lists import LISTS, truth
from pulse.engine.embedded.feel.functions.numbers import NUMBERS
from pulse.engine.embedded.feel.functions.ranges import RANGES
from pulse.engine.embedded.feel.functions.signature import Library, Row
from pulse.engine.embedded.feel.functions.strings import STRINGS
from pulse.engine.embedded.feel.temporal import Days, Months
from pulse.engine.embedded.feel.values import to_text

__all__ = ["ENGINE", "STANDARD", "Dialect", "engine_text", "truth"]


def engine_text(value: Any, *, nested: bool = False) -> str:
    """A value as the engine writes it, which for durations and contexts is as Java does."""
    if type(value) is str and not nested:
        return value
    match value:
        case Days():
            days, hours, minutes, second, nanos = value.parts
            seconds = (second + Decimal(nanos).scaleb(-9)).normalize()
            sign = "-" if value.nanos < 0 else ""
            lengths = ((Decimal(days * 24 + hours), "H"), (Decimal(minutes), "M"), (seconds, "S"))
            return "PT" + ("".join(f"{sign}{length:f}{unit}" for length, unit in lengths if length) or "0S")
        case Months():
            parts = ((value.years, "Y"), (value.months, "M"))
            return "P" + ("".join(f"{part}{unit}" for part, unit in parts if part) or "0M")
        case list():
            return "[" + ", ".join(engine_text(part, nested=True) for part in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}:{engine_text(part, nested=True)}" for key, part in value.items()) + "}"
        case str() if nested:
            return f'"{value}"'
    return to_text(value)


_OF_ENGINE: Final[Sequence[Row]] = (("string", "from:a", lambda value: None if value is None else engine_text(value)),)
_ALL: Final = (STRINGS, NUMBERS, LISTS, CALENDAR, RANGES, CONTEXTS)


@dataclass(frozen=True, eq=False, slots=True)
class Dialect:
    """Which functions there are. `standard`: what else the engines do another way, the parser does as DMN says."""

    functions: Library
    standard: bool


STANDARD: Final = Dialect(Library(*_ALL), standard=True)
"""FEEL as DMN 1.5 defines it."""
ENGINE: Final = Dialect(Library(*_ALL, _OF_ENGINE), standard=False)
"""FEEL as the real engines answer: texts are Java's, `now()` is UTC without saying so, a function is no value, a cell
knows no `= 5`, and what cannot be compared is not within a range."""
