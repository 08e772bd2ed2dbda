"""How built-in functions are declared and called.

A row is a name, a signature and a Python function. A signature names its parameters, each with the letters of the types
it takes: `"string:s, start position:i, length:i?"`. `?` may be left out or null, `*` takes any number of arguments.

s string, n number, i number without its decimals, w whole number, b boolean, l list (one value counts as a list of
one), v values (one list, or any number of arguments), c context, f function, r range, d date, t time, m date and time,
u days and time duration, y years and months duration, p whatever can be a bound of a range, a anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from pulse.engine.embedded.feel.temporal import Date, Days, Moment, Months, Time
from pulse.engine.embedded.feel.values import Function, Range, plain

Row = tuple[str, str, Callable[..., object]]
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "s": (str,),
    "n": (Decimal,),
    "i": (Decimal,),
    "w": (Decimal,),
    "b": (bool,),
    "l": (list,),
    "v": (list,),
    "c": (dict,),
    "f": (Function,),
    "r": (Range,),
    "d": (Date,),
    "t": (Time,),
    "m": (Moment,),
    "u": (Days,),
    "y": (Months,),
    "p": (Decimal, str, Date, Time, Moment, Days, Months),
}
_WRONG: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, re.error)


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    letters: str
    mark: str

    def read(self, value: object) -> object:
        """The value as the function wants it. TypeError if it does not fit."""
        if "a" in self.letters or (value is None and self.mark == "?"):
            return value
        if self.letters in {"i", "w"} and isinstance(value, Decimal):
            if self.letters == "w" and value != int(value):
                raise TypeError(self.name)
            return int(value)
        if self._takes(value):
            return value
        if self.letters in {"l", "v"} and value is not None:
            return [value]
        if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list):
            return self.read(value[0])
        raise TypeError(self.name)

    def _takes(self, value: object) -> bool:
        return any(type(value) in _TYPES[letter] for letter in self.letters if letter in _TYPES and letter != "f") or (
            "f" in self.letters and isinstance(value, Function)
        )


class Signature:
    """One way to call a function."""

    def __init__(self, declared: str, function: Callable[..., object]) -> None:
        parts = [part.strip().rpartition(":") for part in declared.split(",") if part.strip()]
        self.parameters = [_Parameter(name, kinds.rstrip("?*"), kinds[-1:]) for name, _, kinds in parts]
        self.function = function
        self._least = sum(parameter.mark not in {"?", "*"} for parameter in self.parameters)
        self._values = declared.endswith(":v")
        self._many = declared.endswith("*")

    def call(self, values: Sequence[object]) -> object:
        """Raises TypeError if the arguments do not fit."""
        if self._values and values:
            single = len(values) == 1 and isinstance(values[0], list)
            return self.function(values[0] if single else list(values))
        parameters: Sequence[_Parameter] = self.parameters
        if self._many and len(values) > len(parameters):
            parameters = [*parameters, *[parameters[-1]] * (len(values) - len(parameters))]
        if not self._least <= len(values) <= len(parameters):
            raise TypeError
        return self.function(*[parameter.read(value) for parameter, value in zip(parameters, values, strict=False)])

    def call_named(self, values: Mapping[str, object]) -> object:
        """Raises TypeError if the arguments do not fit."""
        names = [parameter.name for parameter in self.parameters]
        if not values.keys() <= set(names) or any(name not in values for name in names[: self._least]):
            raise TypeError
        given = [parameter.read(values.get(parameter.name)) for parameter in self.parameters]
        return self.function(*given)


class Builtin(Function):
    """A built-in function with all its signatures."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.signatures: list[Signature] = []

    def call(self, values: Sequence[object]) -> object:
        return self._first(lambda signature: signature.call(values))

    def call_named(self, values: Mapping[str, object]) -> object:
        return self._first(lambda signature: signature.call_named(values))

    def _first(self, call: Callable[[Signature], object]) -> object:
        for signature in self.signatures:
            try:
                return plain(call(signature))
            except _WRONG:
                continue
        return None


class Library(dict[str, Builtin]):
    """The built-in functions of a dialect by name; a later row of the same name and signature replaces an earlier."""

    def __init__(self, *tables: Iterable[Row]) -> None:
        super().__init__()
        for name, declared, function in (row for table in tables for row in table):
            builtin = self.setdefault(name, Builtin(name))
            signature = Signature(declared, function)
            builtin.signatures = [one for one in builtin.signatures if one.parameters != signature.parameters]
            builtin.signatures.append(signature)

    @cached_property
    def words(self) -> frozenset[str]:
        """Names of functions and of parameters that hold spaces."""
        signatures = [signature for builtin in self.values() for signature in builtin.signatures]
        names = {parameter.name for signature in signatures for parameter in signature.parameters}
        return frozenset(name for name in {*self, *names} if " " in name)
