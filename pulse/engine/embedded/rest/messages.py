"""/message: correlation with the instances that wait, or the process that starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from pulse.engine.embedded import tables
from pulse.engine.embedded.core import Core
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest.http import Call, Route, Row, told, writing
from pulse.engine.embedded.rest.instances import EXECUTIONS, begun
from pulse.engine.embedded.rest.problems import failed, invalid, required, telling
from pulse.engine.embedded.state import State, Variable
from pulse.engine.embedded.store import Conflict, find
from pulse.engine.embedded.values import TypedValue

_SUBSCRIPTION, _INSTANCE = tables.subscription.c, tables.instance.c
Given = Mapping[str, Mapping[str, TypedValue]]
"""The variables of a message, by what they are for."""


def _mismatch(message: str) -> RestProblem:
    kind = "org.camunda.bpm.engine.MismatchingMessageCorrelationException"
    return RestProblem(400, "RestException", f"{kind}: {message}", 0)


def _same(kept: Variable | None, wanted: TypedValue) -> bool:
    """A key fits by value and type: Integer 1 is not Long 1."""
    return kept is not None and (kept.value.type, kept.value.value) == (wanted.type, wanted.value)


def _fits(state: State | None, execution_id: str, given: Given) -> bool:
    if state is None:
        return False
    everywhere, here = state.variables.get(state.id, {}), state.variables.get(execution_id, {})
    return all(_same(everywhere.get(name), value) for name, value in given["correlationKeys"].items()) and all(
        _same(here.get(name), value) for name, value in given["localCorrelationKeys"].items()
    )


def _waiting(unit: Unit, call: Call, given: Given) -> list[Row]:
    """The subscriptions that the message fits."""
    query = select(tables.subscription).join(tables.instance, _INSTANCE.id == _SUBSCRIPTION.instance_id)
    query = query.where(_SUBSCRIPTION.event_name == call.text("messageName"), _INSTANCE.suspended.is_(False))
    for column, name in ((_INSTANCE.business_key, "businessKey"), (_INSTANCE.id, "processInstanceId")):
        query = query if call.text(name) is None else query.where(column == call.text(name))
    rows: list[Row] = [dict(row) for row in unit.connection.execute(query.order_by(_SUBSCRIPTION.id)).mappings()]
    if not given["correlationKeys"] and not given["localCorrelationKeys"]:
        return rows
    load = unit.engine.store.load
    return [row for row in rows if _fits(load(unit.connection, row["instance_id"]), row["execution_id"], given)]


def _deliver(unit: Unit, row: Row, given: Given) -> dict[str, Any]:
    core = unit.load(row["instance_id"])
    execution = core.state.executions.get(row["execution_id"]) if core is not None else None
    if core is None or execution is None or row["id"] not in execution.messages:
        raise Conflict  # another command was first: look again who waits
    activity = core.process.activities[row["activity_id"]]
    core.set_variables(execution, given["processVariables"])
    for name, value in given["processVariablesLocal"].items():
        core.set_local(execution, name, value)
    if activity.attached_to is None or activity.interrupting:
        core.changes.delete("subscription", row["id"])
        del execution.messages[row["id"]]
    core.trigger(execution, activity)
    unit.save(core)
    shown = EXECUTIONS.tell({"id": row["execution_id"], "processInstanceId": row["instance_id"]})
    shown["ended"] = row["execution_id"] not in core.state.executions
    return _result("Execution", core, execution=shown)


def _begin(unit: Unit, call: Call, given: Given) -> list[dict[str, Any]]:
    """Start the process that the message starts, if there is one that is not suspended (DefaultCorrelationHandler)."""
    starts = (_SUBSCRIPTION.event_name == call.text("messageName")) & _SUBSCRIPTION.instance_id.is_(None)
    row = unit.connection.execute(select(_SUBSCRIPTION.definition_id, _SUBSCRIPTION.activity_id).where(starts)).first()
    if row is None:
        return []
    definition = find(unit.connection, "process_definition", row[0])
    assert definition is not None
    if definition["suspended"]:
        return []
    activity = unit.engine.definitions.process(unit.connection, row[0]).activities[row[1]]
    core = unit.start(definition, activity, call.text("businessKey"), given["processVariables"])
    return [_result("ProcessDefinition", core, instance=begun(core.state))]


def _result(kind: str, core: Core, execution: object = None, instance: object = None) -> dict[str, Any]:
    found = {"resultType": kind, "execution": execution, "processInstance": instance}
    return found | {"variables": told(core.seen)}


def correlate(unit: Unit, call: Call) -> object:
    """Deliver a message; its results only where they are asked for."""
    name, everyone = required(call.text("messageName"), invalid("No message name supplied")), call.flag("all")
    with_results, with_variables = call.flag("resultEnabled"), call.flag("variablesInResultEnabled")
    if with_variables and not with_results:
        raise invalid("Parameter 'variablesInResultEnabled' cannot be used without 'resultEnabled' set to true.")
    kinds = ("correlationKeys", "localCorrelationKeys", "processVariables", "processVariablesLocal")
    with telling("Cannot deliver message"):
        given = {kind: call.variables(kind) for kind in kinds}
    rows = _waiting(unit, call, given)
    if len(rows) > 1 and not everyone:
        message = f"ENGINE-13031 Cannot correlate a message with name '{name}' to a single execution."
        raise _mismatch(f"{message} {len(rows)} executions match the correlation keys")
    results = [_deliver(unit, row, given) for row in rows]
    if (not rows or everyone) and call.text("processInstanceId") is None:
        results += _begin(unit, call, given)
    if not results and not everyone:
        cause = "No process definition or execution matches the parameters"
        raise _mismatch(f"Cannot correlate message '{name}': {cause}")
    if not with_variables:
        results = [{key: result[key] for key in result if key != "variables"} for result in results]
    return results if with_results else None


def trigger(unit: Unit, call: Call) -> None:
    """Deliver a message to the execution that waits for it."""
    name = call.path["message"]
    query = select(tables.subscription).where(_SUBSCRIPTION.execution_id == call.id, _SUBSCRIPTION.event_name == name)
    row = unit.connection.execute(query).mappings().first()
    message = f"Execution with id '{call.id}' does not have a subscription to a message event with name '{name}'"
    found = dict(required(row, failed(f"{message}: eventSubscriptions is empty")))
    given = {"processVariables": call.variables(), "processVariablesLocal": {}}
    _deliver(unit, found, given)


ROUTES: list[Route] = [
    writing("POST", "/message", correlate),
    writing(
        "POST",
        "/execution/{id}/messageSubscriptions/{message}/trigger",
        trigger,
        "Cannot trigger message {message} for execution {id}",
    ),
]
