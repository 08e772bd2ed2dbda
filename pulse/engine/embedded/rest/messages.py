"""/message: correlation with the instances that wait, or the process that starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from pulse.engine.embedded import tables
from pulse.engine.embedded.engine import Unit, find
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import instances
from pulse.engine.embedded.rest.http import Call, Route, told
from pulse.engine.embedded.state import State, Variable
from pulse.engine.embedded.store import Conflict
from pulse.engine.embedded.values import TypedValue

_SUBSCRIPTION = tables.subscription.c
_MISMATCH = "org.camunda.bpm.engine.MismatchingMessageCorrelationException: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message with what it is to find its receivers by."""

    name: str
    business_key: str | None
    instance_id: str | None
    keys: Mapping[str, TypedValue]
    local_keys: Mapping[str, TypedValue]
    variables: Mapping[str, TypedValue]
    local_variables: Mapping[str, TypedValue]
    everyone: bool


def _same(kept: Variable | None, wanted: TypedValue) -> bool:
    """A key fits by value and type: Integer 1 is not Long 1."""
    return kept is not None and (kept.value.type, kept.value.value) == (wanted.type, wanted.value)


def _fits(state: State, execution_id: str, message: Message) -> bool:
    known, here = state.variables.get(state.id, {}), state.variables.get(execution_id, {})
    return all(_same(known.get(name), value) for name, value in message.keys.items()) and all(
        _same(here.get(name), value) for name, value in message.local_keys.items()
    )


def _waiting(unit: Unit, message: Message) -> list[Mapping[str, Any]]:
    """The subscriptions that the message fits."""
    instance = tables.instance.c
    query = select(tables.subscription).join(tables.instance, instance.id == _SUBSCRIPTION.instance_id)
    query = query.where(_SUBSCRIPTION.event_name == message.name, instance.suspended.is_(False))
    if message.business_key is not None:
        query = query.where(instance.business_key == message.business_key)
    if message.instance_id is not None:
        query = query.where(instance.id == message.instance_id)
    rows: list[Mapping[str, Any]] = [
        dict(row) for row in unit.connection.execute(query.order_by(_SUBSCRIPTION.id)).mappings()
    ]
    if not message.keys and not message.local_keys:
        return rows
    found: list[Mapping[str, Any]] = []
    for row in rows:
        state = unit.engine.store.load(unit.connection, row["instance_id"])
        if state is not None and _fits(state, row["execution_id"], message):
            found.append(row)
    return found


def _deliver(unit: Unit, row: Mapping[str, Any], message: Message) -> dict[str, Any]:
    core = unit.load(row["instance_id"])
    if core is None:
        raise Conflict
    execution = core.state.executions.get(row["execution_id"])
    if execution is None or row["id"] not in execution.messages:
        raise Conflict  # another command was first: look again who waits
    activity = core.process.activities[row["activity_id"]]
    core.set_variables(execution, message.variables)
    for name, value in message.local_variables.items():
        core.set_local(execution, name, value)
    if activity.attached_to is None or activity.interrupting:
        core.changes.delete("subscription", row["id"])
        del execution.messages[row["id"]]
    core.trigger(execution, activity)
    unit.save(core)
    visible = core.state.visible(core.state.root) if not core.state.ended else {}
    ended = row["execution_id"] not in core.state.executions
    shown = {"id": row["execution_id"], "processInstanceId": row["instance_id"], "ended": ended, "tenantId": None}
    return {"resultType": "Execution", "execution": shown, "processInstance": None, "variables": visible}


def _begin(unit: Unit, message: Message) -> dict[str, Any] | None:
    """Start the process that the message starts, if there is one."""
    query = select(_SUBSCRIPTION.definition_id, _SUBSCRIPTION.activity_id).where(
        _SUBSCRIPTION.event_name == message.name, _SUBSCRIPTION.instance_id.is_(None)
    )
    row = unit.connection.execute(query).first()
    if row is None:
        return None
    definition = find(unit.connection, "process_definition", row[0])
    assert definition is not None
    if definition["suspended"]:
        raise RestProblem(500, "ProcessEngineException", f"ProcessDefinition with id '{row[0]}' is suspended.", 0)
    process = unit.engine.definitions.process(unit.connection, row[0])
    core = unit.start(definition, process.activities[row[1]], message.business_key, message.variables)
    state = core.state
    kept = {"id": state.id, "definition_id": row[0], "definition_key": definition["key"], "suspended": False}
    shown = instances.tell(kept | {"business_key": message.business_key}, ended=state.ended)
    visible = state.visible(state.root) if not state.ended else {}
    return {"resultType": "ProcessDefinition", "execution": None, "processInstance": shown, "variables": visible}


def _correlate(unit: Unit, message: Message) -> list[dict[str, Any]]:
    rows = _waiting(unit, message)
    if len(rows) > 1 and not message.everyone:
        told_as = f"ENGINE-13031 Cannot correlate a message with name '{message.name}' to a single execution. "
        raise RestProblem(
            400, "RestException", f"{_MISMATCH}{told_as}{len(rows)} executions match the correlation keys", 0
        )
    results = [_deliver(unit, row, message) for row in rows]
    if (not rows or message.everyone) and message.instance_id is None:
        started = _begin(unit, message)
        results += [started] if started is not None else []
    if not results and not message.everyone:
        cause = f"Cannot correlate message '{message.name}': No process definition or execution matches the parameters"
        raise RestProblem(400, "RestException", _MISMATCH + cause, 0)
    return results


def correlate(call: Call) -> object:
    """Deliver a message; its results only where they are asked for."""
    name, with_results = call.text("messageName"), call.flag("resultEnabled")
    if name is None:
        raise RestProblem(400, "InvalidRequestException", "No message name supplied")
    with_variables = call.flag("variablesInResultEnabled")
    if with_variables and not with_results:
        message = "Parameter 'variablesInResultEnabled' cannot be used without 'resultEnabled' set to true."
        raise RestProblem(400, "InvalidRequestException", message)
    try:
        asked = Message(
            name=name,
            business_key=call.text("businessKey"),
            instance_id=call.text("processInstanceId"),
            keys=call.variables("correlationKeys"),
            local_keys=call.variables("localCorrelationKeys"),
            variables=call.variables("processVariables"),
            local_variables=call.variables("processVariablesLocal"),
            everyone=call.flag("all"),
        )
    except RestProblem as problem:
        raise (problem.within("Cannot deliver message") if problem.message else problem) from None
    results = call.write(lambda unit: _correlate(unit, asked))
    if not with_results:
        return None
    for result in results:
        variables = result.pop("variables")
        if with_variables:
            result["variables"] = told(variables, deserialize=False)
    return results


ROUTES: list[Route] = [("POST", "/message", correlate)]
