"""Decision tables as the standard defines them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pulse.engine.embedded.errors import DecisionError
from pulse.engine.embedded.feel import STANDARD, Node, Scope, Type, coerced


@dataclass(frozen=True, slots=True)
class Input:
    """A column of conditions; `allowed` is the test of its input values."""

    expression: Node
    type: Type | None
    allowed: Node | None


@dataclass(frozen=True, slots=True)
class Output:
    """A column of results; `listed` is its output values from the highest priority down."""

    name: str
    type: Type | None
    default: Node | None
    listed: Node | None


@dataclass(frozen=True, slots=True)
class Rule:
    tests: Sequence[Node]
    results: Sequence[Node]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A node: calling it with a scope evaluates the table. Raises DecisionError for a violated hit policy."""

    policy: str
    aggregation: str | None
    inputs: Sequence[Input]
    outputs: Sequence[Output]
    rules: Sequence[Rule]

    def __call__(self, scope: Scope) -> object:
        cells = [self._cell(column, scope) for column in self.inputs]
        hits: list[list[object]] = []
        for rule in self.rules:
            if all(test(cell) is True for test, cell in zip(rule.tests, cells, strict=True)):
                entries = zip(self.outputs, rule.results, strict=True)
                hits.append([coerced(result(scope), column.type) for column, result in entries])
                if self.policy == "FIRST":
                    break
        if not hits and any(column.default for column in self.outputs):
            hits = [[column.default(scope) if column.default else None for column in self.outputs]]
        return self._chosen(hits, scope)

    def _cell(self, column: Input, scope: Scope) -> Scope:
        value = coerced(column.expression(scope), column.type)
        cell = scope.inner({"?": value})
        if value is not None and column.allowed and column.allowed(cell) is not True:
            raise DecisionError("A value is none that its column allows")
        return cell

    def _chosen(self, hits: list[list[object]], scope: Scope) -> object:
        if self.policy == "UNIQUE" and len(hits) > 1:
            raise DecisionError(f"UNIQUE: {len(hits)} rules apply")
        if self.policy == "ANY" and any(hit != hits[0] for hit in hits):
            raise DecisionError("ANY: the rules that apply differ in their outputs")
        if self.policy in {"PRIORITY", "OUTPUT ORDER"}:
            orders = [column.listed(scope) if column.listed else [] for column in self.outputs]
            hits = sorted(hits, key=lambda hit: [_rank(value, order) for value, order in zip(hit, orders, strict=True)])
        values = [self._value(hit) for hit in hits]
        if self.policy not in {"COLLECT", "RULE ORDER", "OUTPUT ORDER"}:
            return values[0] if values else None
        if self.aggregation:
            return STANDARD.functions[self.aggregation.lower()].call([values])
        return values or None

    def _value(self, hit: list[object]) -> object:
        """One output as it is, several as a context."""
        if len(hit) == 1:
            return hit[0]
        return {column.name: value for column, value in zip(self.outputs, hit, strict=True)}


def _rank(value: object, order: object) -> int:
    """Where a value stands in the priorities of its column; one that is not listed stands last."""
    listed = order if isinstance(order, list) else []
    return listed.index(value) if value in listed else len(listed)
