"""Reading names and types, which may be of several words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel.lexer import Vocabulary, unescaped
from pulse.engine.embedded.feel.nodes import Node
from pulse.engine.embedded.feel.types import SIMPLE, ContextOf, FunctionOf, ListOf, RangeOf, Type
from pulse.engine.embedded.grammar import Parser

RESERVED: Final = frozenset({"then", "else", "in", "return", "satisfies", "and", "or", "between", "instance", "of"})


class NameParser(Parser[Node]):
    """The part of the parser that reads names and types."""

    def __init__(self, words: Vocabulary, text: str) -> None:
        super().__init__(words.pattern(text), text)
        self.words = words

    def name(self) -> str:
        if self.peek().kind != "name" or self.peek().text in RESERVED:
            raise self.problem()
        return " ".join(self.next().text.split())

    def joined_name(self) -> str:
        """A name where no operand can follow, so that it may be of several words."""
        found = self.name()
        while self.peek().kind == "name" and self.peek().text not in RESERVED:
            found += " " + self.name()
        return found

    def key(self) -> str:
        """A name of several words or a text, and its colon."""
        words = []
        while not self.take(":"):
            if self.peek().kind not in {"name", "text", "number"}:
                raise self.problem()
            words.append(unescaped(self.next().text) if self.peek().kind == "text" else self.next().text)
        return " ".join(words)

    def type(self) -> Type:
        """`number`, `list<string>`, `context<a: number>`, `function<string>->number`, or a name of the model."""
        name = self.name()
        if name in {"date", "days", "years"} and self.sees("and") and self.peek(1).text in {"time", "months"}:
            name += f" {self.next().text} {self.next().text}"
            name += f" {self.take('duration')}".rstrip()
        while self.take("."):
            name += f".{self.name()}"
        inner = self._type_parts() if name in {"list", "range", "context", "function"} and self.take("<") else None
        if inner is None:
            found = self.words.type_named(name) or SIMPLE.get(name)
            if found is None:
                raise ExpressionError(f"The type '{name}' is unknown")
            return found
        if name == "context":
            return ContextOf({key: kind for key, kind in inner if key})
        kinds = [kind for _, kind in inner]
        if name == "function":
            self.expect("->")
            return FunctionOf(tuple(kinds), self.type())
        if len(kinds) != 1:
            raise self.problem()
        return ListOf(kinds[0]) if name == "list" else RangeOf(kinds[0])

    def _type_parts(self) -> Sequence[tuple[str, Type]]:
        return self.several(">", self._type_part)

    def _type_part(self) -> tuple[str, Type]:
        begin = self.at
        while self.peek().kind == "name":
            self.next()
        if self.sees(":"):
            self.at = begin
            return self.key(), self.type()
        self.at = begin
        return "", self.type()
