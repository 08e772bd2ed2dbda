"""/job, /job-definition, /incident, /version, /engine: what operators look at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import update
from starlette.responses import Response

from pulse.engine.embedded import jobs, tables
from pulse.engine.embedded.engine import Unit, find
from pulse.engine.embedded.errors import EmbeddedError, RestProblem
from pulse.engine.embedded.model import Activity
from pulse.engine.embedded.rest.definitions import QUERY as DEFINITIONS
from pulse.engine.embedded.rest.http import Call, Route, missing
from pulse.engine.embedded.rest.query import Query, fields, reader, routes
from pulse.engine.embedded.timers import to_ms
from pulse.engine.embedded.values import read_date

VERSION = "7.24.0"
"""The version of Camunda whose REST interface is answered."""
_JOB = tables.job.c
Row = Mapping[str, Any]


JOBS = Query(
    source=tables.job,
    told=fields(
        "id jobDefinitionId processInstanceId processDefinitionId processDefinitionKey executionId exceptionMessage "
        "failedActivityId retries dueDate=due suspended priority tenantId createTime=created batchId "
        "_activity=activity_id _kind=kind",
        tables.job,
    ),
    by=fields(
        "id jobId=id processInstanceId processDefinitionId processDefinitionKey executionId activityId "
        "exceptionMessage priority due",
        tables.job,
    ),
    flags={
        "timers": _JOB.kind == "timer",
        "messages": _JOB.kind != "timer",
        "withRetriesLeft": _JOB.retries > 0,
        "noRetriesLeft": _JOB.retries == 0,
        "withException": _JOB.exception_message.is_not(None),
        "active": ~_JOB.suspended,
        "suspended": _JOB.suspended,
    },
    sorts=fields(
        "jobId=id jobDueDate=due jobRetries=retries jobPriority=priority executionId processInstanceId "
        "processDefinitionKey",
        tables.job,
    ),
    more=lambda row, given: {
        **{name: row[name] for name in row if not name.startswith("_")},
        "jobDefinitionId": jobs.definition_id_of(row["processDefinitionId"], row["_activity"], row["_kind"]),
    },
)


def execute_job(call: Call) -> object:
    """Run a job now, even before it is due."""
    try:
        jobs.execute(call.engine, call.path["id"], call.user)
    except RestProblem:
        raise
    except EmbeddedError as problem:
        raise RestProblem(500, "RestException", str(problem), 0) from problem
    return None


def stacktrace(call: Call) -> object:
    row = call.read(lambda connection: find(connection, "job", call.path["id"]))
    if row is None:
        message = f"No job found with id '{call.path['id']}': job is null"
        raise missing(f"No stacktrace available for job: {message}")
    return Response(row["exception_details"] or "", media_type="text/plain")


def set_job_retries(call: Call) -> object:
    """Set how often a job may still fail; more than 0 resolves its incident and lets it run."""
    count = call.whole("retries")
    if count is None or count < 0:
        message = "The number of job retries must be a non-negative Integer, but '{}' has been provided."
        raise RestProblem(500, "ProcessEngineException", message.format(count))

    def command(unit: Unit) -> None:
        row = find(unit.connection, "job", call.path["id"])
        core = unit.load(row["instance_id"]) if row is not None else None
        if row is None or core is None:
            message = f"No job found with id '{call.path['id']}'.: job is null"
            raise RestProblem(500, "NullValueException", message, 0)
        execution = core.state.executions[row["execution_id"]]
        core.changes.update("job", row["id"], retries=count)
        for incident, cause in list(execution.incidents.items()):
            if cause == row["id"] and count:
                del execution.incidents[incident]
                core.changes.update("incident", incident, end_time=core.now, state="resolved")
        core.changes.jobs = True
        unit.save(core)

    return call.write(command)


def set_due(call: Call) -> object:
    text = call.text("duedate")
    try:
        due = None if text is None else to_ms(read_date(text))
    except ValueError:
        raise RestProblem(400, "InvalidRequestException", f"Cannot convert '{text}' to a date") from None

    def command(unit: Unit) -> None:
        changed = update(tables.job).where(_JOB.id == call.path["id"]).values(due=due)
        if unit.connection.execute(changed).rowcount == 0:
            raise missing(f"No job found with id '{call.path['id']}'.")
        unit.jobs = True

    return call.write(command)


def _definition_rows(definition_id: str, key: str, activity: Activity) -> list[dict[str, Any]]:
    kinds = [("async-before", "async-continuation", "async-before")] if activity.async_before else []
    kinds += [("async-after", "async-continuation", "async-after")] if activity.async_after else []
    if activity.timer is not None:
        kinds.append(("timer", "timer-transition", f"{activity.timer.kind.upper()}: {activity.timer.text}"))
    common: dict[str, Any] = {
        "processDefinitionId": definition_id,
        "processDefinitionKey": key,
        "activityId": activity.id,
    }
    common |= dict.fromkeys(("overridingJobPriority", "tenantId", "deploymentId"))
    ids = [jobs.definition_id_of(definition_id, activity.id, kind) for kind, _, _ in kinds]
    return [
        {"id": identifier, "jobType": told, "jobConfiguration": configuration, "suspended": False, **common}
        for identifier, (_, told, configuration) in zip(ids, kinds, strict=True)
    ]


def job_definitions(call: Call) -> object:
    """What makes jobs in the process definitions that the query asks for."""
    given = {name.replace("processDefinitionKey", "key"): value for name, value in call.query.items()}
    found = call.read(lambda connection: DEFINITIONS.rows(connection, given))
    rows: list[dict[str, Any]] = []
    for row in found:
        identifier = row["id"]
        process = call.read(partial(call.engine.definitions.process, definition_id=identifier))
        for activity in process.activities.values():
            rows += _definition_rows(identifier, row["key"], activity)
    return rows


INCIDENTS = Query(
    source=tables.incident,
    told=fields(
        "id processDefinitionId processInstanceId executionId incidentTimestamp=time incidentType=type activityId "
        "failedActivityId causeIncidentId=id rootCauseIncidentId=id configuration incidentMessage=message tenantId "
        "jobDefinitionId annotation",
        tables.incident,
    ),
    base=tables.incident.c.end_time.is_(None),
    by=fields(
        "id incidentId=id incidentType=type incidentMessage=message processInstanceId processDefinitionId "
        "processDefinitionKey executionId activityId configuration",
        tables.incident,
    ),
    sorts=fields("incidentId=id incidentTimestamp=time incidentType=type", tables.incident),
)


def version(call: Call) -> object:
    return {"version": VERSION}


def engines(call: Call) -> object:
    return [{"name": "default"}]


ROUTES: list[Route] = [
    ("GET", "/version", version),
    ("GET", "/engine", engines),
    *routes("/job", JOBS),
    ("POST", "/job/{id}/execute", execute_job),
    ("GET", "/job/{id}/stacktrace", stacktrace),
    ("PUT", "/job/{id}/retries", set_job_retries),
    ("PUT", "/job/{id}/duedate", set_due),
    ("GET", "/job/{id}", reader(JOBS, "Job with id '{}' does not exist")),
    ("GET", "/job-definition", job_definitions),
    *routes("/incident", INCIDENTS),
    ("GET", "/incident/{id}", reader(INCIDENTS, "No matching incident with id {}")),
]
