"""Where an evaluation finds its names, and what it may spend."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel.types import ANY, FunctionOf, Type, coerced
from pulse.engine.embedded.feel.values import Function
from pulse.engine.embedded.grammar import bounded

Value = TypeVar("Value")

MOST_STEPS: Final = 100_000
_CONTEXT: Final = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emax=6144, Emin=-6143)


@dataclass(frozen=True, slots=True)
class Scope:
    """Names and their values, looked up outwards; an unknown name is null. `spent` holds the steps taken so far."""

    names: Mapping[str, object]
    now: datetime
    outer: Scope | None = None
    spent: list[int] = field(default_factory=lambda: [0])

    def get(self, name: str, default: object = None) -> object:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return default

    def inner(self, names: Mapping[str, object]) -> Scope:
        """A scope within this one; costs a step."""
        self.paid(None)
        return Scope(names, self.now, self, self.spent)

    def paid(self, value: Value) -> Value:
        """The value, each of its parts paid with a step, however they are shared; ten characters count as a part."""
        left: list[object] = [value]
        while left:
            part = left.pop()
            self.spent[0] += 1 + len(part) // 10 if isinstance(part, str) else 1
            if self.spent[0] > MOST_STEPS:
                raise ExpressionError(f"The evaluation takes more than {MOST_STEPS} steps")
            if isinstance(part, list | dict):
                left.extend(part.values() if isinstance(part, dict) else part)
        return value


class Closure(Function):
    """A function that a model or an expression defines, with the scope where it was defined.

    Parameters without a type take any value. `lenient`: arguments may be fewer than parameters, the rest is null.
    """

    def __init__(
        self,
        parameters: Mapping[str, Type | None],
        body: Callable[[Scope], object],
        scope: Scope,
        *,
        result: Type | None = None,
        lenient: bool = False,
    ) -> None:
        self.declared = FunctionOf(tuple(wanted or ANY for wanted in parameters.values()), result or ANY)
        self._parameters = parameters
        self._body = body
        self._scope = scope
        self._result = result
        self._lenient = lenient

    def call(self, values: Sequence[object]) -> object:
        if len(values) > len(self._parameters) or (len(values) < len(self._parameters) and not self._lenient):
            return None
        return self._run(dict(zip(self._parameters, values, strict=False)))

    def call_named(self, values: Mapping[str, object]) -> object:
        return self._run(values) if values.keys() == self._parameters.keys() else None

    def _run(self, values: Mapping[str, object]) -> object:
        given = {name: coerced(values.get(name), wanted) for name, wanted in self._parameters.items()}
        return coerced(self._body(self._scope.inner(given)), self._result)


@contextmanager
def evaluated() -> Iterator[None]:
    """Calculates with 34 digits as DMN asks; whatever grows too deep ends in an ExpressionError."""
    with decimal.localcontext(_CONTEXT), bounded():
        yield
