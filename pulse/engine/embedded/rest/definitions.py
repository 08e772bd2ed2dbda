"""/process-definition: reading definitions, starting instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update
from starlette.responses import Response

from pulse.engine.embedded import tables
from pulse.engine.embedded.definitions import latest, resource_data
from pulse.engine.embedded.engine import Unit, find
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import instances
from pulse.engine.embedded.rest.http import Call, Handler, Route, missing, self_link, told
from pulse.engine.embedded.rest.query import Query, fields, routes, shown, truth
from pulse.engine.embedded.state import State

_PROCESS = tables.process_definition.c
Row = Mapping[str, Any]


_COMMON = "id key name category version resource deploymentId tenantId "
_MORE = {
    "process_definition": "versionTag historyTimeToLive=ttl description diagram suspended "
    "startableInTasklist=startable",
    "decision_definition": "versionTag historyTimeToLive=ttl decisionRequirementsDefinitionId=graph_id "
    "decisionRequirementsDefinitionKey=graph_key",
    "decision_graph": "",
}


def query(name: str) -> Query:
    """The list of one kind of definitions."""
    table = tables.BY_NAME[name]
    other = table.alias()
    newest = select(func.max(other.c.version)).where(other.c.key == table.c.key).scalar_subquery()
    flags = {"latestVersion": table.c.version == newest}
    if "suspended" in table.c:
        flags |= {"suspended": table.c.suspended, "active": ~table.c.suspended}
    kind = name.partition("_")[0]
    shared = f"id {kind}DefinitionId=id keys=key key name category deploymentId resourceName=resource version"
    return Query(
        source=table,
        told=fields(_COMMON + _MORE[name], table),
        by=fields(shared + " versionTag " + _MORE[name].partition(" ")[2], table),
        flags=flags,
        sorts=fields("id key name category version deploymentId versionTag", table),
    )


QUERIES = {name: query(name) for name in _MORE}
QUERY = QUERIES["process_definition"]


def tell(row: Row, kind: str) -> dict[str, Any]:
    """A definition, from its row."""
    return shown(row, QUERIES[kind].told)


def by_key(call: Call, table: str, what: str) -> Row:
    """The newest definition of the key in the path. RestProblem 404."""
    key = call.path["key"]
    row = call.read(lambda connection: latest(connection, table, key))
    if row is None:
        message = f"No matching {what} definition with key: {key} and no tenant-id"
        raise RestProblem(404, "RestException", message)
    return row


def _definition(call: Call) -> Row:
    if "key" in call.path:
        return by_key(call, "process_definition", "process")
    row = call.read(lambda connection: find(connection, "process_definition", call.path["id"]))
    if row is None:
        raise missing(f"No matching definition with id {call.path['id']}", 0)
    return row


def read(call: Call) -> object:
    return tell(_definition(call), "process_definition")


def xml(call: Call) -> object:
    row = _definition(call)
    text = call.read(lambda connection: resource_data(connection, row)).decode()
    return {"id": row["id"], "bpmn20Xml": text}


def diagram(call: Call) -> object:
    _definition(call)
    return Response(status_code=204)


def start_form(call: Call) -> object:
    row = _definition(call)
    process = call.read(lambda connection: call.engine.definitions.process(connection, row["id"]))
    start = process.activities.get(process.none_start or "")
    key = start.form.key if start is not None and start.form is not None else None
    return {"key": key.constant if key else None, "contextPath": None, "camundaFormRef": None}


def deployed_start_form(call: Call) -> object:
    _definition(call)
    message = "One of the attributes 'formKey' and 'camunda:formRef' must be supplied but none were set."
    raise RestProblem(400, "InvalidRequestException", message)


def start(call: Call) -> object:
    """Start an instance, of the newest version by key or of a version by id."""
    row = by_key(call, "process_definition", "process") if "key" in call.path else None
    identifier = row["id"] if row is not None else call.path["id"]

    def command(unit: Unit) -> tuple[State, dict[str, Any]]:
        found = find(unit.connection, "process_definition", identifier)
        if found is None:
            cause = f"no deployed process definition found with id '{identifier}': processDefinition is null"
            raise RestProblem(500, "RestException", cause, 0)
        if found["suspended"]:
            cause = f"ENGINE-03067 ProcessDefinition with id '{identifier}' is suspended."
            raise RestProblem(500, "RestException", cause, 0)
        process = unit.engine.definitions.process(unit.connection, identifier)
        if process.none_start is None and not process.message_starts:
            raise RestProblem(500, "RestException", "The process has no start event", 0)
        event = process.none_start or next(iter(process.message_starts.values()))
        core = unit.start(found, process.activities[event], call.text("businessKey"), call.variables())
        return core.state, core.state.visible(core.state.root) if not core.state.ended else {}

    state, variables = call.write(command, f"Cannot instantiate process definition {identifier}")
    found = instances.tell(
        {"id": state.id, "definition_id": identifier, "definition_key": state.definition_key}
        | {"business_key": state.business_key, "suspended": False},
        ended=state.ended,
        links=self_link(call, "process-instance", state.id),
    )
    if call.flag("withVariablesInReturn"):
        found["variables"] = told(variables, deserialize=False)
    return found


def suspend(call: Call) -> object:
    """Suspend or activate a definition, on request with its instances."""
    row = by_key(call, "process_definition", "process") if "key" in call.path else None
    identifier = row["id"] if row is not None else call.path["id"]

    def command(unit: Unit) -> None:
        if find(unit.connection, "process_definition", identifier) is None:
            raise RestProblem(404, "InvalidRequestException", f"No matching definition with id {identifier}", 0)
        suspended = truth(call.body.get("suspended"))
        changed = update(tables.process_definition).where(_PROCESS.id == identifier)
        unit.connection.execute(changed.values(suspended=suspended))
        if truth(call.body.get("includeProcessInstances")):
            column = tables.instance.c
            running = select(column.id).where(column.definition_id == identifier, column.end_time.is_(None))
            for instance in unit.connection.scalars(running).all():
                instances.set_suspended(unit, instance, suspended=suspended)

    return call.write(command)


def statistics(call: Call) -> object:
    """How many tokens stand on each activity."""
    row = _definition(call)
    column = tables.activity.c
    running = (column.definition_id == row["id"]) & column.end_time.is_(None)
    counted = select(column.activity_id, func.count()).where(running).group_by(column.activity_id)
    found = call.read(lambda connection: list(connection.execute(counted)))
    return [{"id": name, "instances": count, "failedJobs": 0, "incidents": []} for name, count in found]


def set_ttl(call: Call) -> object:
    """Change how many days finished instances are kept."""
    row, days = _definition(call), call.whole("historyTimeToLive")
    if days is None or days < 0:
        raise RestProblem(400, "BadUserRequestException", "historyTimeToLive must be 0 or more", 0)
    changed = update(tables.process_definition).where(_PROCESS.id == row["id"]).values(ttl=days)
    call.write(lambda unit: unit.connection.execute(changed).rowcount)
    return None


def _both(path: str, method: str, handler: Handler) -> list[Route]:
    return [(method, f"/process-definition/{place}{path}", handler) for place in ("key/{key}", "{id}")]


ROUTES: list[Route] = [
    *_both("/start", "POST", start),
    *_both("/submit-form", "POST", start),
    *routes("/process-definition", QUERY),
    *_both("/xml", "GET", xml),
    *_both("/diagram", "GET", diagram),
    *_both("/startForm", "GET", start_form),
    *_both("/deployed-start-form", "GET", deployed_start_form),
    *_both("/statistics", "GET", statistics),
    *_both("/suspended", "PUT", suspend),
    *_both("/history-time-to-live", "PUT", set_ttl),
    *_both("", "GET", read),
]
