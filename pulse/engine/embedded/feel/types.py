"""The types of FEEL and of a model's items: which values they hold, and what a value becomes where a type is asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pulse.engine.embedded.feel.temporal import Date, Moment, Time
from pulse.engine.embedded.feel.values import Function, Range, kind


class Type(ABC):
    """A type. `checked`: a value must also be one of those that its items allow."""

    @abstractmethod
    def holds(self, value: object, *, checked: bool = False) -> bool:
        """Whether a value, not null, is of this type."""


@dataclass(frozen=True, slots=True)
class Simple(Type):
    """`number`, `string`, …, `Any`; `context`, `list` and `function` hold all of their kind."""

    name: str

    def holds(self, value: object, *, checked: bool = False) -> bool:
        return self.name in {"Any", kind(value)}


@dataclass(frozen=True, slots=True)
class ListOf(Type):
    item: Type

    def holds(self, value: object, *, checked: bool = False) -> bool:
        return isinstance(value, list) and all(_fits(part, self.item, checked) for part in value)


@dataclass(frozen=True, slots=True)
class RangeOf(Type):
    item: Type

    def holds(self, value: object, *, checked: bool = False) -> bool:
        return isinstance(value, Range) and all(_fits(end, self.item, checked) for end in (value.start, value.end))


@dataclass(frozen=True, slots=True)
class ContextOf(Type):
    """A context with these entries, and perhaps more."""

    entries: Mapping[str, Type]

    def holds(self, value: object, *, checked: bool = False) -> bool:
        return isinstance(value, dict) and all(
            key in value and _fits(value[key], wanted, checked) for key, wanted in self.entries.items()
        )


@dataclass(frozen=True, slots=True)
class FunctionOf(Type):
    """A function. The result of one that declares none counts as fitting."""

    parameters: tuple[Type, ...]
    result: Type

    def holds(self, value: object, *, checked: bool = False) -> bool:
        if not isinstance(value, Function):
            return False
        declared = value.declared
        return declared is None or conforms(declared, self)


@dataclass(frozen=True, slots=True)
class Allowed(Type):
    """A type of which not all values are allowed."""

    base: Type
    allows: Callable[[object], bool]

    def holds(self, value: object, *, checked: bool = False) -> bool:
        return self.base.holds(value, checked=checked) and (not checked or self.allows(value))


ANY: Final = Simple("Any")
SIMPLE: Final[Mapping[str, Type]] = {
    **{
        name: Simple(name)
        for name in (
            *("Any", "number", "string", "boolean", "date", "time", "date and time", "list", "context", "function"),
            *("range", "days and time duration", "years and months duration"),
        )
    },
    "Null": Simple("null"),
    "dateTime": Simple("date and time"),
    "dayTimeDuration": Simple("days and time duration"),
    "yearMonthDuration": Simple("years and months duration"),
}
"""By their names in expressions and, further below, in older models."""


def _fits(value: object, wanted: Type, checked: bool) -> bool:
    return value is None or wanted.holds(value, checked=checked)


def conforms(given: Type, wanted: Type) -> bool:
    """Whether what is of the given type can stand where the wanted one is asked."""
    if wanted in (ANY, given) or given == ANY:
        return True
    match given, wanted:
        case (Allowed(), _):
            return conforms(given.base, wanted)
        case (_, Allowed()):
            return conforms(given, wanted.base)
        case (ListOf(item=item), ListOf(item=asked)) | (RangeOf(item=item), RangeOf(item=asked)):
            return conforms(item, asked)
        case (ContextOf(), ContextOf()):
            return all(key in given.entries and conforms(given.entries[key], of) for key, of in wanted.entries.items())
        case (FunctionOf(), FunctionOf()):
            return (
                len(given.parameters) == len(wanted.parameters)
                and all(map(conforms, wanted.parameters, given.parameters))
                and conforms(given.result, wanted.result)
            )
    return False


def coerced(value: object, wanted: Type | None) -> object:
    """The value as the type asks for it: a list of one for a value and the other way round, null if it does not fit."""
    if value is None or wanted is None or wanted.holds(value, checked=True):
        return value
    other: object = [value]
    if isinstance(value, list):
        other = value[0] if len(value) == 1 else None
    elif isinstance(value, Date) and not wanted.holds(other, checked=True):
        other = Moment(value, Time(0, 0))
    return other if other is not None and wanted.holds(other, checked=True) else None
