"""What the parts of an expression do: each function makes the node of one construct from those of its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from decimal import Decimal

from pulse.engine.embedded import tree
from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel import builtins
from pulse.engine.embedded.feel.scope import Function, Scope
from pulse.engine.embedded.feel.values import LARGEST, Range, calculate, contains, equal, less, member, weigh

Node = tree.Node[Scope, object]


def constant(value: object) -> Node:
    return Node(lambda _: value)


def name(text: str) -> Node:
    return Node(lambda scope: scope.get(text))


def entry(node: Node, key: str) -> Node:
    return Node(lambda scope: member(node(scope), key), node)


def listed(parts: Sequence[Node]) -> Node:
    return Node(lambda scope: [part(scope) for part in parts], *parts)


def span(low: Node, high: Node, low_closed: bool, high_closed: bool) -> Node:
    return Node(lambda scope: Range(low(scope), high(scope), low_closed, high_closed), low, high)


def choice(test: Node, yes: Node, no: Node) -> Node:
    return Node(lambda scope: yes(scope) if test(scope) is True else no(scope), test, yes, no)


def context(entries: Mapping[str, Node]) -> Node:
    """A context: an entry sees those before it."""

    def run(scope: Scope) -> dict[str, object]:
        found: dict[str, object] = {}
        inner = scope.inner(found)
        for key, part in entries.items():
            found[key] = part(inner)
        return found

    return Node(run, *entries.values())


def function(parameters: Sequence[str], body: Node) -> Node:
    return Node(lambda scope: Function(tuple(parameters), body, scope), body)


def call(text: str, called: Node, given: Sequence[Node], named: Mapping[str, Node]) -> Node:
    """A call of what a name or an expression yields; a name without a function of the model is a built-in's."""

    def run(scope: Scope) -> object:
        found, values = called(scope), [part(scope) for part in given]
        if isinstance(found, Function):
            return found(*values, named={key: part(scope) for key, part in named.items()})
        if not values and text in {"now", "today"}:
            moment = scope.now.astimezone(UTC).replace(tzinfo=None)
            return moment if text == "now" else moment.date()
        scope.spend(sum(map(weigh, values)))
        return None if named else builtins.call(text, values)

    return Node(run, called, *given, *named.values())


def compare(sign: str, left: object, right: object) -> object:
    """`= != < <= > >=`; None for values that cannot be compared."""
    if sign in {"=", "!="}:
        same = equal(left, right)
        return same if sign == "=" or same is None else not same
    if sign in {">", ">="}:
        left, right = right, left
    strict = less(left, right)
    return strict if strict is None or len(sign) == 1 else strict or equal(left, right) is True


def _decided(decisive: bool, left: object, right: Callable[[], object]) -> object:
    """Three-valued `and` (decisive False) and `or` (decisive True)."""
    if left is decisive:
        return decisive
    other = right()
    if other is decisive:
        return decisive
    return (not decisive) if left is (not decisive) and other is (not decisive) else None


def operation(sign: str, left: Node, right: Node) -> Node:
    """A binary operator."""
    if sign in {"and", "or"}:
        return Node(lambda scope: _decided(sign == "or", left(scope), lambda: right(scope)), left, right)
    if sign in {"+", "-", "*", "/", "**"}:
        return Node(lambda scope: calculate(sign, left(scope), right(scope)), left, right)

    def run(scope: Scope) -> object:
        first, second = left(scope), right(scope)
        if isinstance(first, list | dict):
            scope.spend(weigh(first))
        return compare(sign, first, second)

    return Node(run, left, right)


def bounded(sign: str, bound: Node) -> Node:
    """The test `< bound`."""
    return Node(lambda scope: compare(sign, scope.get("?"), bound(scope)) is True, bound)


def matching(node: Node, *, literal: bool, asks_input: bool) -> Node:
    """An expression as a test: a literal matches if equal, one that asks for `?` if true, all else if either."""

    def run(scope: Scope) -> bool:
        found = node(scope)
        if asks_input:
            return found is True
        asked = scope.get("?")
        return equal(asked, found) is True if literal else found is True or contains(found, asked)

    return Node(run, node)


def any_of(tests: Sequence[Node]) -> Node:
    return Node(lambda scope: any(test(scope) for test in tests), *tests)


def negated(test: Node) -> Node:
    return Node(lambda scope: not test(scope), test)


def tested(node: Node, test: Node) -> Node:
    """`node in test`."""
    return Node(lambda scope: test(scope.inner({"?": node(scope)})), node, test)


def counted(low: Node, high: Node) -> Node:
    """The numbers of `low..high` in an iteration."""

    def run(scope: Scope) -> object:
        first, last = low(scope), high(scope)
        if not isinstance(first, Decimal) or not isinstance(last, Decimal):
            return None
        if abs(last - first) > LARGEST:
            raise ExpressionError(f"An iteration over more than {LARGEST} numbers")
        step = 1 if last >= first else -1
        return [Decimal(number) for number in range(int(first), int(last) + step, step)]

    return Node(run, low, high)


def iteration(word: str, sources: Sequence[tuple[str, Node]], body: Node) -> Node:
    """`for … return`, `some … satisfies`, `every … satisfies`."""

    def run(scope: Scope) -> object:
        results = [body(inner) for inner in _scopes(scope, sources)]
        return results if word == "for" else builtins.call("any" if word == "some" else "all", [results])

    return Node(run, body, *(source for _, source in sources))


def _scopes(scope: Scope, sources: Sequence[tuple[str, Node]]) -> Iterator[Scope]:
    if not sources:
        yield scope
        return
    (text, source), *rest = sources
    found = source(scope)
    for part in found if isinstance(found, list) else [found]:
        yield from _scopes(scope.inner({text: part}), rest)


def filtered(node: Node, test: Node) -> Node:
    """`list[3]`, `list[-1]`, `list[item > 2]`; one value counts as a list of one."""

    def run(scope: Scope) -> object:
        found = node(scope)
        parts = found if isinstance(found, list) else [] if found is None else [found]
        kept = []
        for part in parts or [None]:
            verdict = test(scope.inner({**part, "item": part} if isinstance(part, dict) else {"item": part}))
            if isinstance(verdict, Decimal):
                at = int(verdict)
                return parts[at - 1 if at > 0 else at] if 1 <= abs(at) <= len(parts) else None
            if verdict is True and parts:
                kept.append(part)
        return kept

    return Node(run, node, test)
