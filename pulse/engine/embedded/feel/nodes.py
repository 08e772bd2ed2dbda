"""What a parsed expression does: nodes, which are closures from a scope to a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from decimal import Decimal

from pulse.engine.embedded.feel import temporal
from pulse.engine.embedded.feel.arithmetic import calculate
from pulse.engine.embedded.feel.functions import Dialect, truth
from pulse.engine.embedded.feel.scope import Scope
from pulse.engine.embedded.feel.temporal import Date
from pulse.engine.embedded.feel.values import Function, Range, compare, member

Node = Callable[[Scope], object]


def operation(sign: str, left: Node, right: Node) -> Node:
    if sign in {"and", "or"}:
        return lambda scope: truth((part(scope) for part in (left, right)), decisive=sign == "or")
    if sign in {"+", "-", "*", "/", "**"}:
        return lambda scope: scope.paid(calculate(sign, left(scope), right(scope)))
    return lambda scope: compare(sign, scope.paid(left(scope)), right(scope))


def member_of(node: Node, name: str) -> Node:
    return lambda scope: member(node(scope), name)


def function_called(name: str, dialect: Dialect) -> Node:
    """A function of the model, else a built-in one: a variable may have the name of a function."""
    builtin = dialect.functions.get(name)

    def run(scope: Scope) -> object:
        found = scope.get(name)
        return found if isinstance(found, Function) else builtin

    return run


def call(callee: Node, given: Sequence[Node]) -> Node:
    def run(scope: Scope) -> object:
        function, values = callee(scope), scope.paid([part(scope) for part in given])
        return scope.paid(function.call(values)) if isinstance(function, Function) else None

    return run


def call_named(callee: Node, given: Mapping[str, Node]) -> Node:
    def run(scope: Scope) -> object:
        function, values = callee(scope), scope.paid({name: part(scope) for name, part in given.items()})
        return scope.paid(function.call_named(values)) if isinstance(function, Function) else None

    return run


def clock(name: str, dialect: Dialect) -> Node:
    """`now()` or `today()`."""

    def run(scope: Scope) -> object:
        moment = scope.now.astimezone(UTC)
        found = temporal.from_python(moment if dialect.standard else moment.replace(tzinfo=None))
        return found if name == "now" else found.date

    return run


def context(entries: Sequence[tuple[str, Node]]) -> Node:
    """A context: an entry sees those before it. Null if two have the same name."""
    if len({key for key, _ in entries}) < len(entries):
        return lambda _: None

    def run(scope: Scope) -> dict[str, object]:
        found: dict[str, object] = {}
        inner = scope.inner(found)
        for key, part in entries:
            found[key] = part(inner)
        return scope.paid(found)

    return run


def listed(value: object) -> list[object]:
    """A list as it is; one value counts as a list of one, null as an empty one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def filtered(node: Node, test: Node) -> Node:
    """`list[3]`, `list[-1]`, `list[item > 2]`."""

    def run(scope: Scope) -> object:
        parts = listed(node(scope))
        kept = []
        for part in parts or [None]:
            verdict = test(scope.inner({"item": part, **part} if isinstance(part, dict) else {"item": part}))
            if isinstance(verdict, Decimal):
                at = int(verdict)
                return parts[at - 1 if at > 0 else at] if 1 <= abs(at) <= len(parts) and at == verdict else None
            if not isinstance(verdict, bool | None):
                return None
            if verdict and parts:
                kept.append(part)
        return kept

    return run


def _counted(scope: Scope, start: object, end: object) -> Iterator[object]:
    """Whole numbers or days from one to the other, forwards or backwards."""
    if isinstance(start, Date) and isinstance(end, Date):
        step = 1 if end.ordinal >= start.ordinal else -1
        for count in range(abs(end.ordinal - start.ordinal) + 1):
            yield scope.paid(start.plus_days(step * count))
    if isinstance(start, Decimal) and isinstance(end, Decimal) and start == int(start) and end == int(end):
        step = 1 if end >= start else -1
        for number in range(int(start), int(end) + step, step):
            yield scope.paid(Decimal(number))


class _NoList(Exception):
    """What is iterated over is null."""


def _each(scope: Scope, source: object) -> Iterator[object]:
    if source is None:
        raise _NoList
    if isinstance(source, Range):
        first = list(_counted(scope, source.start, source.end))
        return iter(first[not source.start_included : len(first) - (not source.end_included)])
    return iter(listed(source))


Iterators = Sequence[tuple[str, Node, Node | None]]
"""Name, source and, of `for x in 1..3`, the end of the range."""


def _bound(iterators: Iterators, scope: Scope) -> Iterator[Scope]:
    """The scopes of all combinations, the last iterator turning fastest; a later source sees earlier names."""
    if not iterators:
        yield scope
        return
    (name, source, end), *rest = iterators
    parts = _counted(scope, source(scope), end(scope)) if end else _each(scope, source(scope))
    for part in parts:
        yield from _bound(rest, scope.inner({name: part}))


def loop(iterators: Iterators, body: Node, *, partial: bool) -> Node:
    """`for`; `partial`: the body asks for the list of the results so far by this name. Null over null."""

    def run(scope: Scope) -> object:
        results: list[object] = []
        try:
            for inner in _bound(iterators, scope):
                results.append(body(inner.inner({"partial": results.copy()}) if partial else inner))
        except _NoList:
            return None
        return scope.paid(results)

    return run


def quantified(iterators: Iterators, test: Node, *, decisive: bool) -> Node:
    """`some` (decisive True), `every` (decisive False). Null over null."""

    def run(scope: Scope) -> object:
        try:
            return truth((test(inner) for inner in _bound(iterators, scope)), decisive=decisive)
        except _NoList:
            return None

    return run
