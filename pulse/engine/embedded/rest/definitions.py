"""/process-definition, /decision-definition, /decision-requirements-definition: reading, starting, evaluating."""

from __future__ import annotations

from sqlalchemy import Table, func, insert, select, update
from starlette.responses import Response

from pulse.engine.embedded import dmn, tables
from pulse.engine.embedded.definitions import decision_row, latest, resource_data
from pulse.engine.embedded.engine import DAY_MS, Engine, Unit
from pulse.engine.embedded.errors import DecisionError, ExpressionError, RestProblem
from pulse.engine.embedded.rest import instances
from pulse.engine.embedded.rest.http import Call, Route, Row, reading, told, writing
from pulse.engine.embedded.rest.problems import failed, invalid, missing, required, telling
from pulse.engine.embedded.rest.resource import Resource
from pulse.engine.embedded.store import find

_PROCESS, _ACTIVITY = tables.process_definition.c, tables.activity.c


def _resource(path: str, table: Table, absent: str, more: str = "", nulls: str = "tenantId") -> Resource:
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
        absent=absent,
    )


PROCESSES = _resource(
    "/process-definition",
    tables.process_definition,
    "No matching definition with id {}",
    "versionTag historyTimeToLive=ttl suspended startableInTasklist=startable",
    nulls="description diagram tenantId",
)
DECISIONS = _resource(
    "/decision-definition",
    tables.decision_definition,
    "no deployed decision definition found with id '{}': decisionDefinition is null",
    "versionTag historyTimeToLive=ttl decisionRequirementsDefinitionId=graph_id "
    "decisionRequirementsDefinitionKey=graph_key",
)
GRAPHS = _resource(
    "/decision-requirements-definition",
    tables.decision_graph,
    "no deployed decision requirements definition found with id '{}'",
)


def _row(unit: Unit, call: Call, kind: Resource = PROCESSES, doing: str = "") -> Row:
    """The definition of the path: by id, or the newest of a key. RestProblem 404."""
    table = kind.tables[0].name.removeprefix("engine_")
    if "id" in call.path:
        problem = missing(doing.format(call.id) + kind.absent.format(call.id), 0)
        return required(find(unit.connection, table, call.id), problem)
    what, key = kind.path.strip("/").replace("-", " "), call.path["key"]
    problem = RestProblem(404, "RestException", f"No matching {what} with key: {key} and no tenant-id")
    return required(latest(unit.connection, table, key), problem)


def _routes(kind: Resource, *more: Route) -> list[Route]:
    """The list of a kind, and the routes of one definition under its key and under its id."""
    of_one = [reading("", lambda unit, call: kind.tell_stored(_row(unit, call, kind))), *more]
    places = ("key/{key}", "{id}")
    placed = [(method, f"{kind.path}/{place}{path}", do) for method, path, do in of_one for place in places]
    return kind.lists() + placed


def _xml(unit: Unit, row: Row, name: str) -> object:
    return {"id": row["id"], name: resource_data(unit.connection, row).decode()}


# --- processes ---


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
        row = required(find(unit.connection, "process_definition", identifier), problem)
        if row["suspended"]:
            raise failed(f"ENGINE-03067 ProcessDefinition with id '{identifier}' is suspended.")
        process = unit.engine.definitions.process(unit.connection, identifier)
        event = process.none_start or next(iter(process.message_starts.values()), None)
        first = process.activities[required(event, failed("The process has no start event"))]
        state = unit.start(row, first, call.text("businessKey"), call.variables()).state
    begun = instances.begun(state, call.link("process-instance", state.id))
    if call.flag("withVariablesInReturn"):
        begun["variables"] = told(instances.variables_of(state))
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


# --- decisions ---


def evaluate(engine: Engine, call: Call) -> object:
    """Evaluate a decision, between two transactions; what was asked and answered goes to history."""

    def find(unit: Unit) -> tuple[Row, dmn.Decision]:
        row = _row(unit, call, DECISIONS, "Cannot evaluate decision {}: ")
        return row, engine.definitions.decision(unit.connection, row)

    row, decision = engine.read(lambda connection: find(Unit(engine, connection, call.user)))
    with telling(f"Cannot evaluate decision {row['id']}"):
        given = call.variables()
        try:
            done = dmn.evaluate_traced(decision, given, now=engine.clock())
        except (DecisionError, ExpressionError, RestProblem) as problem:
            raise failed("Exception while evaluating decision with key 'null'") from problem
    engine.write(lambda unit: _record(unit, row, done.records[-1]), call.user)
    return [told(hit) for hit in done.rows]


def _record(unit: Unit, row: Row, record: dmn.Record) -> None:
    removal = unit.now + (row["ttl"] or 0) * DAY_MS
    kept = decision_row(row, record, time=unit.now, user_id=unit.user, removal_time=removal)
    unit.connection.execute(insert(tables.decision_instance).values(kept))


ROUTES = [
    *_routes(
        PROCESSES,
        reading("/xml", lambda unit, call: _xml(unit, _row(unit, call), "bpmn20Xml")),
        reading("/diagram", lambda unit, call: _row(unit, call) and None),
        reading("/startForm", start_form),
        reading("/deployed-start-form", deployed_start_form),
        reading("/statistics", statistics),
        writing("POST", "/start", start),
        writing("POST", "/submit-form", start),
        writing("PUT", "/suspended", suspend),
        writing("PUT", "/history-time-to-live", set_history_days),
    ),
    *_routes(
        DECISIONS,
        reading("/xml", lambda unit, call: _xml(unit, _row(unit, call, DECISIONS), "dmnXml")),
        ("POST", "/evaluate", evaluate),
    ),
    *_routes(GRAPHS),
]
