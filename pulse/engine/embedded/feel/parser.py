"""Texts to closures: expressions, and the cells of decision tables (unary tests)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Final

import orjson

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel import builtins
from pulse.engine.embedded.feel.scope import Scope
from pulse.engine.embedded.feel.values import Range, calculate, compare, equal, matches, member
from pulse.engine.embedded.grammar import Parser, levels

Node = Callable[[Scope], object]
Vocabulary = re.Pattern[str]
_PLAIN_NAME: Final = re.compile(r"[^\W\d]\w*")
_ODD_NAME: Final = re.compile(r"[^\W\d][\w ./'’+*-]*")
_ARITHMETIC: Final = 4
_LITERALS: Final = {"true": True, "false": False, "null": None}
_RESERVED: Final = frozenset({"then", "else", "in", "return", "satisfies", "and", "or", "between"})


def vocabulary(names: Iterable[str] = ()) -> Vocabulary:
    """The pattern of tokens for a model that knows these names: names of FEEL may hold spaces and signs."""
    odd = {name for name in names if _ODD_NAME.fullmatch(name) and not _PLAIN_NAME.fullmatch(name)}
    known = [rf"{re.escape(name)}(?!\w)" for name in odd]
    known += [rf"{re.escape(name)}(?=\s*\()" for name in builtins.BUILTINS if " " in name]
    return re.compile(
        rf"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
        |(?P<number>\d+(?:\.\d+)?|\.\d+)
        |(?P<text>"(?:[^"\\]|\\.)*")
        |(?P<name>{"|".join(sorted(known, key=len, reverse=True))}|{_PLAIN_NAME.pattern}|\?)
        |(?P<sign>\.\.|\*\*|<=|>=|!=|[-+*/<>=(){{}}\[\],:.])""",
        re.VERBOSE | re.DOTALL,
    )


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


class _Parser(Parser[Node]):
    binding = levels("or", "and", "= != < <= > >= between in", "+ -", "* /", "**")

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
            return found is True or matches(found, scope.get("?"))

        return test

    def _bound(self, otherwise: Callable[[], Node]) -> Node:
        """`> 5` as a range with one end, or what else stands there."""
        if not (sign := self.take("<", "<=", ">", ">=")):
            return otherwise()
        bound = self.binary(_ARITHMETIC)
        return lambda scope: Range(((sign, bound(scope)),))

    # expressions

    def expression(self) -> Node:
        if self.peek(1).kind == "name" and (word := self.take("for", "some", "every")):
            return self._iteration(word)
        return self._choice() if self.take("if") else self.binary()

    def infix(self, sign: str, left: Node) -> Node:
        if sign == "in":
            wanted = self._bound(lambda: self.binary(_ARITHMETIC))
            return lambda scope: matches(wanted(scope), left(scope))
        right = self.binary(self.binding[sign] + 1)
        if sign == "between":
            self.expect("and")
            high = self.binary(_ARITHMETIC)
            return _operation("and", _operation(">=", left, right), _operation("<=", left, high))
        return _operation(sign, left, right)

    def operand(self) -> Node:
        if self.take("-"):
            return _operation("*", self.operand(), lambda _: Decimal(-1))
        node = self._primary()
        while True:
            if self.take("."):
                node = _member(node, self._name())
            elif self.sees("[") and not self._ends_range():
                self.next()
                node = _filtered(node, self.expression())
                self.expect("]")
            else:
                return node

    def _ends_range(self) -> bool:
        """Whether `[` is the open end of `]1..5[`: nothing that could be a filter follows."""
        return self.peek(1).kind == "end" or self.peek(1).text in {",", ")", "]", "}", *_RESERVED}

    def _primary(self) -> Node:
        if opening := self.take("(", "[", "]"):
            return self._brackets(opening)
        if self.take("{"):
            return _context(self.several("}", self._entry))
        if self.peek().kind == "number":
            number = Decimal(self.next().text)
            return lambda _: number
        if self.peek().kind == "text":
            text = self._text()
            return lambda _: text
        name = self._name()
        if name in _LITERALS:
            return lambda _: _LITERALS[name]
        if self.take("("):
            return _call(name, self.several(")", self.expression))
        return lambda scope: scope.get(name)

    def _name(self) -> str:
        if self.peek().kind != "name" or self.peek().text in _RESERVED:
            raise self.problem()
        return self.next().text

    def _text(self) -> str:
        try:
            return str(orjson.loads(self.next().text))
        except orjson.JSONDecodeError:
            raise self.problem() from None

    def _brackets(self, opening: str) -> Node:
        """`(x)`, `(x, > y)`, `[x, y]`, or a range."""
        closing = {"(": ")", "[": "]"}.get(opening, "")
        if opening == "[" and self.take(closing):
            return lambda _: []
        parts = [self._bound(self.expression)]
        if self.take(".."):
            return self._range(parts[0], ">" if opening != "[" else ">=")
        while closing and self.take(","):
            parts.append(self._bound(self.expression))
        self.expect(closing)
        if opening == "(" and len(parts) == 1:
            return parts[0]
        return lambda scope: scope.paid([part(scope) for part in parts])

    def _range(self, low: Node, above: str) -> Node:
        high = self.expression()
        below = "<=" if self.expect("]", "[", ")") == "]" else "<"
        return lambda scope: Range(((above, low(scope)), (below, high(scope))))

    def _entry(self) -> tuple[str, Node]:
        words = []
        while not self.take(":"):
            if self.peek().kind not in {"name", "text", "number"}:
                raise self.problem()
            words.append(self._text() if self.peek().kind == "text" else self.next().text)
        return " ".join(words), self.expression()

    def _choice(self) -> Node:
        test = self.expression()
        self.expect("then")
        yes = self.expression()
        self.expect("else")
        no = self.expression()
        return lambda scope: yes(scope) if test(scope) is True else no(scope)

    def _iteration(self, word: str) -> Node:
        name = self._name()
        self.expect("in")
        source = self.expression()
        self.expect("return" if word == "for" else "satisfies")
        body = self.expression()

        def run(scope: Scope) -> object:
            results = (body(scope.inner({name: part})) for part in _listed(source(scope)))
            return scope.paid(list(results)) if word == "for" else builtins.truth(results, decisive=word == "some")

        return run


def _operation(sign: str, left: Node, right: Node) -> Node:
    if sign in {"and", "or"}:
        return lambda scope: builtins.truth((part(scope) for part in (left, right)), decisive=sign == "or")
    if sign in {"+", "-", "*", "/", "**"}:
        return lambda scope: scope.paid(calculate(sign, left(scope), right(scope)))
    return lambda scope: compare(sign, scope.paid(left(scope)), right(scope))


def _member(node: Node, name: str) -> Node:
    return lambda scope: member(node(scope), name)


def _call(name: str, given: Sequence[Node]) -> Node:
    """A call of a function of the model, else of a built-in one."""

    def run(scope: Scope) -> object:
        function, values = scope.get(name), scope.paid([part(scope) for part in given])
        if callable(function):
            return function(*values)
        if name in {"now", "today"} and not values:
            moment = scope.now.astimezone(UTC).replace(tzinfo=None)
            return moment if name == "now" else moment.date()
        return scope.paid(builtins.call(name, values))

    return run


def _context(entries: Sequence[tuple[str, Node]]) -> Node:
    """A context: an entry sees those before it."""

    def run(scope: Scope) -> dict[str, object]:
        found: dict[str, object] = {}
        inner = scope.inner(found)
        for key, part in entries:
            found[key] = part(inner)
        return scope.paid(found)

    return run


def _listed(value: object) -> list[object]:
    """A list as it is; one value counts as a list of one, null as an empty one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _filtered(node: Node, test: Node) -> Node:
    """`list[3]`, `list[-1]`, `list[item > 2]`."""

    def run(scope: Scope) -> object:
        parts = _listed(node(scope))
        kept = []
        for part in parts or [None]:
            verdict = test(scope.inner({**part, "item": part} if isinstance(part, dict) else {"item": part}))
            if isinstance(verdict, Decimal):
                at = int(verdict)
                return parts[at - 1 if at > 0 else at] if 1 <= abs(at) <= len(parts) else None
            if verdict is True and parts:
                kept.append(part)
        return kept

    return run
