"""Tokens to nodes, by precedence climbing; cells of decision tables (unary tests) too."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeVar

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel import nodes
from pulse.engine.embedded.feel.lexer import Token, tokens
from pulse.engine.embedded.feel.nodes import Node
from pulse.engine.embedded.feel.values import parse_temporal
from pulse.engine.embedded.tree import Nesting

Part = TypeVar("Part")
Names = re.Pattern[str] | None
_BINDING: Final = {
    sign: level
    for level, signs in enumerate(("or", "and", "= != < <= > >= between in", "+ -", "* /", "**"), start=1)
    for sign in signs.split()
}
_ARITHMETIC: Final = 4
_BOUNDS: Final = frozenset({"<", "<=", ">", ">="})
_LITERALS: Final = {"true": True, "false": False, "null": None}
_RESERVED: Final = frozenset({"then", "else", "in", "return", "satisfies", "and", "or", "between"})


def parse(text: str, names: Names = None) -> Node:
    """An expression; `names` are the model's names that hold spaces or signs. Raises ExpressionError."""
    parser = _Parser(text, names)
    return parser.to_end(parser.expression)


def parse_tests(text: str, names: Names = None) -> Node:
    """The cell of a decision table: a node that is True if the value of `?` matches. Raises ExpressionError."""
    if text.strip() in {"", "-"}:
        return nodes.constant(True)
    parser = _Parser(text, names)
    try:
        return parser.to_end(parser.negated_tests)
    except ExpressionError:
        parser = _Parser(text, names)  # no `not(…)`, or an expression that begins with a call of not()
        return parser.to_end(parser.tests)


class _Parser:
    def __init__(self, text: str, names: Names) -> None:
        self._text = text
        self._tokens = list(tokens(text, names))
        self._at = 0
        self._nesting = Nesting()
        self._asks_input = False

    def to_end(self, read: Callable[[], Node]) -> Node:
        node = read()
        if self._peek().kind != "end":
            raise self._problem()
        return node

    def _peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _next(self) -> Token:
        self._at += 1
        return self._peek(-1)

    def _is(self, text: str, ahead: int = 0) -> bool:
        return self._peek(ahead).text == text and self._peek(ahead).kind in {"sign", "name"}

    def _take(self, *texts: str) -> str:
        """The next token if it is one of these signs or words, else nothing."""
        return self._next().text if any(map(self._is, texts)) else ""

    def _expect(self, *texts: str) -> str:
        if not (found := self._take(*texts)):
            raise self._problem()
        return found

    def _name(self) -> str:
        if self._peek().kind != "name" or self._peek().text in _RESERVED:
            raise self._problem()
        return self._next().text

    def _several(self, closing: str, read: Callable[[], Part]) -> list[Part]:
        """Parts between commas, up to and with the closing sign."""
        found: list[Part] = []
        while not self._take(closing):
            if found:
                self._expect(",")
            found.append(read())
        return found

    def _problem(self) -> ExpressionError:
        return ExpressionError(f"Cannot parse the FEEL expression '{self._text}' at '{self._peek().text}'")

    # unary tests

    def negated_tests(self) -> Node:
        self._expect("not")
        self._expect("(")
        node = self.tests()
        self._expect(")")
        return nodes.negated(node)

    def tests(self) -> Node:
        found = [self._test()]
        while self._take(","):
            found.append(self._test())
        return nodes.any_of(found)

    def _test(self) -> Node:
        if sign := self._take(*_BOUNDS):
            return nodes.bounded(sign, self._binary(_ARITHMETIC))
        begin, self._asks_input = self._at, False
        return self._as_test(self.expression(), begin)

    def _as_test(self, node: Node, begin: int) -> Node:
        first = self._tokens[begin]
        literal = self._at - begin == 1 and (first.kind != "name" or first.text in _LITERALS)
        return nodes.matching(node, literal=literal, asks_input=self._asks_input)

    def _in(self) -> Node:
        """What follows `in`: a test, several in brackets, or a range that begins with an open end."""
        if self._peek().text in _BOUNDS:
            return self._test()
        if not self._take("("):
            return nodes.matching(self._binary(_ARITHMETIC), literal=False, asks_input=False)
        if self._peek().text in _BOUNDS:
            found = [self._test()]
        else:
            begin, self._asks_input = self._at, False
            node = self.expression()
            if self._take(".."):
                return nodes.matching(self._range(node, low_closed=False), literal=False, asks_input=False)
            found = [self._as_test(node, begin)]
        if not self._take(")"):
            self._expect(",")
            found += self._several(")", self._test)
        return nodes.any_of(found)

    # expressions

    def expression(self) -> Node:
        with self._nesting:
            if self._is("function") and self._is("(", 1):
                return self._function()
            if self._peek(1).kind == "name" and (word := self._take("for", "some", "every")):
                return self._iteration(word)
            return self._if() if self._take("if") else self._binary(1)

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while (found := self._peek()).kind in {"sign", "name"} and _BINDING.get(found.text, 0) >= least:
            self._next()
            left = self._operation(found.text, left)
        return left

    def _operation(self, sign: str, left: Node) -> Node:
        if sign == "in":
            asked = self._asks_input
            test = self._in()
            self._asks_input = asked
            return nodes.tested(left, test)
        right = self._binary(_BINDING[sign] + 1)
        if sign != "between":
            return nodes.operation(sign, left, right)
        self._expect("and")
        high = self._binary(_ARITHMETIC)
        return nodes.operation("and", nodes.operation(">=", left, right), nodes.operation("<=", left, high))

    def _unary(self) -> Node:
        with self._nesting:
            if self._take("-"):
                return nodes.operation("*", self._unary(), nodes.constant(Decimal(-1)))
            node = self._primary()
            while True:
                if self._take("."):
                    node = nodes.entry(node, self._name())
                elif self._is("(") and (self._peek(-1).kind == "name" or self._peek(-1).text == ")"):
                    node = self._call("", node)
                elif self._is("[") and not self._ends_range():
                    self._next()
                    node = nodes.filtered(node, self.expression())
                    self._expect("]")
                else:
                    return node

    def _ends_range(self) -> bool:
        """Whether `[` is the open end of `]1..5[`: nothing that could be a filter follows."""
        following = self._peek(1)
        return following.kind == "end" or following.text in {",", ")", "]", "}", *_RESERVED}

    def _call(self, text: str, called: Node) -> Node:
        self._expect("(")
        named: dict[str, Node] = {}

        def argument() -> Node | None:
            if self._peek().kind == "name" and self._is(":", 1):
                key = self._name()
                self._expect(":")
                named[key] = self.expression()
                return None
            return self.expression()

        given = [part for part in self._several(")", argument) if part is not None]
        return nodes.call(text, called, given, named)

    def _primary(self) -> Node:
        found = self._next()
        match found.kind, found.text:
            case "number", text:
                return nodes.constant(Decimal(text))
            case "text", text:
                return nodes.constant(text)
            case "sign", "(" | "[" | "]" as opening:
                return self._brackets(opening)
            case "sign", "{":
                return nodes.context(dict(self._several("}", self._entry)))
            case "sign", "@" if self._peek().kind == "text":
                return self._temporal()
            case "name", text if text in _LITERALS:
                return nodes.constant(_LITERALS[text])
            case "name", text if text not in _RESERVED:
                self._asks_input |= text in {"?", "cellInput"}
                node = nodes.name(text)
                return self._call(text, node) if self._is("(") else node
        self._at -= 1
        raise self._problem()

    def _temporal(self) -> Node:
        try:
            found = parse_temporal(self._next().text)
        except ValueError:
            found = None
        if found is None:
            raise self._problem()
        return nodes.constant(found)

    def _brackets(self, opening: str) -> Node:
        """`(x)`, `[x, y]`, or a range."""
        if opening == "[" and self._take("]"):
            return nodes.listed([])
        first = self.expression()
        if self._take(".."):
            return self._range(first, low_closed=opening == "[")
        if opening == "(":
            self._expect(")")
            return first
        if opening == "]" or not (self._is(",") or self._is("]")):
            raise self._problem()
        self._take(",")
        return nodes.listed([first, *self._several("]", self.expression)])

    def _range(self, low: Node, *, low_closed: bool) -> Node:
        high = self.expression()
        return nodes.span(low, high, low_closed, self._expect("]", "[", ")") == "]")

    def _entry(self) -> tuple[str, Node]:
        words = []
        while not self._take(":"):
            if self._peek().kind not in {"name", "text", "number"}:
                raise self._problem()
            words.append(self._next().text)
        return " ".join(words), self.expression()

    def _if(self) -> Node:
        test = self.expression()
        self._expect("then")
        yes = self.expression()
        self._expect("else")
        return nodes.choice(test, yes, self.expression())

    def _function(self) -> Node:
        self._at += 2
        parameters = self._several(")", self._parameter)
        return nodes.function(parameters, self.expression())

    def _parameter(self) -> str:
        name = self._name()
        if self._take(":"):
            self._name()
        return name

    def _iteration(self, word: str) -> Node:
        sources = [self._source()]
        while self._take(","):
            sources.append(self._source())
        self._expect("return" if word == "for" else "satisfies")
        return nodes.iteration(word, sources, self.expression())

    def _source(self) -> tuple[str, Node]:
        name = self._name()
        self._expect("in")
        source = self.expression()
        return name, nodes.counted(source, self.expression()) if self._take("..") else source
