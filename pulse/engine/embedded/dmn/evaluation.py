"""Evaluating a decision with those it requires: the engine's typed rows, or the standard's one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pulse.engine.embedded.dmn.model import Decision
from pulse.engine.embedded.dmn.table import Input, Output, Table, aggregated, table_value
from pulse.engine.embedded.dmn.types import Variables, to_feel, typed, typed_input
from pulse.engine.embedded.errors import DecisionError
from pulse.engine.embedded.feel import Scope, evaluated
from pulse.engine.embedded.values import TypedValue

Row = dict[str, TypedValue]


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
    run = _Run(Variables(variables, unpack_objects=unpack_objects), now or datetime.now(UTC))
    with evaluated():
        rows = run.rows(decision)
    return Evaluation(rows, list(run.records.values()))


def evaluate_value(decision: Decision, inputs: Mapping[str, object], *, now: datetime | None = None) -> object:
    """The value of a decision as the DMN standard defines it, in FEEL's values, from inputs in FEEL's values."""
    with evaluated():
        return _standard_value(decision, Scope(inputs, now or datetime.now(UTC)), {})


def _standard_value(decision: Decision, scope: Scope, known: dict[str, object]) -> object:
    if decision.id in known:
        return known[decision.id]
    names: dict[str, object] = {}
    for required in decision.required:
        other = decision.graph.decisions[required]
        names[other.variable] = _standard_value(other, scope, known)
    inner = scope.inner(names)
    names.update(decision.graph.functions(inner))
    value = table_value(decision.logic, inner) if isinstance(decision.logic, Table) else decision.logic(inner)
    known[decision.id] = value
    return value


class _Run:
    """One evaluation in the engine's dialect."""

    def __init__(self, variables: Variables, now: datetime) -> None:
        self._results: dict[str, object] = {}
        self._scope = Scope(variables, now).inner(self._results)
        self.records: dict[str, Record] = {}

    def rows(self, decision: Decision) -> list[Row]:
        for required in decision.required:
            if required not in self.records:
                other = decision.graph.decisions[required]
                self._pass_on(other, self.rows(other))
        record = Record(decision)
        scope = self._scope.inner(decision.graph.functions(self._scope))
        if isinstance(decision.logic, Table):
            rows = self._table(decision.logic, scope, record)
        else:
            value = typed(decision.logic(scope), decision.type_ref)
            record.outputs.append((None, None, None, decision.variable, value))
            rows = [{decision.variable: value}]
        self.records[decision.id] = record
        return rows

    def _pass_on(self, decision: Decision, rows: list[Row]) -> None:
        """A result is known by its output names and by the name of its decision."""
        values = [{name: _feel(value) for name, value in row.items()} for row in rows]
        columns = {name: [row.get(name) for row in values] for row in values for name in row}
        whole = [next(iter(row.values())) if len(row) == 1 else row for row in values]
        for name in {decision.id, decision.name or decision.id, decision.variable}:
            self._results[name] = whole[0] if len(whole) == 1 else whole or None
        self._results.update({name: found[0] if len(rows) == 1 else found for name, found in columns.items()})

    def _table(self, table: Table, scope: Scope, record: Record) -> list[Row]:
        values = []
        for column in table.inputs:
            value, shown = typed_input(column.expression(scope), column.type_ref)
            record.inputs.append((column, shown))
            values.append(value)
        rows: list[Row] = []
        for number, rule in table.matching(scope, values):
            row: Row = {}
            for output, entry in zip(table.outputs, rule.outputs, strict=True):
                row[output.name] = typed(entry(scope), output.type_ref)
                record.outputs.append((output, rule.id, number, output.name, row[output.name]))
            rows.append(row)
            if table.hit_policy == "FIRST":
                break
        table.check_hits(rows)
        if table.hit_policy == "ANY":
            del rows[1:], record.outputs[len(table.outputs) :]
        if table.aggregation:
            rows = self._collected(table, rows, record)
        return rows

    def _collected(self, table: Table, rows: list[Row], record: Record) -> list[Row]:
        column = table.outputs[0]
        found = aggregated(table, [_feel(row[column.name]) for row in rows])
        if found is None and rows:
            raise DecisionError(f"The values of '{column.name}' cannot be aggregated")
        record.collected = typed(found, "integer" if table.aggregation == "COUNT" else column.type_ref)
        return [] if found is None else [{column.name: record.collected}]


def _feel(value: TypedValue) -> object:
    return to_feel(value, unpack_objects=True)
