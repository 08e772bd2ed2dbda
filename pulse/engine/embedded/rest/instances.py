"""/process-instance, /execution, /variable-instance, /event-subscription: what runs now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from starlette.responses import Response

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.core import Core
from pulse.engine.embedded.deployments import remove_history
from pulse.engine.embedded.engine import Unit, find
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import tree
from pulse.engine.embedded.rest.http import Call, Route, missing, told, unreadable
from pulse.engine.embedded.rest.query import (
    Filter,
    Query,
    by_variables,
    fields,
    listed,
    reader,
    routes,
    shown,
    truth,
    variable_value,
)
from pulse.engine.embedded.state import Execution
from pulse.engine.embedded.values import TypedValue, from_rest, to_rest

Row = Mapping[str, Any]
_INSTANCE = tables.instance.c
_VARIABLE = tables.variable.c


TOLD = fields("id definitionId definitionKey businessKey caseInstanceId suspended tenantId", tables.instance)


def tell(row: Row, **more: Any) -> dict[str, Any]:
    """A running instance, from its row."""
    return shown(row, TOLD) | {"links": [], "ended": False} | more


def incident_exists(column: ColumnElement[Any]) -> Filter:
    """Whether an instance has an open incident with a value."""
    open_here = and_(tables.incident.c.instance_id == _INSTANCE.id, tables.incident.c.end_time.is_(None))
    return lambda value, given: exists().where(open_here, column == value)


def _stands_on(value: Any, given: Row) -> ColumnElement[bool]:
    column = tables.activity.c
    running = and_(column.instance_id == _INSTANCE.id, column.end_time.is_(None))
    return exists().where(running, column.activity_id.in_(listed(value)))


QUERY = Query(
    source=tables.instance,
    told=TOLD,
    base=_INSTANCE.end_time.is_(None),
    by=fields("id processInstanceId=id businessKey processDefinitionId processDefinitionKey", tables.instance),
    flags={
        "active": ~_INSTANCE.suspended,
        "suspended": _INSTANCE.suspended,
        "withIncident": exists().where(
            tables.incident.c.instance_id == _INSTANCE.id, tables.incident.c.end_time.is_(None)
        ),
    },
    special={
        "incidentType": incident_exists(tables.incident.c.type),
        "incidentMessage": incident_exists(tables.incident.c.message),
        "incidentId": incident_exists(tables.incident.c.id),
        "activityIdIn": _stands_on,
        "variables": by_variables(_INSTANCE.id),
    },
    sorts=fields("instanceId=id definitionId definitionKey businessKey", tables.instance),
    more=lambda row, given: {**row, "links": [], "ended": False},
)


def deserialized(row: dict[str, Any], given: Row) -> dict[str, Any]:
    """A stored variable with its value as REST tells it; lists leave out the content of bytes and files."""
    value = to_rest(values.load(row["value"]), deserialize=truth(given.get("deserializeValues", True)))
    if value["type"] == "File" or (value["type"] == "Bytes" and not given.get("_whole")):
        value["value"] = None
    return row | value


def _values(value: Any, given: Row) -> ColumnElement[bool]:
    same = [variable_value(item["operator"], item["value"], ignore_case=False) for item in value]
    return or_(*(and_(_VARIABLE.name == item["name"], one) for item, one in zip(value, same, strict=True)))


VARIABLES = Query(
    source=tables.variable,
    told=fields(
        "id name processDefinitionId processInstanceId executionId caseInstanceId caseExecutionId taskId batchId "
        "activityInstanceId errorMessage tenantId value",
        tables.variable,
    ),
    base=_VARIABLE.live,
    by=fields("id variableName=name processInstanceId executionId activityInstanceId taskId", tables.variable),
    special={"variableValues": _values},
    sorts=fields("variableName=name variableType=type activityInstanceId", tables.variable),
    more=deserialized,
)
EXECUTIONS = Query(
    source=tables.activity.join(tables.instance, _INSTANCE.id == tables.activity.c.instance_id),
    told=fields("id=execution_id processInstanceId tenantId", tables.activity),
    base=tables.activity.c.end_time.is_(None),
    by=fields(
        "processInstanceId processDefinitionId activityId processDefinitionKey", tables.activity, tables.instance
    ),
    sorts=fields("instanceId", tables.activity),
    more=lambda row, given: {**row, "ended": False},
)
SUBSCRIPTIONS = Query(
    source=tables.subscription,
    told=fields(
        "id eventType eventName executionId processInstanceId activityId createdDate=created tenantId",
        tables.subscription,
    ),
    by=fields("eventSubscriptionId=id eventName executionId processInstanceId activityId", tables.subscription),
    sorts=fields("created", tables.subscription),
    more=lambda row, given: {**row, "eventType": "message"},
)


def no_instance(identifier: str) -> RestProblem:
    return missing(f"Process instance with id {identifier} does not exist", 0)


def activity_instances(call: Call) -> object:
    state = call.read(lambda connection: call.engine.store.load(connection, call.path["id"]))
    if state is None:
        raise missing(f"Process instance with id {call.path['id']} does not exist")
    process = call.read(lambda connection: call.engine.definitions.process(connection, state.definition_id))
    return tree.build(process, state)


def remove(call: Call) -> object:
    """End an instance from outside; its history stays."""
    identifier = call.path["id"]

    def command(unit: Unit) -> None:
        core = unit.load(identifier)
        if core is None:
            if call.wants("failIfNotExists"):
                raise no_instance(identifier)
            return
        core.delete(call.query.get("deleteReason"))
        unit.save(core)

    return call.write(command)


def remove_finished(call: Call) -> object:
    """Remove the history of an instance that has ended."""
    identifier = call.path["id"]

    def command(unit: Unit) -> None:
        row = find(unit.connection, "instance", identifier)
        if row is None:
            raise missing(f"Historic process instance with id {identifier} does not exist", 0)
        if row["end_time"] is None:
            message = f"Process instance is still running, cannot delete historic process instance: {identifier}"
            raise RestProblem(404, "InvalidRequestException", message, 0)
        remove_history(unit, [identifier])

    return call.write(command)


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


def suspend(call: Call) -> object:
    suspended = call.flag("suspended")
    return call.write(lambda unit: set_suspended(unit, call.path["id"], suspended=suspended))


# --- variables ---


def _load(unit: Unit, identifier: str) -> tuple[Core, Execution]:
    core = unit.load(identifier, operation=unit.operation())
    if core is None:
        raise RestProblem(500, "RestException", f"execution {identifier} doesn't exist: execution is null", 0)
    return core, core.state.root


def _kept(call: Call) -> dict[str, TypedValue]:
    state = call.read(lambda connection: call.engine.store.load(connection, call.path["id"]))
    if state is None:
        cause = f"execution {call.path['id']} doesn't exist: execution is null"
        if "name" not in call.path:
            raise RestProblem(500, "NullValueException", cause, 0)
        message = f"Cannot get process instance variable {call.path['name']}: {cause}"
        raise RestProblem(500, "RestException", message, 0)
    return state.visible(state.root)


def _kept_one(call: Call) -> TypedValue:
    found, name = _kept(call), call.path["name"]
    if name not in found:
        raise missing(f"process instance variable with name {name} does not exist")
    return found[name]


def variables(call: Call) -> object:
    return told(_kept(call), deserialize=call.wants("deserializeValues"))


def variable(call: Call) -> object:
    return to_rest(_kept_one(call), deserialize=call.wants("deserializeValue"))


def variable_data(call: Call) -> object:
    return binary(_kept_one(call), call.path["id"])


def binary(value: TypedValue, identifier: str) -> Response:
    """The content of bytes or of a file."""
    if value.type not in {"Bytes", "File"}:
        message = f"Value of variable with id {identifier} is not a binary value."
        raise RestProblem(400, "InvalidRequestException", message)
    kind = str(value.info.get("mimeType") or "application/octet-stream")
    content = value.value if isinstance(value.value, bytes) else b""
    name = value.info.get("filename", "")
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def modify(unit: Unit, core: Core, execution: Execution, call: Call) -> None:
    """`{modifications, deletions}` of a body."""
    deletions = call.body.get("deletions") or []
    if not isinstance(deletions, list):
        raise unreadable()
    core.set_variables(execution, call.variables("modifications"))
    for name in deletions:
        found = core.state.find(execution, str(name))
        if found is not None:
            core.remove_variable(found[0], str(name))
    unit.save(core)


def modify_variables(call: Call) -> object:
    def command(unit: Unit) -> None:
        core, root = _load(unit, call.path["id"])
        modify(unit, core, root, call)

    return call.write(command, "Cannot modify variables for process instance " + call.path["id"])


def put_variable(call: Call) -> object:
    name = call.path["name"]

    def command(unit: Unit) -> None:
        value = from_rest(call.body)
        core, root = _load(unit, call.path["id"])
        core.set_variable(root, name, value)
        unit.save(core)

    return call.write(command, f"Cannot put process instance variable {name}")


def put_data(call: Call) -> object:
    """A file or bytes by multipart."""
    name, file = call.path["name"], next(iter(call.files), None)
    if file is None:
        raise RestProblem(400, "InvalidRequestException", "No 'data' form part")

    def command(unit: Unit) -> None:
        info = {"filename": file.name} | ({"mimeType": file.content_type} if file.content_type else {})
        is_file = call.fields.get("valueType", "Bytes") == "File"
        value = TypedValue("File", file.data, info) if is_file else TypedValue("Bytes", file.data)
        core, root = _load(unit, call.path["id"])
        core.set_variable(root, name, value)
        unit.save(core)

    return call.write(command, f"Cannot put process instance variable {name}")


def delete_variable(call: Call) -> object:
    def command(unit: Unit) -> None:
        core, root = _load(unit, call.path["id"])
        core.remove_variable(root, call.path["name"])
        unit.save(core)

    return call.write(command, f"Cannot delete process instance variable {call.path['name']}")


def executions(call: Call) -> object:
    """The executions of an instance; without one, those that stand on an activity."""
    identifier = call.query.get("processInstanceId")
    if identifier is None or "activityId" in call.query:
        return call.read(lambda connection: EXECUTIONS.rows(connection, call.query))
    state = call.read(lambda connection: call.engine.store.load(connection, identifier))
    common = {"processInstanceId": identifier, "ended": False, "tenantId": None}
    return [{"id": execution} | common for execution in (state.executions if state is not None else ())]


ROUTES: list[Route] = [
    *routes("/process-instance", QUERY),
    ("GET", "/process-instance/{id}/activity-instances", activity_instances),
    ("GET", "/process-instance/{id}/variables", variables),
    ("POST", "/process-instance/{id}/variables", modify_variables),
    ("GET", "/process-instance/{id}/variables/{name}/data", variable_data),
    ("POST", "/process-instance/{id}/variables/{name}/data", put_data),
    ("GET", "/process-instance/{id}/variables/{name}", variable),
    ("PUT", "/process-instance/{id}/variables/{name}", put_variable),
    ("DELETE", "/process-instance/{id}/variables/{name}", delete_variable),
    ("PUT", "/process-instance/{id}/suspended", suspend),
    ("GET", "/process-instance/{id}", reader(QUERY, "Process instance with id {} does not exist")),
    ("DELETE", "/process-instance/{id}", remove),
    ("DELETE", "/history/process-instance/{id}", remove_finished),
    *routes("/variable-instance", VARIABLES),
    (
        "GET",
        "/variable-instance/{id}",
        reader(VARIABLES, "Variable instance with Id '{}' does not exist.", _whole=True),
    ),
    ("GET", "/execution", executions),
    *routes("/event-subscription", SUBSCRIPTIONS),
]
