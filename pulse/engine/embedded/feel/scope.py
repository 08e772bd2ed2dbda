"""Where an evaluation finds its names, and what it may spend."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from pulse.engine.embedded.errors import ExpressionError
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

    def get(self, name: str) -> object:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

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

    def function(self, parameters: tuple[str, ...], body: Callable[[Scope], object]) -> Callable[..., object]:
        """A function that a model defines, called with values by position; null if they are too many."""

        def call(*values: object) -> object:
            given = dict.fromkeys(parameters) | dict(zip(parameters, values, strict=False))
            return body(self.inner(given)) if len(values) <= len(parameters) else None

        return call


@contextmanager
def evaluated() -> Iterator[None]:
    """Calculates with 34 digits as DMN asks; whatever grows too deep ends in an ExpressionError."""
    with decimal.localcontext(_CONTEXT), bounded():
        yield
