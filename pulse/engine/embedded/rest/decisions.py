"""/decision-definition, /decision-requirements-definition: reading and evaluating decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from pulse.engine.embedded import dmn, tables, values
from pulse.engine.embedded.definitions import resource_data
from pulse.engine.embedded.engine import Unit, find, new_id
from pulse.engine.embedded.errors import DecisionError, ExpressionError, RestProblem
from pulse.engine.embedded.rest.definitions import QUERIES, by_key, tell
from pulse.engine.embedded.rest.http import Call, Handler, Route, missing, told
from pulse.engine.embedded.rest.query import routes

Row = Mapping[str, Any]


def _decision(call: Call, doing: str = "") -> Row:
    if "key" in call.path:
        return by_key(call, "decision_definition", "decision")
    identifier = call.path["id"]
    row = call.read(lambda connection: find(connection, "decision_definition", identifier))
    if row is None:
        cause = f"no deployed decision definition found with id '{identifier}': decisionDefinition is null"
        raise missing(f"{doing}{cause}", 0)
    return row


def read(call: Call) -> object:
    return tell(_decision(call), "decision_definition")


def xml(call: Call) -> object:
    row = _decision(call)
    return {"id": row["id"], "dmnXml": call.read(lambda connection: resource_data(connection, row)).decode()}


def evaluate(call: Call) -> object:
    """Evaluate a decision; what was asked and answered goes to history."""
    row = _decision(call, f"Cannot evaluate decision {call.path.get('id')}: ")
    try:
        given = call.variables()
    except RestProblem as problem:
        raise problem.within(f"Cannot evaluate decision {row['id']}") from None
    decision = call.read(lambda connection: call.engine.definitions.decision(connection, row))
    try:
        done = dmn.evaluate_traced(decision, given, now=call.engine.clock())
    except (DecisionError, ExpressionError, RestProblem) as problem:
        message = f"Cannot evaluate decision {row['id']}: Exception while evaluating decision with key 'null'"
        raise RestProblem(500, "RestException", message, 0) from problem
    call.write(lambda unit: _record(unit, row, done.records[-1]))
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


def _graph(call: Call) -> Row:
    if "key" in call.path:
        return by_key(call, "decision_graph", "decision requirements")
    row = call.read(lambda connection: find(connection, "decision_graph", call.path["id"]))
    if row is None:
        raise missing(f"no deployed decision requirements definition found with id '{call.path['id']}'", 0)
    return row


def read_graph(call: Call) -> object:
    return tell(_graph(call), "decision_graph")


def _both(kind: str, path: str, method: str, handler: Handler) -> list[Route]:
    return [(method, f"/{kind}/{place}{path}", handler) for place in ("key/{key}", "{id}")]


ROUTES: list[Route] = [
    *_both("decision-definition", "/evaluate", "POST", evaluate),
    *routes("/decision-definition", QUERIES["decision_definition"]),
    *_both("decision-definition", "/xml", "GET", xml),
    *_both("decision-definition", "", "GET", read),
    *routes("/decision-requirements-definition", QUERIES["decision_graph"]),
    *_both("decision-requirements-definition", "", "GET", read_graph),
]
