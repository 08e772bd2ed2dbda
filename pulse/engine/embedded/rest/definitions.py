"""/process-definition: reading definitions, starting instances; and what definitions of decisions share with it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table, func, select, update
from starlette.responses import Response

from pulse.engine.embedded import tables
from pulse.engine.embedded.definitions import definition, latest, resource_data
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import instances
from pulse.engine.embedded.rest.http import (
    Call,
    Route,
    Row,
    failed,
    invalid,
    missing,
    reading,
    required,
    telling,
    told,
    writing,
)  # fmt: skip
from pulse.engine.embedded.rest.resource import Resource

_PROCESS, _ACTIVITY = tables.process_definition.c, tables.activity.c


def _resource(path: str, table: Table, more: str = "", nulls: str = "tenantId") -> Resource:
    """The list of one kind of definitions."""
    other, kind = table.alias(), path.strip("/").partition("-")[0]
    newest = select(func.max(other.c.version)).where(other.c.key == table.c.key).scalar_subquery()
    return Resource(
        path=path,
        tables=(table,),
        shown=f"id key name category version resource deploymentId {more}",
        nulls=nulls,
        also=f"{kind}DefinitionId=id keys=key resourceName=resource versionTag",
        filters={"latestVersion": table.c.version == newest},
    )


PROCESSES = _resource(
    "/process-definition",
    tables.process_definition,
    "versionTag historyTimeToLive=ttl suspended startableInTasklist=startable",
    nulls="description diagram tenantId",
)
DECISIONS = _resource(
    "/decision-definition",
    tables.decision_definition,
    "versionTag historyTimeToLive=ttl decisionRequirementsDefinitionId=graph_id "
    "decisionRequirementsDefinitionKey=graph_key",
)
GRAPHS = _resource("/decision-requirements-definition", tables.decision_graph)


def row_of(unit: Unit, call: Call, kind: Resource, absent: str) -> Row:
    """The definition of the path: by id, or the newest of a key. RestProblem 404."""
    table = kind.tables[0].name.removeprefix("engine_")
    if "id" in call.path:
        return required(definition(unit.connection, table, call.id), missing(absent.format(call.id), 0))
    what, key = kind.path.strip("/").replace("-", " "), call.path["key"]
    problem = RestProblem(404, "RestException", f"No matching {what} with key: {key} and no tenant-id")
    return required(latest(unit.connection, table, key), problem)


def placed(kind: Resource, routes: Sequence[Route]) -> list[Route]:
    """Routes of a definition, under its key and under its id."""
    places = ("key/{key}", "{id}")
    return [(method, f"{kind.path}/{place}{path}", do) for method, path, do in routes for place in places]


def _row(unit: Unit, call: Call) -> Row:
    return row_of(unit, call, PROCESSES, "No matching definition with id {}")


def xml(unit: Unit, call: Call) -> object:
    row = _row(unit, call)
    return {"id": row["id"], "bpmn20Xml": resource_data(unit.connection, row).decode()}


def diagram(unit: Unit, call: Call) -> None:
    _row(unit, call)


def start_form(unit: Unit, call: Call) -> object:
    process = unit.engine.definitions.process(unit.connection, _row(unit, call)["id"])
    start = process.activities.get(process.none_start or "")
    key = start.form.key if start is not None and start.form is not None else None
    return {"key": key.constant if key else None, "contextPath": None, "camundaFormRef": None}


def deployed_start_form(unit: Unit, call: Call) -> Response:
    _row(unit, call)
    raise invalid("One of the attributes 'formKey' and 'camunda:formRef' must be supplied but none were set.")


def start(unit: Unit, call: Call) -> object:
    """Start an instance, of the newest version by key or of a version by id."""
    identifier = call.path.get("id") or _row(unit, call)["id"]
    with telling(f"Cannot instantiate process definition {identifier}"):
        problem = failed(f"no deployed process definition found with id '{identifier}': processDefinition is null")
        row = required(definition(unit.connection, "process_definition", identifier), problem)
        if row["suspended"]:
            raise failed(f"ENGINE-03067 ProcessDefinition with id '{identifier}' is suspended.")
        process = unit.engine.definitions.process(unit.connection, identifier)
        event = process.none_start or next(iter(process.message_starts.values()), None)
        first = process.activities[required(event, failed("The process has no start event"))]
        state = unit.start(row, first, call.text("businessKey"), call.variables()).state
    begun = instances.begun(state, call.link("process-instance", state.id))
    if call.flag("withVariablesInReturn"):
        begun["variables"] = told(instances.variables_of(state), deserialize=False)
    return begun


def suspend(unit: Unit, call: Call) -> None:
    """Suspend or activate a definition, on request with its instances."""
    row, suspended = _row(unit, call), call.flag("suspended")
    unit.connection.execute(
        update(tables.process_definition).where(_PROCESS.id == row["id"]).values(suspended=suspended)
    )
    if call.flag("includeProcessInstances"):
        column = tables.instance.c
        running = select(column.id).where(column.definition_id == row["id"], column.end_time.is_(None))
        for instance in unit.connection.scalars(running).all():
            instances.set_suspended(unit, instance, suspended=suspended)


def statistics(unit: Unit, call: Call) -> object:
    """How many tokens stand on each activity."""
    running = (_ACTIVITY.definition_id == _row(unit, call)["id"]) & _ACTIVITY.end_time.is_(None)
    counted = select(_ACTIVITY.activity_id, func.count()).where(running).group_by(_ACTIVITY.activity_id)
    found = unit.connection.execute(counted)
    return [{"id": name, "instances": count, "failedJobs": 0, "incidents": []} for name, count in found]


def set_history_days(unit: Unit, call: Call) -> None:
    """Change how many days finished instances are kept."""
    row, days = _row(unit, call), call.whole("historyTimeToLive")
    if days is None or days < 0:
        raise RestProblem(400, "BadUserRequestException", "historyTimeToLive must be 0 or more", 0)
    unit.connection.execute(update(tables.process_definition).where(_PROCESS.id == row["id"]).values(ttl=days))


_OF_ONE: list[Route] = [
    reading("", lambda unit, call: PROCESSES.tell_stored(_row(unit, call))),
    reading("/xml", xml),
    reading("/diagram", diagram),
    reading("/startForm", start_form),
    reading("/deployed-start-form", deployed_start_form),
    reading("/statistics", statistics),
    writing("POST", "/start", start),
    writing("POST", "/submit-form", start),
    writing("PUT", "/suspended", suspend),
    writing("PUT", "/history-time-to-live", set_history_days),
]
ROUTES = [*PROCESSES.routes(), *placed(PROCESSES, _OF_ONE)]
