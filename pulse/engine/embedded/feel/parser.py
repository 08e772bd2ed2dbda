"""Texts to nodes: expressions, and the cells of decision tables (unary tests)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel import nodes, temporal
from pulse.engine.embedded.feel.lexer import Vocabulary, unescaped, vocabulary
from pulse.engine.embedded.feel.names import RESERVED, NameParser
from pulse.engine.embedded.feel.nodes import Node
from pulse.engine.embedded.feel.scope import Closure, Scope
from pulse.engine.embedded.feel.types import Type
from pulse.engine.embedded.feel.values import Range, Unlike, equal, matches
from pulse.engine.embedded.grammar import levels

_ARITHMETIC: Final = 4
_LITERALS: Final = {"true": True, "false": False, "null": None}
PLAIN: Final = vocabulary()


def parse(text: str, words: Vocabulary = PLAIN) -> Node:
    """An expression; `words` know the model's names. Raises ExpressionError."""
    parser = _Parser(words, text)
    return parser.to_end(parser.expression)


def parse_tests(text: str, words: Vocabulary = PLAIN) -> Node:
    """The cell of a decision table: a node that is True if the value of `?` matches. Raises ExpressionError."""
    if text.strip() in {"", "-"}:
        return lambda _: True
    parser = _Parser(words, text)
    try:
        return parser.to_end(parser.negated_tests)
    except ExpressionError:
        parser.at = 0  # no `not(…)`, or an expression that begins with a call of not()
        return parser.to_end(parser.tests)


def parse_type(text: str, words: Vocabulary = PLAIN) -> Type:
    """A type by its name or as an expression writes it. Raises ExpressionError."""
    parser = _Parser(words, text)
    return parser.to_end(parser.type)


class _Parser(NameParser):
    binding = levels("or", "and", "= != < <= > >= between in instance", "+ -", "* /", "**")

    # the cells of decision tables

    def negated_tests(self) -> Node:
        self.expect("not")
        self.expect("(")
        tests = self.tests()
        self.expect(")")
        return lambda scope: not tests(scope)

    def tests(self) -> Node:
        found = [self._test()]
        while self.take(","):
            found.append(self._test())
        return lambda scope: any(test(scope) for test in found)

    def _test(self) -> Node:
        """A literal matches if equal, an expression that asks for `?` if true, any other if either."""
        begin = self.at
        node = self._bound(self.expression)
        read = self.tokens[begin : self.at]
        if any(token.kind == "name" and token.text in {"?", "cellInput"} for token in read):
            return lambda scope: node(scope) is True
        if len(read) == 1 and (read[0].kind != "name" or read[0].text in _LITERALS):
            return lambda scope: equal(scope.get("?"), node(scope)) is True

        def test(scope: Scope) -> bool:
            found = node(scope)
            return found is True or matches(found, scope.get("?")) is True

        return test

    def _bound(self, otherwise: Callable[[], Node]) -> Node:
        """`> 5` as a range with one end, `= 5` and `!= 5` as what they match, or what else stands there."""
        if not (sign := self.take("<", "<=", ">", ">=", *(("=", "!=") if self.words.dialect.standard else ()))):
            return otherwise()
        bound, included = self.binary(_ARITHMETIC), "=" in sign
        match sign[0]:
            case "<":
                return lambda scope: Range(None, bound(scope), False, included)
            case ">":
                return lambda scope: Range(bound(scope), None, included, False)
        return bound if sign == "=" else lambda scope: Unlike(bound(scope))

    # expressions

    def expression(self) -> Node:
        if self.peek(1).kind == "name" and (word := self.take("for", "some", "every")):
            return self._iteration(word)
        if self.sees("function") and self.peek(1).text == "(":
            return self._definition()
        return self._choice() if self.take("if") else self.binary()

    def infix(self, sign: str, left: Node) -> Node:
        if sign == "in":
            wanted = self._bound(lambda: self.binary(_ARITHMETIC))
            if self.words.dialect.standard:
                return lambda scope: matches(wanted(scope), left(scope))
            return lambda scope: matches(wanted(scope), left(scope)) is True
        if sign == "instance":
            self.expect("of")
            kind = self.type()
            return lambda scope: (value := left(scope)) is not None and kind.holds(value)
        comparing = self.binding[sign] == _ARITHMETIC - 1 and sign != "between"
        least = self.binding[sign] + 1
        right = self._bound(lambda: self.binary(least)) if comparing else self.binary(least)
        if sign == "between":
            self.expect("and")
            high = self.binary(_ARITHMETIC)
            return nodes.operation("and", nodes.operation(">=", left, right), nodes.operation("<=", left, high))
        return nodes.operation(sign, left, right)

    def operand(self) -> Node:
        if self.take("-"):
            return nodes.operation("*", self.operand(), lambda _: Decimal(-1))
        node = self._primary()
        while True:
            if self.take("."):
                node = nodes.member_of(node, self.joined_name())
            elif self.sees("("):
                node = self._call(node)
            elif self.sees("[") and not self._ends_range():
                self.next()
                node = nodes.filtered(node, self.expression())
                self.expect("]")
            else:
                return node

    def _ends_range(self) -> bool:
        """Whether `[` is the open end of `]1..5[`: nothing that could be a filter follows."""
        return self.peek(1).kind == "end" or self.peek(1).text in {",", ")", "]", "}", ".", *RESERVED}

    def _primary(self) -> Node:
        if opening := self.take("(", "[", "]"):
            return self._brackets(opening)
        if self.take("{"):
            return nodes.context(self.several("}", self._entry))
        if self.take("@"):
            return self._literal_at()
        if self.peek().kind == "number":
            number = Decimal(self.next().text)
            return lambda _: number
        if self.peek().kind == "text":
            text = unescaped(self.next().text)
            return lambda _: text
        return self._named(self.name())

    def _named(self, name: str) -> Node:
        if name in _LITERALS:
            return lambda _: _LITERALS[name]
        dialect = self.words.dialect
        if self.sees("("):
            if name in {"now", "today"} and self.peek(1).text == ")":
                self.at += 2
                return nodes.clock(name, dialect)
            return self._call(nodes.function_called(name, dialect))
        builtin = dialect.functions.get(name) if dialect.standard else None
        return lambda scope: scope.get(name, builtin)

    def _call(self, callee: Node) -> Node:
        self.expect("(")
        begin = self.at
        while self.peek().kind == "name":
            self.next()
        named = self.at > begin and self.sees(":")
        self.at = begin
        if named:
            return nodes.call_named(callee, dict(self.several(")", self._entry)))
        return nodes.call(callee, self.several(")", self.expression))

    def _literal_at(self) -> Node:
        if self.peek().kind != "text":
            raise self.problem()
        try:
            value = temporal.parse_any(unescaped(self.next().text))
        except ValueError:
            return lambda _: None
        return lambda _: value

    def _brackets(self, opening: str) -> Node:
        """`(x)`, `(x, > y)`, `[x, y]`, or a range."""
        closing = {"(": ")", "[": "]"}.get(opening, "")
        if opening == "[" and self.take(closing):
            return lambda _: []
        parts = [self._bound(self.expression)]
        if self.take(".."):
            return self._range(parts[0], included=opening == "[")
        while closing and self.take(","):
            parts.append(self._bound(self.expression))
        self.expect(closing)
        if opening == "(" and len(parts) == 1:
            return parts[0]
        return lambda scope: scope.paid([part(scope) for part in parts])

    def _range(self, low: Node, *, included: bool) -> Node:
        high = self.expression()
        end_included = self.expect("]", "[", ")") == "]"
        return lambda scope: Range(low(scope), high(scope), included, end_included)

    def _entry(self) -> tuple[str, Node]:
        return self.key(), self.expression()

    def _choice(self) -> Node:
        test = self.expression()
        self.expect("then")
        yes = self.expression()
        self.expect("else")
        no = self.expression()
        return lambda scope: yes(scope) if test(scope) is True else no(scope)

    def _iteration(self, word: str) -> Node:
        iterators = [self._iterator()]
        while self.take(","):
            iterators.append(self._iterator())
        self.expect("return" if word == "for" else "satisfies")
        begin = self.at
        body = self.expression()
        if word == "for":
            asked = any(token.text == "partial" for token in self.tokens[begin : self.at])
            return nodes.loop(iterators, body, partial=asked)
        return nodes.quantified(iterators, body, decisive=word == "some")

    def _iterator(self) -> tuple[str, Node, Node | None]:
        name = self.joined_name()
        self.expect("in")
        source = self.expression()
        if self.take(".."):
            return name, source, self.expression()
        return name, source if self.words.dialect.standard else lambda scope: nodes.listed(source(scope)), None

    def _definition(self) -> Node:
        """`function(a: type, b) body`; one that is written elsewhere (`external`) has no result."""
        self.expect("function")
        self.expect("(")
        parameters = dict(self.several(")", self._parameter))
        external = self.take("external")
        body = self.expression()
        if external:
            return lambda _: None
        return lambda scope: Closure(parameters, body, scope)

    def _parameter(self) -> tuple[str, Type | None]:
        return self.joined_name(), self.type() if self.take(":") else None
