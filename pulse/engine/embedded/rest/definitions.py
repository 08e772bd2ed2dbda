"""/process-definition, /decision-definition, /decision-requirements-definition: reading, starting, evaluating."""

from __future__ import annotations

from functools import partial

from sqlalchemy import ColumnElement, Table, func, insert, select, update
from starlette.responses import Response

from pulse.engine.embedded import dmn, forms, tables
from pulse.engine.embedded.definitions import decision_row, latest, resource_data
from pulse.engine.embedded.deployments import remove_processes
from pulse.engine.embedded.engine import DAY_MS, Engine, Unit
from pulse.engine.embedded.errors import DecisionError, ExpressionError, RestProblem
from pulse.engine.embedded.model import Form
from pulse.engine.embedded.rest import form_html, instances, statistics
from pulse.engine.embedded.rest.http import Call, Route, Row, reading, told, truth, writing
from pulse.engine.embedded.rest.problems import failed, invalid, missing, required, telling
from pulse.engine.embedded.rest.resource import Resource
from pulse.engine.embedded.store import find

_PROCESS = tables.process_definition.c


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
    return [*kind.lists(), *placed, reading(kind.path + "/key/{key}/{rest}", partial(_nothing_of, kind))]


def _nothing_of(kind: Resource, unit: Unit, call: Call) -> None:
    """A path that is none: a key that is unknown is told before."""
    _row(unit, call, kind)
    raise RestProblem(404, "NotFoundException", "HTTP 404 Not Found")


def _xml(unit: Unit, row: Row, name: str) -> object:
    return {"id": row["id"], name: resource_data(unit.connection, row).decode()}


# --- processes ---


def nothing(name: str) -> None:
    """What an expression sees before there is an instance."""


def _start_form(unit: Unit, call: Call) -> tuple[str, Form]:
    """The id of a definition, and the form of its start event."""
    identifier = str(_row(unit, call)["id"])
    process = unit.engine.definitions.process(unit.connection, identifier)
    event = process.activities.get(process.none_start or "")
    return identifier, (event.form if event is not None else None) or Form()


def start_form(unit: Unit, call: Call) -> object:
    identifier, form = _start_form(unit, call)
    key = form.key.constant if form.key else None
    if form.fields and key is None:
        key = f"embedded:engine://engine/:engine/process-definition/{identifier}/rendered-form"
    return {"key": key, "contextPath": None, "camundaFormRef": None}


def start_form_variables(unit: Unit, call: Call) -> object:
    _, form = _start_form(unit, call)
    names = call.query.get("variableNames")
    filled = forms.variables(form.fields, {}, nothing)
    return call.told({name: filled[name] for name in filled if not names or name in names.split(",")})


def rendered_start_form(unit: Unit, call: Call) -> Response:
    identifier, form = _start_form(unit, call)
    if not form.fields:
        message = f"No matching rendered start form for process definition with the id {identifier} found."
        raise missing(message)
    return Response(form_html.render(form.fields, nothing), media_type="application/xhtml+xml")


def deployed_start_form(unit: Unit, call: Call) -> Response:
    _row(unit, call)
    raise invalid("One of the attributes 'formKey' and 'camunda:formRef' must be supplied but none were set.")


def start(unit: Unit, call: Call, *, by_form: bool = False) -> object:
    """Start an instance, of the newest version by key or of a version by id; `by_form` as its form allows."""
    identifier = call.path.get("id") or _row(unit, call)["id"]
    with telling(f"Cannot instantiate process definition {identifier}"):
        given = call.variables()
        problem = failed(f"no deployed process definition found with id '{identifier}': processDefinition is null")
        row = required(find(unit.connection, "process_definition", identifier), problem)
        if row["suspended"]:
            raise failed(f"ENGINE-03043 Process Definition with id '{identifier}' is suspended.")
        process = unit.engine.definitions.process(unit.connection, identifier)
        event = process.none_start or next(iter(process.message_starts.values()), None)
        first = process.activities[required(event, failed("The process has no start event"))]
        fields = given if by_form else None
        if by_form and first.form is not None:
            given = forms.submitted(first.form.fields, given, nothing)
        core = unit.start(row, first, call.text("businessKey"), given, fields)
    begun = instances.begun(core.state, call.link("process-instance", core.state.id))
    if call.flag("withVariablesInReturn"):
        begun["variables"] = told(core.seen)
    return begun


def _suspend(unit: Unit, call: Call, which: ColumnElement[bool]) -> None:
    suspended = call.suspended()
    unit.connection.execute(update(tables.process_definition).where(which).values(suspended=suspended))
    if call.flag("includeProcessInstances"):
        column = tables.instance.c
        of_it = column.definition_id.in_(select(_PROCESS.id).where(which))
        for instance in unit.connection.scalars(select(column.id).where(of_it, column.end_time.is_(None))).all():
            instances.set_suspended(unit, instance, suspended=suspended)


def suspend(unit: Unit, call: Call) -> None:
    """Suspend or activate a definition, on request with its instances."""
    if "id" in call.path and find(unit.connection, "process_definition", call.id) is None:
        message = "The process definition to suspend or activate is null"  # the real engine stumbles over it
        raise RestProblem(500, "NullPointerException", message)
    _suspend(unit, call, _PROCESS.id == _row(unit, call)["id"])


def suspend_by_key(unit: Unit, call: Call) -> None:
    """Suspend or activate all versions of a process, on request with their instances."""
    if call.text("processDefinitionId") is not None:
        raise invalid("Only processDefinitionKey can be set to update the suspension state.")
    message = "Either processDefinitionId or processDefinitionKey should be set to update the suspension state."
    _suspend(unit, call, _PROCESS.key == required(call.text("processDefinitionKey"), invalid(message)))


def remove(unit: Unit, call: Call) -> Response:
    """Remove one definition by its id, or all versions of a key."""
    if "id" in call.path:
        message = f"No process definition found with id '{call.id}': processDefinition is null"
        required(find(unit.connection, "process_definition", call.id), missing(message, 0))
        which = _PROCESS.id == call.id
    else:
        which = _PROCESS.key == _row(unit, call)["key"]
    remove_processes(unit, which, cascade=truth(call.query.get("cascade")))
    return Response()


def set_history_days(unit: Unit, call: Call) -> None:
    """Change how many days finished instances are kept."""
    row, days = _row(unit, call), call.whole("historyTimeToLive")
    if days is None or days < 0:
        raise RestProblem(400, "BadUserRequestException", "historyTimeToLive is not greater than or equal to 0", 0)
    unit.connection.execute(update(tables.process_definition).where(_PROCESS.id == row["id"]).values(ttl=days))


# --- decisions ---


def evaluate(engine: Engine, call: Call) -> object:
    """Evaluate a decision, between two transactions; what was asked and answered goes to history."""

    def find(unit: Unit) -> tuple[Row, dmn.Decision]:
        row = _row(unit, call, DECISIONS, "Cannot evaluate decision {}: ")
        return row, engine.definitions.decision(unit.connection, row)

    row, decision = engine.read(lambda connection: find(Unit(engine, connection, call.user)))
    given = call.variables()
    with telling(f"Cannot evaluate decision {row['id']}"):
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
    writing("PUT", "/process-definition/suspended", suspend_by_key),
    reading("/process-definition/statistics", lambda unit, call: statistics.processes(unit, call, PROCESSES)),
    *_routes(
        PROCESSES,
        reading("/xml", lambda unit, call: _xml(unit, _row(unit, call), "bpmn20Xml")),
        reading("/diagram", lambda unit, call: _row(unit, call) and None),
        reading("/startForm", start_form),
        reading("/deployed-start-form", deployed_start_form),
        reading("/statistics", lambda unit, call: statistics.activities(unit, call, _row(unit, call)["id"])),
        writing("POST", "/start", start),
        writing("POST", "/submit-form", partial(start, by_form=True)),
        reading("/form-variables", start_form_variables),
        reading("/rendered-form", rendered_start_form),
        writing("PUT", "/suspended", suspend),
        writing("DELETE", "", remove),
        writing("PUT", "/history-time-to-live", set_history_days),
    ),
    *_routes(
        DECISIONS,
        reading("/xml", lambda unit, call: _xml(unit, _row(unit, call, DECISIONS), "dmnXml")),
        ("POST", "/evaluate", evaluate),
    ),
    *_routes(GRAPHS),
]
