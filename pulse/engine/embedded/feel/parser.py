"""Tokens to closures, by precedence climbing; cells of decision tables (unary tests) too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any, Final

from pulse.engine.embedded import tree
from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel import builtins
from pulse.engine.embedded.feel.lexer import Token, tokens
from pulse.engine.embedded.feel.scope import Function, Scope
from pulse.engine.embedded.feel.values import (
    LARGEST,
    Range,
    calculate,
    contains,
    equal,
    less,
    member,
    parse_temporal,
    weigh,
)

Node = tree.Node[Scope, object]
Names = re.Pattern[str] | None
_BINDING: Final = {
    sign: level
    for level, signs in enumerate(("or", "and", "= != < <= > >= between in", "+ -", "* /", "**"), start=1)
    for sign in signs.split()
}
_ARITHMETIC: Final = 4
_LITERALS: Final = {"true": True, "false": False, "null": None}
_RESERVED: Final = frozenset({"then", "else", "in", "return", "satisfies", "and", "or", "between"})


def parse(text: str, names: Names = None) -> Node:
    """An expression; `names` are the model's names that hold spaces or signs. Raises ExpressionError."""
    parser = _Parser(text, names)
    node = parser.expression()
    parser.expect_end()
    return node


def parse_tests(text: str, names: Names = None) -> Node:
    """The cell of a decision table: a node that is True if the value of `?` matches. Raises ExpressionError."""
    if text.strip() in {"", "-"}:
        return tree.Node(lambda _: True)
    parser = _Parser(text, names)
    if parser.peek(0).text == "not" and parser.peek(1).text == "(":
        try:
            return parser.negated_tests()
        except ExpressionError:
            parser = _Parser(text, names)  # the cell is an expression that begins with a call of not()
    node = parser.tests()
    parser.expect_end()
    return node


def _compare(sign: str, left: object, right: object) -> object:
    match sign:
        case "=":
            return equal(left, right)
        case "!=":
            same = equal(left, right)
            return None if same is None else not same
        case "<":
            return less(left, right)
        case ">":
            return less(right, left)
    strict = less(left, right) if sign == "<=" else less(right, left)
    return None if strict is None else strict or equal(left, right) is True


def _weighed(scope: Scope, sign: str, left: object, right: object) -> object:
    if isinstance(left, list | dict):
        scope.spend(weigh(left))
    return _compare(sign, left, right)


def _both(decisive: bool, left: object, right: Callable[[], object]) -> object:
    """Three-valued `and` (decisive False) and `or` (decisive True)."""
    if left is decisive:
        return decisive
    other = right()
    if other is decisive:
        return decisive
    return (not decisive) if left is (not decisive) and other is (not decisive) else None


class _Parser:
    def __init__(self, text: str, names: Names) -> None:
        self._text = text
        self._tokens = list(tokens(text, names))
        self._at = 0
        self._nesting = tree.Nesting()
        self._asks_input = False

    def peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _next(self) -> Token:
        found = self.peek()
        self._at += 1
        return found

    def _is(self, text: str, ahead: int = 0) -> bool:
        return self.peek(ahead).text == text and self.peek(ahead).kind in {"sign", "name"}

    def _take(self, text: str) -> bool:
        found = self._is(text)
        self._at += found
        return found

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._problem()

    def _name(self) -> str:
        if self.peek().kind != "name" or self.peek().text in _RESERVED:
            raise self._problem()
        return self._next().text

    def expect_end(self) -> None:
        if self.peek().kind != "end":
            raise self._problem()

    def _problem(self) -> ExpressionError:
        return ExpressionError(f"Cannot parse the FEEL expression '{self._text}' at '{self.peek().text}'")

    # -- unary tests

    def negated_tests(self) -> Node:
        self._at = 2
        node = self.tests()
        self._expect(")")
        self.expect_end()
        return tree.Node(lambda scope: not node(scope), node)

    def tests(self) -> Node:
        parts = [self._test()]
        while self._take(","):
            parts.append(self._test())
        return tree.Node(lambda scope: any(part(scope) for part in parts), *parts)

    def _test(self) -> Node:
        begin, self._asks_input = self._at, False
        for sign in ("<=", ">=", "<", ">"):
            if self._take(sign):
                return _bounded(sign, self._binary(_ARITHMETIC))
        node = self.expression()
        literal = self._at - begin == 1 and (
            self._tokens[begin].kind != "name" or self._tokens[begin].text in _LITERALS
        )
        return _matching(node, literal=literal, asks_input=self._asks_input)

    # -- expressions

    def expression(self) -> Node:
        with self._nesting:
            if self.peek().kind == "name":
                if self._is("if"):
                    return self._if()
                if self._is("function") and self._is("(", 1):
                    return self._function()
                if self.peek().text in {"for", "some", "every"} and self.peek(1).kind == "name":
                    return self._iteration(self._next().text)
            return self._binary(1)

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while (found := self.peek()).kind in {"sign", "name"} and _BINDING.get(found.text, 0) >= least:
            self._next()
            left = self._operation(found.text, left)
        return left

    def _operation(self, sign: str, left: Node) -> Node:
        if sign == "in":
            test = self._in()
            return tree.Node(lambda scope: test(scope.inner({"?": left(scope)})), left, test)
        right = self._binary(_BINDING[sign] + 1)
        if sign == "between":
            self._expect("and")
            high = self._binary(_ARITHMETIC)
            return tree.Node(
                lambda scope: _both(
                    False,
                    _compare(">=", left(scope), right(scope)),
                    lambda: _compare("<=", left(scope), high(scope)),
                ),
                left,
                right,
                high,
            )
        if sign in {"and", "or"}:
            return tree.Node(lambda scope: _both(sign == "or", left(scope), lambda: right(scope)), left, right)
        if _BINDING[sign] >= _ARITHMETIC:
            return tree.Node(lambda scope: calculate(sign, left(scope), right(scope)), left, right)
        return tree.Node(lambda scope: _weighed(scope, sign, left(scope), right(scope)), left, right)

    def _in(self) -> Node:
        """What follows `in`: a test, or several in brackets."""
        asked = self._asks_input
        if self._is("("):
            begin = self._at
            self._next()
            node = self.tests()
            if self._take(")"):
                self._asks_input = asked
                return node
            self._at = begin  # a range that begins with an open end
        node = self._comparison_operand()
        self._asks_input = asked
        return node

    def _comparison_operand(self) -> Node:
        if self.peek().text in {"<", "<=", ">", ">="}:
            return self._test()
        return _matching(self._binary(_ARITHMETIC), literal=False, asks_input=False)

    def _unary(self) -> Node:
        with self._nesting:
            if self._take("-"):
                node = self._unary()
                return tree.Node(lambda scope: _negated(node(scope)), node)
            return self._postfix(self._primary())

    def _postfix(self, node: Node) -> Node:
        while True:
            if self._take("."):
                node = self._member(node)
            elif self._is("(") and self.peek(-1).text != "]":
                node = self._call(node)
            elif self._is("[") and not self._ends_range():
                self._next()
                node = _filter(node, self.expression())
                self._expect("]")
            else:
                return node

    def _ends_range(self) -> bool:
        """Whether `[` is the open end of `]1..5[`: nothing that could be a filter follows."""
        following = self.peek(1)
        return following.kind == "end" or following.text in {",", ")", "]", "}", *_RESERVED}

    def _member(self, node: Node) -> Node:
        name = self._name()
        return tree.Node(lambda scope: member(node(scope), name), node)

    def _call(self, node: Node, name: str = "") -> Node:
        self._expect("(")
        given: list[Node] = []
        named: dict[str, Node] = {}
        while not self._take(")"):
            if given or named:
                self._expect(",")
            if self.peek().kind == "name" and self._is(":", 1):
                key = self._next().text
                self._next()
                named[key] = self.expression()
            else:
                given.append(self.expression())
        return tree.Node(
            lambda scope: _called(
                scope,
                name,
                node(scope),
                [part(scope) for part in given],
                {key: part(scope) for key, part in named.items()},
            ),
            node,
            *given,
            *named.values(),
        )

    def _primary(self) -> Node:
        found = self._next()
        match found.kind, found.text:
            case "number", text:
                return _constant(Decimal(text))
            case "text", text:
                return _constant(text)
            case "sign", "(" | "[" | "]" as opening:
                return self._brackets(opening)
            case "sign", "{":
                return self._context()
            case "sign", "@" if self.peek().kind == "text":
                return self._temporal(self._next().text)
            case "name", ("true" | "false" | "null") as text:
                return _constant(_LITERALS[text])
            case "name", name if name not in _RESERVED:
                self._asks_input |= name in {"?", "cellInput"}
                node = tree.Node[Scope, object](lambda scope: scope.get(name))
                return self._call(node, name) if self._is("(") else node
        self._at -= 1
        raise self._problem()

    def _temporal(self, text: str) -> Node:
        try:
            found = parse_temporal(text)
        except ValueError:
            found = None
        if found is None:
            raise self._problem()
        return _constant(found)

    def _brackets(self, opening: str) -> Node:
        """`(x)`, `[x, y]`, or a range."""
        if opening == "[" and self._take("]"):
            return tree.Node(lambda _: [])
        parts = [self.expression()]
        if self._take(".."):
            return self._range(opening == "[", parts[0])
        while opening == "[" and self._take(","):
            parts.append(self.expression())
        if opening == "]":
            raise self._problem()
        self._expect(")" if opening == "(" else "]")
        return parts[0] if opening == "(" else tree.Node(lambda scope: [part(scope) for part in parts], *parts)

    def _range(self, low_closed: bool, low: Node) -> Node:
        high = self.expression()
        high_closed = self._is("]")
        if not (high_closed or self._is("[") or self._is(")")):
            raise self._problem()
        self._next()
        return tree.Node(lambda scope: Range(low(scope), high(scope), low_closed, high_closed), low, high)

    def _context(self) -> Node:
        entries: dict[str, Node] = {}
        while not self._take("}"):
            if entries:
                self._expect(",")
            words = []
            while not self._take(":"):
                if self.peek().kind not in {"name", "text", "number"}:
                    raise self._problem()
                words.append(self._next().text)
            entries[" ".join(words)] = self.expression()
        return tree.Node(lambda scope: context(scope, entries), *entries.values())

    def _if(self) -> Node:
        self._next()
        test = self.expression()
        self._expect("then")
        yes = self.expression()
        self._expect("else")
        no = self.expression()
        return tree.Node(lambda scope: yes(scope) if test(scope) is True else no(scope), test, yes, no)

    def _function(self) -> Node:
        self._at += 2
        parameters: list[str] = []
        while not self._take(")"):
            if parameters:
                self._expect(",")
            parameters.append(self._name())
            if self._take(":"):
                self._next()
        body = self.expression()
        return tree.Node(lambda scope: Function(tuple(parameters), body, scope), body)

    def _iteration(self, word: str) -> Node:
        sources: list[tuple[str, Node]] = []
        while not sources or self._take(","):
            name = self._name()
            self._expect("in")
            source = self.expression()
            if self._take(".."):
                source = _counted(source, self.expression())
            sources.append((name, source))
        self._expect("return" if word == "for" else "satisfies")
        body = self.expression()
        nodes = [source for _, source in sources]

        def run(scope: Scope) -> object:
            results = (body(inner) for inner in _scopes(scope, sources))
            if word == "for":
                return list(results)
            return builtins.call("any" if word == "some" else "all", [list(results)])

        return tree.Node(run, body, *nodes)


def context(scope: Scope, entries: dict[str, Node]) -> dict[str, object]:
    """The value of a context: an entry sees those before it."""
    found: dict[str, object] = {}
    inner = scope.inner(found)
    for key, entry in entries.items():
        found[key] = entry(inner)
    return found


def _constant(value: object) -> Node:
    return tree.Node(lambda _: value)


def _negated(value: Any) -> object:
    return calculate("*", value, Decimal(-1))


def _bounded(sign: str, bound: Node) -> Node:
    return tree.Node(lambda scope: _compare(sign, scope.get("?"), bound(scope)) is True, bound)


def _matching(node: Node, *, literal: bool, asks_input: bool) -> Node:
    """How a cell matches: a literal by equality, one that asks for `?` by its truth, all else by either."""
    if asks_input:
        return tree.Node(lambda scope: node(scope) is True, node)
    if literal:
        return tree.Node(lambda scope: equal(scope.get("?"), node(scope)) is True, node)

    def run(scope: Scope) -> bool:
        found = node(scope)
        return found is True or contains(found, scope.get("?"))

    return tree.Node(run, node)


def _counted(low: Node, high: Node) -> Node:
    def run(scope: Scope) -> object:
        first, last = low(scope), high(scope)
        if not isinstance(first, Decimal) or not isinstance(last, Decimal):
            return None
        if abs(last - first) > LARGEST:
            raise ExpressionError(f"An iteration over more than {LARGEST} numbers")
        step = 1 if last >= first else -1
        return [Decimal(number) for number in range(int(first), int(last) + step, step)]

    return tree.Node(run, low, high)


def _scopes(scope: Scope, sources: Sequence[tuple[str, Node]]) -> Iterator[Scope]:
    if not sources:
        yield scope
        return
    (name, source), *rest = sources
    found = source(scope)
    for part in found if isinstance(found, list) else [found]:
        yield from _scopes(scope.inner({name: part}), rest)


def _called(scope: Scope, name: str, function: object, given: list[object], named: dict[str, object]) -> object:
    if isinstance(function, Function):
        return function(*given, named=named)
    if not given and name in {"now", "today"}:
        moment = scope.now.astimezone(UTC).replace(tzinfo=None)
        return moment if name == "now" else moment.date()
    scope.spend(sum(map(weigh, given)))
    return None if named else builtins.call(name, given)


def _filter(node: Node, test: Node) -> Node:
    def run(scope: Scope) -> object:
        found = node(scope)
        parts = found if isinstance(found, list) else [] if found is None else [found]
        kept = []
        for part in parts or [None]:
            names = {**part, "item": part} if isinstance(part, dict) else {"item": part}
            verdict = test(scope.inner(names))
            if isinstance(verdict, Decimal):
                at = int(verdict)
                return parts[at - 1 if at > 0 else at] if 1 <= abs(at) <= len(parts) else None
            if verdict is True and parts:
                kept.append(part)
        return kept

    return tree.Node(run, node, test)
