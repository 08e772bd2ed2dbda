"""Evaluating a decision with those it requires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pulse.engine.embedded.dmn.model import Decision, Graph, Input, Output, Table
from pulse.engine.embedded.dmn.types import Variables, to_feel, typed, typed_input
from pulse.engine.embedded.errors import DecisionError
from pulse.engine.embedded.feel import Scope, evaluated
from pulse.engine.embedded.feel.builtins import call
from pulse.engine.embedded.feel.values import equal
from pulse.engine.embedded.values import TypedValue

Row = dict[str, TypedValue]
LISTING: Final = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})
"""Hit policies whose result is a list, unless it is aggregated."""


@dataclass(slots=True)
class Record:
    """What one decision was asked and answered, for history. `outputs` holds column, rule id, rule number, value."""

    decision: Decision
    inputs: list[tuple[Input, TypedValue]] = field(default_factory=list)
    outputs: list[tuple[Output | None, str | None, int | None, str, TypedValue]] = field(default_factory=list)
    collected: TypedValue | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The rows of a decision and the records of all decisions that were evaluated, the asked one last."""

    rows: list[Row]
    records: list[Record]


def evaluate(
    decision: Decision,
    variables: Mapping[str, TypedValue],
    *,
    unpack_objects: bool = False,
    now: datetime | None = None,
) -> list[Row]:
    """The rows of outputs by name, as the engine types them; no row if no rule applies.

    `unpack_objects`: Object variables are read in FEEL (a process asks), else they are an error (REST asks).
    Raises ExpressionError, DecisionError.
    """
    return evaluate_traced(decision, variables, unpack_objects=unpack_objects, now=now).rows


def evaluate_traced(
    decision: Decision,
    variables: Mapping[str, TypedValue],
    *,
    unpack_objects: bool = False,
    now: datetime | None = None,
) -> Evaluation:
    """As `evaluate`, with what history tells."""
    return _evaluated(decision, Variables(variables, unpack_objects=unpack_objects), now)


def evaluate_value(decision: Decision, inputs: Mapping[str, object], *, now: datetime | None = None) -> object:
    """The one value of a decision as the DMN standard defines it, from inputs in FEEL's values."""
    values = [_value(row) for row in _evaluated(decision, inputs, now).rows]
    table = decision.logic
    if isinstance(table, Table) and table.hit_policy in LISTING and not table.aggregation:
        return values or None
    return values[0] if values else None


def _evaluated(decision: Decision, names: Mapping[str, object], now: datetime | None) -> Evaluation:
    with evaluated():
        run = _Run(decision.graph, Scope(names, now or datetime.now(UTC)))
        rows = run.rows(decision)
    return Evaluation(rows, list(run.records.values()))


def _feel(value: TypedValue) -> object:
    return to_feel(value, unpack_objects=True)


def _value(row: Row) -> object:
    """One output as it is, several as a context."""
    values = {name: _feel(value) for name, value in row.items()}
    return next(iter(values.values())) if len(values) == 1 else values


class _Run:
    """One evaluation: the results of required decisions become names, each decision is evaluated once."""

    def __init__(self, graph: Graph, scope: Scope) -> None:
        self._names: dict[str, object] = {}
        self._scope = scope.inner(self._names)
        for name, (parameters, body) in graph.knowledge.items():
            self._names[name] = self._scope.function(parameters, body)
        self.records: dict[str, Record] = {}

    def rows(self, decision: Decision) -> list[Row]:
        for required in decision.required:
            if required not in self.records:
                other = decision.graph.decisions[required]
                self._pass_on(other, self.rows(other))
        record = Record(decision)
        if isinstance(decision.logic, Table):
            rows = self._table(decision.logic, record)
        else:
            value = typed(decision.logic(self._scope), decision.type_ref)
            record.outputs.append((None, None, None, decision.variable, value))
            rows = [{decision.variable: value}]
        self.records[decision.id] = record
        return rows

    def _pass_on(self, decision: Decision, rows: list[Row]) -> None:
        """A result is known by its output names and by the name of its decision."""
        wholes = [_value(row) for row in rows]
        for name in {decision.id, decision.name or decision.id, decision.variable}:
            self._names[name] = wholes[0] if len(wholes) == 1 else wholes or None
        for name in {name for row in rows for name in row}:
            values = [_feel(row[name]) for row in rows]
            self._names[name] = values[0] if len(values) == 1 else values

    def _table(self, table: Table, record: Record) -> list[Row]:
        cells = []
        for column in table.inputs:
            value, shown = typed_input(column.expression(self._scope), column.type_ref)
            record.inputs.append((column, shown))
            cells.append(self._scope.inner({"?": value, column.variable: value}))
        hits: list[tuple[str, int, Row]] = []
        for number, rule in enumerate(table.rules, 1):
            if all(test(cell) is True for test, cell in zip(rule.tests, cells, strict=True)):
                entries = zip(table.outputs, rule.outputs, strict=True)
                hits.append(
                    (rule.id, number, {one.name: typed(entry(self._scope), one.type_ref) for one, entry in entries})
                )
                if table.hit_policy == "FIRST":
                    break
        hits = self._chosen(table, hits)
        for rule_id, number, row in hits:
            record.outputs += [(one, rule_id, number, one.name, row[one.name]) for one in table.outputs]
        rows = [row for _, _, row in hits] or self._defaults(table)
        return self._collected(table, rows, record) if table.aggregation else rows

    def _defaults(self, table: Table) -> list[Row]:
        found = [(one, one.default) for one in table.outputs if one.default is not None]
        row = {one.name: typed(default(self._scope), one.type_ref) for one, default in found}
        return [row] if len(found) == len(table.outputs) else []

    def _chosen(self, table: Table, hits: list[tuple[str, int, Row]]) -> list[tuple[str, int, Row]]:
        """The rules that the hit policy takes of those that apply. DecisionError where it is violated."""
        if table.hit_policy == "UNIQUE" and len(hits) > 1:
            raise DecisionError(f"UNIQUE: {len(hits)} rules apply")
        if table.hit_policy == "ANY" and any(row != hits[0][2] for _, _, row in hits):
            raise DecisionError("ANY: the rules that apply differ in their outputs")
        if table.hit_policy in {"PRIORITY", "OUTPUT ORDER"}:
            hits = sorted(hits, key=lambda hit: self._ranks(table.outputs, hit[2]))
        return hits[:1] if table.hit_policy in {"ANY", "PRIORITY"} else hits

    def _ranks(self, outputs: Sequence[Output], row: Row) -> list[int]:
        """Where each value stands in the priorities of its column; one that is not listed stands last."""
        ranks = []
        for column in outputs:
            listed = column.priorities(self._scope) if column.priorities else []
            priorities = listed if isinstance(listed, list) else []
            value = _feel(row[column.name])
            ranks.append(next((at for at, one in enumerate(priorities) if equal(one, value)), len(priorities)))
        return ranks

    def _collected(self, table: Table, rows: list[Row], record: Record) -> list[Row]:
        """SUM, MIN, MAX or COUNT of the values; no row for no values, but COUNT counts them."""
        (column,) = table.outputs
        found = call(str(table.aggregation).lower(), [[_feel(row[column.name]) for row in rows]])
        if found is None and rows:
            raise DecisionError(f"The values of '{column.name}' cannot be aggregated")
        record.collected = typed(found, "integer" if table.aggregation == "COUNT" else column.type_ref)
        return [] if found is None else [{column.name: record.collected}]
