"""/decision-definition, /decision-requirements-definition: reading and evaluating decisions."""

from __future__ import annotations

from sqlalchemy import insert

from pulse.engine.embedded import dmn, tables, values
from pulse.engine.embedded.definitions import resource_data
from pulse.engine.embedded.engine import Engine, Unit, new_id
from pulse.engine.embedded.errors import DecisionError, ExpressionError, RestProblem
from pulse.engine.embedded.rest.definitions import DECISIONS, GRAPHS, placed, row_of
from pulse.engine.embedded.rest.http import Call, Route, Row, failed, reading, telling, told

_ABSENT = "no deployed decision definition found with id '{0}': decisionDefinition is null"


def _row(unit: Unit, call: Call) -> Row:
    return row_of(unit, call, DECISIONS, _ABSENT)


def _graph(unit: Unit, call: Call) -> object:
    row = row_of(unit, call, GRAPHS, "no deployed decision requirements definition found with id '{}'")
    return GRAPHS.tell_stored(row)


def xml(unit: Unit, call: Call) -> object:
    row = _row(unit, call)
    return {"id": row["id"], "dmnXml": resource_data(unit.connection, row).decode()}


def evaluate(engine: Engine, call: Call) -> object:
    """Evaluate a decision, between two transactions; what was asked and answered goes to history."""

    def find(unit: Unit) -> tuple[Row, dmn.Decision]:
        row = row_of(unit, call, DECISIONS, "Cannot evaluate decision {0}: " + _ABSENT)
        return row, engine.definitions.decision(unit.connection, row)

    row, decision = engine.read(lambda connection: find(Unit(engine, connection, call.user)))
    with telling(f"Cannot evaluate decision {row['id']}"):
        given = call.variables()
        try:
            done = dmn.evaluate_traced(decision, given, now=engine.clock())
        except (DecisionError, ExpressionError, RestProblem) as problem:
            raise failed("Exception while evaluating decision with key 'null'") from problem
    engine.write(lambda unit: _record(unit, row, done.records[-1]), call.user)
    return [told(hit, deserialize=False) for hit in done.rows]


def _record(unit: Unit, row: Row, record: dmn.Record) -> None:
    inputs = [
        {"id": new_id(), "clauseId": column.id, "clauseName": column.label, "value": values.dump(value)}
        for column, value in record.inputs
    ]
    hits = list(dict.fromkeys(order for _, _, order, _, _ in record.outputs))
    outputs = [
        {
            "id": new_id(),
            "clauseId": output.id if output else None,
            "clauseName": output.label if output else None,
            "ruleId": rule,
            "ruleOrder": None if order is None else hits.index(order) + 1,
            "variableName": name,
            "value": values.dump(value),
        }
        for output, rule, order, name, value in record.outputs
    ]
    kept = {"id": new_id(), "definition_id": row["id"], "definition_key": row["key"], "name": row["name"]}
    kept |= {"graph_id": row["graph_id"], "graph_key": row["graph_key"], "user_id": unit.user, "time": unit.now}
    kept |= {"removal_time": unit.now + (row["ttl"] or 0) * 86_400_000, "inputs": inputs, "outputs": outputs}
    unit.connection.execute(insert(tables.decision_instance).values(kept))


_OF_ONE: list[Route] = [
    reading("", lambda unit, call: DECISIONS.tell_stored(_row(unit, call))),
    reading("/xml", xml),
    ("POST", "/evaluate", evaluate),
]
ROUTES = [
    *DECISIONS.routes(),
    *placed(DECISIONS, _OF_ONE),
    *GRAPHS.routes(),
    *placed(GRAPHS, [reading("", _graph)]),
]
