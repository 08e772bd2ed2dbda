"""Expressions compiled to closures, with a bound on how deep they nest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from pulse.engine.embedded.errors import ExpressionError

Scope = TypeVar("Scope")
Value = TypeVar("Value")

DEEPEST = 80
"""Levels of one expression. Evaluation needs about two Python frames a level, so Python's own limit stays far."""

LONGEST = 20_000
"""Characters of one expression."""


class Node(Generic[Scope, Value]):
    """One node of a parsed expression: calling it with a scope yields its value."""

    __slots__ = ("depth", "run")

    def __init__(self, run: Callable[[Scope], Value], *parts: Node[Scope, Value] | None) -> None:
        self.run = run
        self.depth: int = 1 + max((part.depth for part in parts if part is not None), default=0)
        if self.depth > DEEPEST:
            raise ExpressionError(f"The expression nests deeper than {DEEPEST} levels")

    def __call__(self, scope: Scope) -> Value:
        return self.run(scope)


class Nesting:
    """Counts how deep a parser is in brackets, so that a hostile text ends in an ExpressionError."""

    def __init__(self) -> None:
        self._level = 0

    def __enter__(self) -> None:
        self._level += 1
        if self._level > DEEPEST:
            raise ExpressionError(f"The expression nests deeper than {DEEPEST} levels")

    def __exit__(self, *_: object) -> None:
        self._level -= 1
