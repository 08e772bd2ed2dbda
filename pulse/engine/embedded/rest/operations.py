"""/job, /job-definition, /incident, /version, /engine: what operators look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from starlette.responses import Response

from pulse.engine.embedded import jobs, tables
from pulse.engine.embedded.definitions import job_definition_id
from pulse.engine.embedded.engine import Engine, Unit
from pulse.engine.embedded.errors import EmbeddedError, RestProblem
from pulse.engine.embedded.model import Activity
from pulse.engine.embedded.rest.definitions import PROCESSES
from pulse.engine.embedded.rest.http import Call, Route, Row, reading, truth, writing
from pulse.engine.embedded.rest.problems import invalid, missing, required
from pulse.engine.embedded.rest.resource import Given, Resource
from pulse.engine.embedded.store import find
from pulse.engine.embedded.timers import to_ms
from pulse.engine.embedded.values import read_date

OF_PROCESS: Final = {"processDefinitionId": "id", "processDefinitionKey": "key"}
OF_JOB: Final = {
    "jobDefinitionId": "id", "activityId": "activityId", "jobType": "jobType", "jobConfiguration": "jobConfiguration"
}  # fmt: skip
"""What job definitions are asked for by: of their process, and of their own."""
VERSION: Final = "7.24.0"
"""The version of Camunda whose REST interface is answered."""
_JOB, _INCIDENT = tables.job.c, tables.incident.c


def _one_kind(given: Given) -> None:
    if truth(given.get("timers")) and truth(given.get("messages")):
        raise invalid("Parameter timers cannot be used together with parameter messages.")


JOBS = Resource(
    path="/job",
    tables=(tables.job,),
    shown="id processInstanceId processDefinitionId processDefinitionKey executionId exceptionMessage failedActivityId "
    "retries dueDate=due suspended priority createTime=created _activity=activity_id _kind=kind",
    nulls="tenantId batchId",
    also="jobId=id activityId due jobDueDate=due jobRetries=retries jobPriority=priority",
    filters={
        "timers": _JOB.kind == "timer",
        "messages": _JOB.kind != "timer",
        "withException": _JOB.exception_message.is_not(None),
    },
    more=lambda row, given: {
        "jobDefinitionId": job_definition_id(row["processDefinitionId"], row["_activity"], row["_kind"])
    },
    check=_one_kind,
    absent="Job with id {} does not exist",
)
INCIDENTS = Resource(
    path="/incident",
    tables=(tables.incident,),
    shown="id processDefinitionId processInstanceId executionId incidentTimestamp=time incidentType=type activityId "
    "failedActivityId causeIncidentId=id rootCauseIncidentId=id configuration incidentMessage=message jobDefinitionId",
    nulls="tenantId annotation",
    also="incidentId=id processDefinitionKey",
    base=_INCIDENT.end_time.is_(None),
    absent="No matching incident with id {}",
)


def execute_job(engine: Engine, call: Call) -> None:
    """Run a job now, even before it is due."""
    try:
        jobs.execute(engine, call.id, call.user)
    except RestProblem:
        raise
    except EmbeddedError as problem:
        raise missing(str(problem)) from problem  # the real engine has it so


def stacktrace(unit: Unit, call: Call) -> Response:
    problem = missing(f"No job found with id {call.id}: job is null")
    row = required(find(unit.connection, "job", call.id), problem)
    return Response(row["exception_details"] or "", media_type="text/plain")


def set_job_retries(unit: Unit, call: Call) -> None:
    """Set how often a job may still fail; more than 0 resolves its incident and lets it run."""
    count = required(call.whole("retries"), RestProblem(500, "NullPointerException", "retries is null"))
    if count < 0:
        message = f"The number of job retries must be a non-negative Integer, but '{count}' has been provided."
        raise RestProblem(500, "InvalidRequestException", f"ENGINE-13054 {message}")
    problem = RestProblem(500, "InvalidRequestException", f"ENGINE-13053 No job found with id '{call.id}'.'")
    row = required(find(unit.connection, "job", call.id), problem)
    core = required(unit.load(row["instance_id"]), problem)
    execution = core.state.executions[row["execution_id"]]
    core.changes.update("job", call.id, retries=count)
    if count:
        core.resolve_incidents(execution, call.id)
    else:
        cause = job_definition_id(row["definition_id"], row["activity_id"], row["kind"])
        failed_at, message = row["failed_activity_id"], row["exception_message"]
        core.open_incident(execution, "failedJob", row, message, failed_activity_id=failed_at, job_definition_id=cause)
    core.changes.jobs = True
    unit.save(core)


def set_due(unit: Unit, call: Call) -> None:
    text = call.text("duedate")
    try:
        due = None if text is None else to_ms(read_date(text))
    except ValueError:
        raise invalid(f"Cannot convert '{text}' to a date") from None
    if unit.connection.execute(update(tables.job).where(_JOB.id == call.id).values(due=due)).rowcount == 0:
        raise RestProblem(500, "InvalidRequestException", f"No job found with id '{call.id}'.")
    unit.jobs = True


def suspend_job(unit: Unit, call: Call) -> None:
    unit.connection.execute(update(tables.job).where(_JOB.id == call.id).values(suspended=call.flag("suspended")))
    unit.jobs = True


# --- what makes jobs ---


def how_it_works(kind: str, config: str | None) -> tuple[str, str | None]:
    """The type and configuration of a job's definition, as REST tells them."""
    return ("timer-transition", config) if kind == "timer" else ("async-continuation", kind)


def _made_by(process: Row, activity: Activity) -> Iterator[dict[str, Any]]:
    """The job definitions of an activity."""
    kinds = [("async-before", activity.async_before), ("async-after", activity.async_after), ("timer", activity.timer)]
    for kind in (kind for kind, present in kinds if present):
        type_name, configuration = how_it_works(kind, activity.timer.told if activity.timer else None)
        yield dict.fromkeys(("overridingJobPriority", "tenantId", "deploymentId")) | {
            "id": job_definition_id(process["id"], activity.id, kind),
            "processDefinitionId": process["id"],
            "processDefinitionKey": process["key"],
            "activityId": activity.id,
            "jobType": type_name,
            "jobConfiguration": configuration,
        }


def _job_definitions(unit: Unit, given: Given) -> list[dict[str, Any]]:
    suspended = set(unit.connection.scalars(select(tables.suspended_job.c.id)))
    found = []
    for row in PROCESSES.rows(unit, {name: given.get(asked) for asked, name in OF_PROCESS.items()}):
        for activity in unit.engine.definitions.process(unit.connection, row["id"]).activities.values():
            found += [one | {"suspended": one["id"] in suspended} for one in _made_by(row, activity)]
    wanted = {own: given[name] for name, own in OF_JOB.items() if given.get(name) is not None}
    return [one for one in found if all(one[name] == value for name, value in wanted.items())]


def job_definitions(unit: Unit, call: Call) -> list[dict[str, Any]]:
    """What makes jobs in the process definitions that the query asks for."""
    return _job_definitions(unit, {**call.query, **call.body})


def job_definition(unit: Unit, call: Call) -> object:
    found = _job_definitions(unit, {"jobDefinitionId": call.id})
    return required(next(iter(found), None), missing(f"Job Definition with id {call.id} does not exist"))


def suspend_job_definitions(unit: Unit, call: Call) -> None:
    """Let jobs of a kind wait, or go on: those made from now on, and on request those that are there."""
    given = {"jobDefinitionId": call.path.get("id")} | dict(call.body)
    names = ("jobDefinitionId", *OF_PROCESS)
    if not any(given.get(name) for name in names):
        asked = "Either jobDefinitionId, processDefinitionId or processDefinitionKey should be set"
        raise invalid(f"{asked} to update the suspension state.")
    suspended, table = call.suspended(), tables.suspended_job
    for one in _job_definitions(unit, {name: given.get(name) for name in names}):
        unit.connection.execute(delete(table).where(table.c.id == one["id"]))
        if suspended:
            row = {"id": one["id"], "definition_id": one["processDefinitionId"]}
            unit.connection.execute(insert(table).values(row))
        if call.flag("includeJobs"):
            kind = _JOB.kind == ("timer" if one["jobType"] == "timer-transition" else one["jobConfiguration"])
            same = (_JOB.definition_id == one["processDefinitionId"], _JOB.activity_id == one["activityId"], kind)
            unit.connection.execute(update(tables.job).where(*same).values(suspended=suspended))
    unit.jobs = True


ROUTES: list[Route] = [
    reading("/version", lambda unit, call: {"version": VERSION}),
    reading("/engine", lambda unit, call: [{"name": "default"}]),
    *JOBS.routes(),
    ("POST", "/job/{id}/execute", execute_job),
    reading("/job/{id}/stacktrace", stacktrace),
    writing("PUT", "/job/{id}/retries", set_job_retries),
    writing("PUT", "/job/{id}/duedate", set_due),
    writing("PUT", "/job/{id}/suspended", suspend_job),
    *(reading("/job-definition", job_definitions, method) for method in ("GET", "POST")),
    reading("/job-definition/count", lambda unit, call: {"count": len(job_definitions(unit, call))}),
    reading("/job-definition/{id}", job_definition),
    *(writing("PUT", f"/job-definition/{place}suspended", suspend_job_definitions) for place in ("", "{id}/")),
    *INCIDENTS.routes(),
]
