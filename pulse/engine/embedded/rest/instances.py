"""/process-instance, /execution, /event-subscription: what runs now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, exists, select, update

from pulse.engine.embedded import tables
from pulse.engine.embedded.deployments import remove_history
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import tree
from pulse.engine.embedded.rest.http import Call, Route, reading, truth, writing
from pulse.engine.embedded.rest.problems import invalid, missing, required
from pulse.engine.embedded.rest.resource import Filter, Resource, by_variables, here, listed
from pulse.engine.embedded.state import State
from pulse.engine.embedded.store import find

_INSTANCE, _INCIDENT, _ACTIVITY = tables.instance.c, tables.incident.c, tables.activity.c
_SUBSCRIPTION = tables.subscription.c
_TROUBLED = exists().where(_INCIDENT.instance_id == _INSTANCE.id, _INCIDENT.end_time.is_(None))
_STANDING = exists().where(_ACTIVITY.instance_id == _INSTANCE.id, _ACTIVITY.end_time.is_(None))


def _incident(column: ColumnElement[Any]) -> Filter:
    return lambda value, given: _TROUBLED.where(column == value)


INSTANCES = Resource(
    path="/process-instance",
    tables=(tables.instance,),
    shown="id definitionId definitionKey businessKey suspended",
    nulls="caseInstanceId tenantId",
    also="processInstanceId=id instanceId=id processDefinitionId processDefinitionKey",
    base=_INSTANCE.end_time.is_(None),
    filters={
        "withIncident": _TROUBLED,
        "incidentType": _incident(_INCIDENT.type),
        "incidentMessage": _incident(_INCIDENT.message),
        "incidentId": _incident(_INCIDENT.id),
        "activityIdIn": lambda value, given: _STANDING.where(_ACTIVITY.activity_id.in_(listed(value))),
        "variables": by_variables(here(_INSTANCE.id)),
    },
    more=lambda row, given: {"links": [], "ended": False},
    absent="Process instance with id {} does not exist",
)
EXECUTIONS = Resource(
    path="/execution",
    tables=(tables.activity, tables.instance),
    shown="id=execution_id processInstanceId",
    also="processDefinitionId activityId processDefinitionKey instanceId",
    base=_ACTIVITY.end_time.is_(None),
    filters={
        "messageEventSubscriptionName": lambda value, given: exists().where(
            _SUBSCRIPTION.execution_id == _ACTIVITY.execution_id, _SUBSCRIPTION.event_name == value
        )
    },
    more=lambda row, given: {"ended": False},
)
SUBSCRIPTIONS = Resource(
    path="/event-subscription",
    tables=(tables.subscription,),
    shown="id eventName executionId processInstanceId activityId createdDate=created",
    also="eventSubscriptionId=id created",
    more=lambda row, given: {"eventType": "message"},
)


def begun(state: State, links: Sequence[object] = ()) -> dict[str, Any]:
    """An instance that has just begun, and may have ended at once."""
    row: dict[str, Any] = {"id": state.id, "definitionId": state.definition_id, "definitionKey": state.definition_key}
    row |= {"businessKey": state.business_key, "suspended": False}
    return INSTANCES.tell(row) | {"ended": state.ended, "links": list(links)}


def activity_instances(unit: Unit, call: Call) -> object:
    core = required(unit.load(call.id), missing(INSTANCES.absent.format(call.id)))
    return tree.build(core.process, core.state)


def remove(unit: Unit, call: Call) -> None:
    """End an instance from outside; its history stays."""
    core = unit.load(call.id)
    if core is None and not truth(call.query.get("failIfNotExists", True)):
        return
    core = required(core, missing(f"No process instance found for id '{call.id}': processInstance is null", 0))
    core.delete(call.query.get("deleteReason"), skip_outputs=truth(call.query.get("skipIoMappings")))
    unit.save(core)


def remove_finished(unit: Unit, call: Call) -> None:
    """Remove the history of an instance that has ended."""
    problem = missing(f"Historic process instance with id {call.id} does not exist", 0)
    row = find(unit.connection, "instance", call.id)
    if row is None or row["end_time"] is None:
        raise problem
    remove_history(unit, [call.id])


def set_suspended(unit: Unit, instance_id: str, *, suspended: bool) -> None:
    """Stop or go on with an instance: its tasks, external tasks and jobs cannot be worked on meanwhile."""
    core = unit.load(instance_id)
    if core is None:
        return  # the real engine is silent about an unknown id
    state = "SUSPENDED" if suspended else "ACTIVE"
    core.changes.update("instance", instance_id, suspended=suspended, state=state)
    unit.save(core)
    for table in (tables.external_task, tables.task, tables.job):
        unit.connection.execute(update(table).where(table.c.instance_id == instance_id).values(suspended=suspended))
    if not suspended:
        unit.jobs = True
        topics = select(tables.external_task.c.topic).where(tables.external_task.c.instance_id == instance_id)
        unit.topics |= set(unit.connection.scalars(topics))


def suspend_several(unit: Unit, call: Call) -> None:
    """Suspend or activate instances: those named, those of a process, or those of one version of it."""
    asked = {"definition_id": call.text("processDefinitionId"), "definition_key": call.text("processDefinitionKey")}
    wanted = [_INSTANCE[name] == value for name, value in asked.items() if value is not None]
    if call.body.get("processInstanceIds") is not None:
        named = listed(call.body["processInstanceIds"])
        if not named:
            message = "No process instance ids given: Process Instance ids is empty"
            raise RestProblem(400, "BadUserRequestException", message, 0)
        wanted.append(_INSTANCE.id.in_(named))
    if not wanted:
        message = "Either processDefinitionId or processDefinitionKey should be set to update the suspension state."
        raise invalid(message)
    running = select(_INSTANCE.id).where(*wanted, _INSTANCE.end_time.is_(None))
    for identifier in unit.connection.scalars(running).all():
        set_suspended(unit, identifier, suspended=call.flag("suspended"))


# --- executions ---


def executions(unit: Unit, call: Call) -> object:
    """The executions of an instance; without one, or by what they wait for, those that stand on an activity."""
    identifier = call.query.get("processInstanceId")
    if identifier is None or {"activityId", "messageEventSubscriptionName"} & call.query.keys():
        return EXECUTIONS.rows(unit, call.query)
    core = unit.load(identifier)
    found = core.state.executions if core is not None else ()
    return [EXECUTIONS.tell({"id": execution, "processInstanceId": identifier}) for execution in found]


def holding(unit: Unit, execution_id: str) -> str | None:
    """The id of the running instance that an execution belongs to."""
    inside = _INSTANCE.executions.cast(Text).contains(f'"id":"{execution_id}"', autoescape=True)
    return unit.connection.scalar(select(_INSTANCE.id).where(_INSTANCE.end_time.is_(None), inside))


def execution(unit: Unit, call: Call) -> object:
    problem = missing(f"Execution with id {call.id} does not exist")
    instance = required(holding(unit, call.id), problem)
    return EXECUTIONS.tell({"id": call.id, "processInstanceId": instance})


def subscription(unit: Unit, call: Call) -> object:
    """The message that an execution waits for."""
    name = call.path["message"]
    found = SUBSCRIPTIONS.rows(unit, {"executionId": call.id, "eventName": name})
    problem = missing(f"Message event subscription for execution {call.id} named {name} does not exist")
    return required(next(iter(found), None), problem)


ROUTES: list[Route] = [
    *INSTANCES.routes(),
    *SUBSCRIPTIONS.routes(),
    reading("/execution", executions),
    reading("/execution/{id}", execution),
    reading("/execution/{id}/messageSubscriptions/{message}", subscription),
    writing("PUT", "/process-instance/suspended", suspend_several),
    reading("/process-instance/{id}/activity-instances", activity_instances),
    writing(
        "PUT",
        "/process-instance/{id}/suspended",
        lambda unit, call: set_suspended(unit, call.id, suspended=call.flag("suspended")),
    ),
    writing("DELETE", "/process-instance/{id}", remove),
    writing("DELETE", "/history/process-instance/{id}", remove_finished),
]
