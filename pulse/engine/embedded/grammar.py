"""What the two expression languages share: tokens, precedence climbing, and the bounds against hostile texts.

A parser compiles a text to nested closures: calling the outermost with a scope yields the value.
"""

from __future__ import annotations

import operator
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeVar

from pulse.engine.embedded.errors import ExpressionError

LONGEST: Final = 5_000
"""Characters of one expression."""

ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Part = TypeVar("Part")
Read = TypeVar("Read")


@contextmanager
def bounded() -> Iterator[None]:
    """Whatever nests deeper than Python's stack, in a text or in its evaluation, ends in an ExpressionError."""
    try:
        yield
    except RecursionError:
        raise ExpressionError("The expression nests too deep") from None


class Token(NamedTuple):
    """`kind` is number, text, name, sign or end."""

    kind: str
    text: str


def levels(*groups: str) -> dict[str, int]:
    """How strongly operators bind, from groups of operators that begin with the weakest."""
    return {operator: level for level, group in enumerate(groups, start=1) for operator in group.split()}


def tokens(pattern: re.Pattern[str], text: str) -> Iterator[Token]:
    """The tokens of a text and one of kind `end`; `pattern` has a group for each kind, and `space` for what is none."""
    if len(text) > LONGEST:
        raise ExpressionError(f"An expression is longer than {LONGEST} characters")
    at = 0
    while at < len(text):
        found = pattern.match(text, at)
        if found is None or found.lastgroup is None:
            raise ExpressionError(f"Cannot read '{text[at : at + 20]}' of the expression '{text}'")
        if found.lastgroup != "space":
            yield Token(found.lastgroup, found[0])
        at = found.end()
    yield Token("end", "")


class Parser(ABC, Generic[Part]):
    """Reads binary operators by precedence; a language adds its operands and what its operators do."""

    binding: ClassVar[Mapping[str, int]]

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.text = text
        self.tokens = list(tokens(pattern, text))
        self.at = 0

    @abstractmethod
    def expression(self) -> Part:
        """Read a whole expression."""

    @abstractmethod
    def operand(self) -> Part:
        """Read what stands between two binary operators."""

    @abstractmethod
    def infix(self, sign: str, left: Part) -> Part:
        """Read what follows a binary operator."""

    def binary(self, least: int = 1) -> Part:
        """Read operands and those operators between them that bind at least so strongly."""
        left = self.operand()
        while self.peek().kind in {"sign", "name"} and self.binding.get(self.peek().text, 0) >= least:
            left = self.infix(self.next().text, left)
        return left

    def to_end(self, read: Callable[[], Read]) -> Read:
        """What `read` reads, which must be the whole text."""
        with bounded():
            found = read()
        if self.peek().kind != "end":
            raise self.problem()
        return found

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        self.at += 1
        return self.peek(-1)

    def sees(self, *texts: str) -> bool:
        """Whether the next token is one of these signs or words."""
        return self.peek().kind in {"sign", "name"} and self.peek().text in texts

    def take(self, *texts: str) -> str:
        """Read the next token if it is one of these signs or words, else nothing."""
        return self.next().text if self.sees(*texts) else ""

    def expect(self, *texts: str) -> str:
        if not (found := self.take(*texts)):
            raise self.problem()
        return found

    def several(self, closing: str, read: Callable[[], Read]) -> list[Read]:
        """Read parts between commas, up to and with the closing sign."""
        found: list[Read] = []
        while not self.take(closing):
            if found:
                self.expect(",")
            found.append(read())
        return found

    def problem(self) -> ExpressionError:
        return ExpressionError(f"Cannot parse the expression '{self.text}' at '{self.peek().text}'")
