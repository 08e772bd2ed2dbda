"""Decision tables: which rules apply, and the one value of a table as the DMN standard defines it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pulse.engine.embedded.errors import DecisionError
from pulse.engine.embedded.feel import Node, Scope
from pulse.engine.embedded.feel.builtins import call
from pulse.engine.embedded.feel.values import equal

AGGREGATORS: Final = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """A column of conditions. `type_ref` is the declared type, `label` its name in history."""

    id: str
    label: str | None
    type_ref: str | None
    expression: Node
    variable: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """A column of results; `priorities` are its values from the highest down, for PRIORITY and OUTPUT ORDER."""

    id: str
    name: str
    label: str | None
    type_ref: str | None
    priorities: Node | None
    default: Node | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: it applies if all its tests are true."""

    id: str
    tests: tuple[Node, ...]
    outputs: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A decision table."""

    hit_policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def matching(self, scope: Scope, inputs: Sequence[object]) -> list[tuple[int, Rule]]:
        """The rules that apply to the values of the input columns, with their numbers from 1."""
        scopes = [
            scope.inner({"?": value, column.variable: value}) for column, value in zip(self.inputs, inputs, strict=True)
        ]
        return [
            (number, rule)
            for number, rule in enumerate(self.rules, 1)
            if all(test(cell) is True for test, cell in zip(rule.tests, scopes, strict=True))
        ]

    def check_hits(self, rows: Sequence[object]) -> None:
        """DecisionError if UNIQUE or ANY is violated by the outputs of the rules that apply."""
        if self.hit_policy == "UNIQUE" and len(rows) > 1:
            raise DecisionError(f"UNIQUE: {len(rows)} rules apply")
        if self.hit_policy == "ANY" and any(row != rows[0] for row in rows):
            raise DecisionError("ANY: the rules that apply differ in their outputs")


def table_value(table: Table, scope: Scope) -> object:
    """The value of a table: one output as it is, several as a context, a list where the hit policy asks for one."""
    matching = table.matching(scope, [column.expression(scope) for column in table.inputs])
    rows = [[entry(scope) for entry in rule.outputs] for _, rule in matching]
    table.check_hits(rows)
    if not rows and all(column.default is not None for column in table.outputs):
        rows = [[column.default(scope) for column in table.outputs if column.default is not None]]
    if table.hit_policy in {"PRIORITY", "OUTPUT ORDER"}:
        rows.sort(key=lambda row: _ranks(table.outputs, row, scope))
    values = [row[0] if len(row) == 1 else _by_name(table.outputs, row) for row in rows]
    if table.aggregation:
        return aggregated(table, values)
    if table.hit_policy in {"COLLECT", "RULE ORDER", "OUTPUT ORDER"}:
        return values or None
    return values[0] if values else None


def _by_name(outputs: Sequence[Output], row: Sequence[object]) -> dict[str, object]:
    return {column.name: value for column, value in zip(outputs, row, strict=True)}


def _ranks(outputs: Sequence[Output], row: Sequence[object], scope: Scope) -> list[int]:
    """Where each value stands in the priorities of its column; one that is not listed stands last."""
    ranks = []
    for column, value in zip(outputs, row, strict=True):
        listed = column.priorities(scope) if column.priorities else []
        listed = listed if isinstance(listed, list) else []
        ranks.append(next((at for at, one in enumerate(listed) if equal(one, value)), len(listed)))
    return ranks


def aggregated(table: Table, values: list[object]) -> object:
    """SUM, MIN, MAX or COUNT of the values; None for no values, but COUNT counts them."""
    assert table.aggregation is not None
    if not values and table.aggregation != "COUNT":
        return None
    return call(AGGREGATORS[table.aggregation], [values])
