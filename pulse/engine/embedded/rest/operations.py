"""/job, /job-definition, /incident, /version, /engine: what operators look at."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import update
from starlette.responses import Response

from pulse.engine.embedded import jobs, tables
from pulse.engine.embedded.engine import Engine, Unit
from pulse.engine.embedded.errors import EmbeddedError, RestProblem
from pulse.engine.embedded.model import Activity
from pulse.engine.embedded.rest.definitions import PROCESSES
from pulse.engine.embedded.rest.http import Call, Route, reading, writing
from pulse.engine.embedded.rest.problems import failed, invalid, missing, null, required
from pulse.engine.embedded.rest.resource import Resource
from pulse.engine.embedded.store import find
from pulse.engine.embedded.timers import to_ms
from pulse.engine.embedded.values import read_date

VERSION: Final = "7.24.0"
"""The version of Camunda whose REST interface is answered."""
_JOB, _INCIDENT = tables.job.c, tables.incident.c
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
        "jobDefinitionId": jobs.definition_id_of(row["processDefinitionId"], row["_activity"], row["_kind"])
    },
    absent="Job with id '{}' does not exist",
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
        raise failed(str(problem)) from problem


def stacktrace(unit: Unit, call: Call) -> Response:
    problem = missing(f"No stacktrace available for job: No job found with id '{call.id}': job is null")
    row = required(find(unit.connection, "job", call.id), problem)
    return Response(row["exception_details"] or "", media_type="text/plain")


def set_job_retries(unit: Unit, call: Call) -> None:
    """Set how often a job may still fail; more than 0 resolves its incident and lets it run."""
    count = call.whole("retries")
    if count is None or count < 0:
        message = f"The number of job retries must be a non-negative Integer, but '{count}' has been provided."
        raise RestProblem(500, "ProcessEngineException", message)
    problem = null(f"No job found with id '{call.id}'.: job is null")
    row = required(find(unit.connection, "job", call.id), problem)
    core = required(unit.load(row["instance_id"]), problem)
    execution = core.state.executions[row["execution_id"]]
    core.changes.update("job", call.id, retries=count)
    for incident, cause in list(execution.incidents.items()):
        if cause == call.id and count:
            del execution.incidents[incident]
            core.changes.update("incident", incident, end_time=core.now, state="resolved")
    core.changes.jobs = True
    unit.save(core)


def set_due(unit: Unit, call: Call) -> None:
    text = call.text("duedate")
    try:
        due = None if text is None else to_ms(read_date(text))
    except ValueError:
        raise invalid(f"Cannot convert '{text}' to a date") from None
    if unit.connection.execute(update(tables.job).where(_JOB.id == call.id).values(due=due)).rowcount == 0:
        raise missing(f"No job found with id '{call.id}'.")
    unit.jobs = True


def _job_definitions(process: dict[str, Any], activity: Activity) -> list[dict[str, Any]]:
    kinds = [("async-before", "async-continuation", "async-before")] if activity.async_before else []
    kinds += [("async-after", "async-continuation", "async-after")] if activity.async_after else []
    if activity.timer is not None:
        kinds.append(("timer", "timer-transition", f"{activity.timer.kind.upper()}: {activity.timer.text}"))
    common = {"processDefinitionId": process["id"], "processDefinitionKey": process["key"], "activityId": activity.id}
    common |= dict.fromkeys(("overridingJobPriority", "tenantId", "deploymentId")) | {"suspended": False}
    return [
        {"id": jobs.definition_id_of(process["id"], activity.id, kind), "jobType": told, "jobConfiguration": how}
        | common
        for kind, told, how in kinds
    ]


def job_definitions(unit: Unit, call: Call) -> object:
    """What makes jobs in the process definitions that the query asks for."""
    given = {name.replace("processDefinitionKey", "key"): value for name, value in call.query.items()}
    found: list[dict[str, Any]] = []
    for row in PROCESSES.rows(unit, given):
        for activity in unit.engine.definitions.process(unit.connection, row["id"]).activities.values():
            found += _job_definitions(row, activity)
    return found


ROUTES: list[Route] = [
    reading("/version", lambda unit, call: {"version": VERSION}),
    reading("/engine", lambda unit, call: [{"name": "default"}]),
    *JOBS.routes(),
    ("POST", "/job/{id}/execute", execute_job),
    reading("/job/{id}/stacktrace", stacktrace),
    writing("PUT", "/job/{id}/retries", set_job_retries),
    writing("PUT", "/job/{id}/duedate", set_due),
    reading("/job-definition", job_definitions),
    *INCIDENTS.routes(),
]
