"""/message: correlation with the instances that wait, or the process that starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from pulse.engine.embedded import tables
from pulse.engine.embedded.engine import Unit, find
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest.http import Call, Route, Row, invalid, required, telling, told, writing
from pulse.engine.embedded.rest.instances import EXECUTIONS, begun, variables_of
from pulse.engine.embedded.state import State, Variable
from pulse.engine.embedded.store import Conflict
from pulse.engine.embedded.values import TypedValue

_SUBSCRIPTION, _INSTANCE = tables.subscription.c, tables.instance.c


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


def _mismatch(message: str) -> RestProblem:
    kind = "org.camunda.bpm.engine.MismatchingMessageCorrelationException"
    return RestProblem(400, "RestException", f"{kind}: {message}", 0)


def _same(kept: Variable | None, wanted: TypedValue) -> bool:
    """A key fits by value and type: Integer 1 is not Long 1."""
    return kept is not None and (kept.value.type, kept.value.value) == (wanted.type, wanted.value)


def _fits(state: State | None, execution_id: str, message: Message) -> bool:
    if state is None:
        return False
    places = ((message.keys, state.id), (message.local_keys, execution_id))
    wanted = [(state.variables.get(place, {}).get(name), key) for keys, place in places for name, key in keys.items()]
    return all(_same(kept, key) for kept, key in wanted)


def _waiting(unit: Unit, message: Message) -> list[Row]:
    """The subscriptions that the message fits."""
    query = select(tables.subscription).join(tables.instance, _INSTANCE.id == _SUBSCRIPTION.instance_id)
    query = query.where(_SUBSCRIPTION.event_name == message.name, _INSTANCE.suspended.is_(False))
    for column, wanted in ((_INSTANCE.business_key, message.business_key), (_INSTANCE.id, message.instance_id)):
        query = query if wanted is None else query.where(column == wanted)
    rows: list[Row] = [dict(row) for row in unit.connection.execute(query.order_by(_SUBSCRIPTION.id)).mappings()]
    if not message.keys and not message.local_keys:
        return rows
    load = unit.engine.store.load
    return [row for row in rows if _fits(load(unit.connection, row["instance_id"]), row["execution_id"], message)]


def _deliver(unit: Unit, row: Row, message: Message) -> dict[str, Any]:
    core = unit.load(row["instance_id"])
    execution = core.state.executions.get(row["execution_id"]) if core is not None else None
    if core is None or execution is None or row["id"] not in execution.messages:
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
    shown = EXECUTIONS.tell({"id": row["execution_id"], "processInstanceId": row["instance_id"]})
    shown["ended"] = row["execution_id"] not in core.state.executions
    return {"resultType": "Execution", "execution": shown, "processInstance": None} | _variables(core.state)


def _begin(unit: Unit, message: Message) -> list[dict[str, Any]]:
    """Start the process that the message starts, if there is one."""
    query = select(_SUBSCRIPTION.definition_id, _SUBSCRIPTION.activity_id).where(
        _SUBSCRIPTION.event_name == message.name, _SUBSCRIPTION.instance_id.is_(None)
    )
    row = unit.connection.execute(query).first()
    if row is None:
        return []
    definition = find(unit.connection, "process_definition", row[0])
    assert definition is not None
    if definition["suspended"]:
        raise RestProblem(500, "ProcessEngineException", f"ProcessDefinition with id '{row[0]}' is suspended.", 0)
    process = unit.engine.definitions.process(unit.connection, row[0])
    state = unit.start(definition, process.activities[row[1]], message.business_key, message.variables).state
    shown = {"resultType": "ProcessDefinition", "execution": None, "processInstance": begun(state)}
    return [shown | _variables(state)]


def _variables(state: State) -> dict[str, object]:
    return {"variables": told(variables_of(state), deserialize=False)}


def _correlate(unit: Unit, message: Message) -> list[dict[str, Any]]:
    rows = _waiting(unit, message)
    if len(rows) > 1 and not message.everyone:
        found = f"{len(rows)} executions match the correlation keys"
        raise _mismatch(
            f"ENGINE-13031 Cannot correlate a message with name '{message.name}' to a single execution. {found}"
        )
    results = [_deliver(unit, row, message) for row in rows]
    if (not rows or message.everyone) and message.instance_id is None:
        results += _begin(unit, message)
    if not results and not message.everyone:
        cause = "No process definition or execution matches the parameters"
        raise _mismatch(f"Cannot correlate message '{message.name}': {cause}")
    return results


def correlate(unit: Unit, call: Call) -> object:
    """Deliver a message; its results only where they are asked for."""
    name = required(call.text("messageName"), invalid("No message name supplied"))
    with_results, with_variables = call.flag("resultEnabled"), call.flag("variablesInResultEnabled")
    if with_variables and not with_results:
        raise invalid("Parameter 'variablesInResultEnabled' cannot be used without 'resultEnabled' set to true.")
    with telling("Cannot deliver message"):
        message = Message(
            name=name,
            business_key=call.text("businessKey"),
            instance_id=call.text("processInstanceId"),
            keys=call.variables("correlationKeys"),
            local_keys=call.variables("localCorrelationKeys"),
            variables=call.variables("processVariables"),
            local_variables=call.variables("processVariablesLocal"),
            everyone=call.flag("all"),
        )
    hidden = set() if with_variables else {"variables"}
    results = [{key: one[key] for key in one.keys() - hidden} for one in _correlate(unit, message)]
    return results if with_results else None


ROUTES: list[Route] = [writing("POST", "/message", correlate)]
