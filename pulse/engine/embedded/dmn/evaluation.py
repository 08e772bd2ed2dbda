"""Evaluating a decision with those it requires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pulse.engine.embedded.dmn.model import Column, Decision, Graph, Table
from pulse.engine.embedded.dmn.types import Variables, to_feel, typed, typed_input
from pulse.engine.embedded.errors import DecisionError
from pulse.engine.embedded.feel import ENGINE, Closure, Scope, evaluated
from pulse.engine.embedded.values import TypedValue

Given = Mapping[str, TypedValue]
Row = dict[str, TypedValue]
HIT_POLICY: Final = "DmnHitPolicyException"


@dataclass(slots=True)
class Record:
    """What one decision was asked and answered, for history. `outputs` holds column, rule id, rule number, value."""

    decision: Decision
    inputs: list[tuple[Column, TypedValue]] = field(default_factory=list)
    outputs: list[tuple[Column | None, str | None, int | None, str, TypedValue]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The rows of a decision and the records of all decisions that were evaluated, the asked one last."""

    rows: list[Row]
    records: list[Record]


def evaluate(
    decision: Decision, given: Given, *, unpack_objects: bool = False, now: datetime | None = None
) -> list[Row]:
    """The rows of outputs by name, as the engine types them; no row if no rule applies.

    `unpack_objects`: Object variables are read in FEEL (a process asks), else they are an error (REST asks).
    Raises ExpressionError, DecisionError, and RestProblem for a variable that is no JSON.
    """
    return _evaluated(decision, Variables(given, unpack_objects=unpack_objects), now).rows


def evaluate_traced(
    decision: Decision, given: Given, *, unpack_objects: bool = False, now: datetime | None = None
) -> Evaluation:
    """As `evaluate`, with what history tells."""
    return _evaluated(decision, Variables(given, unpack_objects=unpack_objects), now)


def _evaluated(decision: Decision, names: Mapping[str, object], now: datetime | None) -> Evaluation:
    with evaluated():
        run = _Run(decision.graph, Scope(names, now or datetime.now(UTC)))
        rows = run.rows(decision)
    return Evaluation(rows, list(run.records.values()))


def _value(row: Row) -> object:
    """One output as it is, several as a context."""
    values = {name: to_feel(value) for name, value in row.items()}
    return next(iter(values.values())) if len(values) == 1 else values


class _Run:
    """One evaluation: the results of required decisions become names, each decision is evaluated once."""

    def __init__(self, graph: Graph, scope: Scope) -> None:
        self._names: dict[str, object] = {}
        self._scope = scope.inner(self._names)
        for name, (parameters, body) in graph.knowledge.items():
            self._names[name] = Closure(dict.fromkeys(parameters), body, self._scope, lenient=True)
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
        results = {name: [to_feel(row[name]) for row in rows] for name in (rows[0] if rows else ())}
        for name in (decision.id, decision.name or decision.id, decision.variable):
            results.setdefault(name, [_value(row) for row in rows])
        for name, values in results.items():
            self._names[name] = values[0] if len(values) == 1 else values or None

    def _table(self, table: Table, record: Record) -> list[Row]:
        cells = []
        for column in table.inputs:
            asked = column.expression(self._scope) if column.expression else None
            value, shown = typed_input(asked, column.type_ref)
            record.inputs.append((column, shown))
            cells.append(self._scope.inner({"?": value, column.name: value}))
        hits: list[tuple[str, int, Row]] = []
        for number, rule in enumerate(table.rules, 1):
            if all(test(cell) is True for test, cell in zip(rule.tests, cells, strict=True)):
                entries = zip(table.outputs, rule.outputs, strict=True)
                row = {column.name: typed(entry(self._scope), column.type_ref) for column, entry in entries}
                hits.append((rule.id, number, row))
                if table.hit_policy == "FIRST":
                    break
        hits = self._chosen(table, hits)
        for rule_id, number, row in hits:
            record.outputs += [(column, rule_id, number, column.name, row[column.name]) for column in table.outputs]
        rows = [row for _, _, row in hits]
        return self._collected(table, rows) if table.aggregation else rows

    def _chosen(self, table: Table, hits: list[tuple[str, int, Row]]) -> list[tuple[str, int, Row]]:
        """The rules that the hit policy takes of those that apply. DecisionError where it is violated."""
        if table.hit_policy == "UNIQUE" and len(hits) > 1:
            raise DecisionError(f"UNIQUE: {len(hits)} rules apply", HIT_POLICY)
        if table.hit_policy == "ANY" and any(row != hits[0][2] for _, _, row in hits):
            raise DecisionError("ANY: the rules that apply differ in their outputs", HIT_POLICY)
        return hits[:1] if table.hit_policy == "ANY" else hits

    def _collected(self, table: Table, rows: list[Row]) -> list[Row]:
        """SUM, MIN, MAX or COUNT of the values; no row for no values, but COUNT counts them."""
        (column,) = table.outputs
        found = ENGINE.functions[str(table.aggregation).lower()].call([[to_feel(row[column.name]) for row in rows]])
        if found is None and rows:
            raise DecisionError(f"The values of '{column.name}' cannot be aggregated", HIT_POLICY)
        type_ref = "integer" if table.aggregation == "COUNT" else column.type_ref
        return [] if found is None else [{column.name: typed(found, type_ref)}]
