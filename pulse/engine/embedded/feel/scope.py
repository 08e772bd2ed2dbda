"""Where an evaluation finds its names, and what bounds it."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.tree import Node

MOST_STEPS: Final = 300_000
DEEPEST_CALLS: Final = 40
_CONTEXT: Final = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emax=6144, Emin=-6143)


@dataclass(slots=True)
class _Bounds:
    """What one evaluation may still spend; shared by all its scopes."""

    steps: int = MOST_STEPS
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """Names and their values, looked up outwards; an unknown name is null."""

    names: Mapping[str, object]
    now: datetime
    outer: Scope | None = None
    bounds: _Bounds = field(default_factory=_Bounds)

    def inner(self, names: Mapping[str, object]) -> Scope:
        """A scope within this one; counts as one step of the evaluation."""
        self.spend(1)
        return Scope(names, self.now, self, self.bounds)

    def spend(self, steps: int) -> None:
        """Count steps of work; ExpressionError when an evaluation takes too many."""
        self.bounds.steps -= steps
        if self.bounds.steps < 0:
            raise ExpressionError(f"The evaluation takes more than {MOST_STEPS} steps")

    def get(self, name: str) -> object:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None


@dataclass(frozen=True, slots=True)
class Function:
    """A function that a model defines: parameters, body, and the scope it was written in."""

    parameters: tuple[str, ...]
    body: Node[Scope, object] | Callable[[Scope], object]
    scope: Scope

    def __call__(self, *values: object, named: Mapping[str, object] = MappingProxyType({})) -> object:
        """Call with values by position or by name; None if they do not fit the parameters."""
        if len(values) > len(self.parameters) or not set(named) <= set(self.parameters):
            return None
        given = dict.fromkeys(self.parameters) | dict(zip(self.parameters, values, strict=False)) | dict(named)
        bounds = self.scope.bounds
        bounds.calls += 1
        if bounds.calls > DEEPEST_CALLS:
            raise ExpressionError(f"Functions call each other deeper than {DEEPEST_CALLS} levels")
        try:
            return self.body(self.scope.inner(given))
        finally:
            bounds.calls -= 1


@contextmanager
def evaluated() -> Iterator[None]:
    """Calculates with 34 digits as DMN asks; whatever grows too deep for Python ends in an ExpressionError."""
    with decimal.localcontext(_CONTEXT):
        try:
            yield
        except RecursionError:
            raise ExpressionError("The evaluation nests too deep") from None
