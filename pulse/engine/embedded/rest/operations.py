"""/job, /job-definition, /incident, /version, /engine: what operators look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import update
from starlette.responses import Response

from pulse.engine.embedded import jobs, tables
from pulse.engine.embedded.engine import Unit, find
from pulse.engine.embedded.errors import EmbeddedError, RestProblem
from pulse.engine.embedded.model import Activity
from pulse.engine.embedded.rest.definitions import QUERY as DEFINITIONS
from pulse.engine.embedded.rest.http import Call, Route, missing, moment
from pulse.engine.embedded.rest.query import Query, among, dated, equal, number, routes, when, whether
from pulse.engine.embedded.timers import to_ms
from pulse.engine.embedded.values import read_date

VERSION = "7.24.0"
"""The version of Camunda whose REST interface is answered."""
_JOB = tables.job.c
_INCIDENT = tables.incident.c
Row = Mapping[str, Any]


def job_definition_id(definition_id: str, activity_id: str, kind: str) -> str:
    """The id of what an activity makes jobs by; it follows from the model, so it is not stored."""
    return str(uuid5(NAMESPACE_URL, f"{definition_id}/{activity_id}/{kind}"))


def _tell_job(row: Row, given: Row | None = None) -> dict[str, Any]:
    return {
        "id": row["id"],
        "jobDefinitionId": job_definition_id(row["definition_id"], row["activity_id"], row["kind"]),
        "processInstanceId": row["instance_id"],
        "processDefinitionId": row["definition_id"],
        "processDefinitionKey": row["definition_key"],
        "executionId": row["execution_id"],
        "exceptionMessage": row["exception_message"],
        "failedActivityId": row["failed_activity_id"],
        "retries": row["retries"],
        "dueDate": moment(row["due"]),
        "suspended": row["suspended"],
        "priority": row["priority"],
        "tenantId": None,
        "createTime": moment(row["created"]),
        "batchId": None,
    }


JOBS = Query(
    source=tables.job,
    columns=[tables.job],
    filters={
        "jobId": equal(_JOB.id),
        "jobIds": among(_JOB.id),
        "processInstanceId": equal(_JOB.instance_id),
        "processInstanceIds": among(_JOB.instance_id),
        "processDefinitionId": equal(_JOB.definition_id),
        "processDefinitionKey": equal(_JOB.definition_key),
        "executionId": equal(_JOB.execution_id),
        "activityId": equal(_JOB.activity_id),
        "timers": when(_JOB.kind == "timer"),
        "messages": when(_JOB.kind != "timer"),
        "withRetriesLeft": when(_JOB.retries > 0),
        "noRetriesLeft": when(_JOB.retries == 0),
        "withException": when(_JOB.exception_message.is_not(None)),
        "exceptionMessage": equal(_JOB.exception_message),
        "active": whether(~_JOB.suspended),
        "suspended": whether(_JOB.suspended),
        "priorityHigherThanOrEquals": number(lambda value: _JOB.priority >= value),
        "dueBefore": dated(lambda value: _JOB.due < value),
    },
    sorts={
        "jobId": _JOB.id,
        "jobDueDate": _JOB.due,
        "jobRetries": _JOB.retries,
        "jobPriority": _JOB.priority,
        "executionId": _JOB.execution_id,
        "processInstanceId": _JOB.instance_id,
        "processDefinitionKey": _JOB.definition_key,
    },
    tell=_tell_job,
)


def _job(call: Call) -> Row:
    row = call.read(lambda connection: find(connection, "job", call.path["id"]))
    if row is None:
        raise missing(f"Job with id '{call.path['id']}' does not exist")
    return row


def read_job(call: Call) -> object:
    return _tell_job(_job(call))


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
        raise RestProblem(500, "ProcessEngineException", message.format(count), 0)

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
    kinds: list[tuple[str, str, str]] = []
    if activity.async_before:
        kinds.append(("async-before", "async-continuation", "async-before"))
    if activity.async_after:
        kinds.append(("async-after", "async-continuation", "async-after"))
    if activity.timer is not None:
        kinds.append(("timer", "timer-transition", f"{activity.timer.kind.upper()}: {activity.timer.text}"))
    return [
        {
            "id": job_definition_id(definition_id, activity.id, kind),
            "processDefinitionId": definition_id,
            "processDefinitionKey": key,
            "activityId": activity.id,
            "jobType": told_type,
            "jobConfiguration": configuration,
            "overridingJobPriority": None,
            "suspended": False,
            "tenantId": None,
            "deploymentId": None,
        }
        for kind, told_type, configuration in kinds
    ]


def job_definitions(call: Call) -> object:
    """What makes jobs in the process definitions that the query asks for."""
    given = {name.replace("processDefinitionKey", "key"): value for name, value in call.query.items()}
    found = call.read(lambda connection: DEFINITIONS.rows(connection, given))
    rows: list[dict[str, Any]] = []
    for row in found:
        identifier = row["id"]
        process = call.read(lambda connection, one=identifier: call.engine.definitions.process(connection, one))
        for activity in process.activities.values():
            rows += _definition_rows(identifier, row["key"], activity)
    return rows


def tell_incident(row: Row, given: Row | None = None) -> dict[str, Any]:
    """An incident that is open."""
    return {
        "id": row["id"],
        "processDefinitionId": row["definition_id"],
        "processInstanceId": row["instance_id"],
        "executionId": row["execution_id"],
        "incidentTimestamp": moment(row["time"]),
        "incidentType": row["type"],
        "activityId": row["activity_id"],
        "failedActivityId": row["activity_id"] if row["type"] == "failedJob" else None,
        "causeIncidentId": row["id"],
        "rootCauseIncidentId": row["id"],
        "configuration": row["configuration"],
        "incidentMessage": row["message"],
        "tenantId": None,
        "jobDefinitionId": row["job_definition_id"],
        "annotation": None,
    }


def incident_filters() -> dict[str, Any]:
    return {
        "incidentId": equal(_INCIDENT.id),
        "incidentType": equal(_INCIDENT.type),
        "incidentMessage": equal(_INCIDENT.message),
        "processInstanceId": equal(_INCIDENT.instance_id),
        "processInstanceIdIn": among(_INCIDENT.instance_id),
        "processDefinitionId": equal(_INCIDENT.definition_id),
        "processDefinitionKey": equal(_INCIDENT.definition_key),
        "processDefinitionKeyIn": among(_INCIDENT.definition_key),
        "executionId": equal(_INCIDENT.execution_id),
        "activityId": equal(_INCIDENT.activity_id),
        "configuration": equal(_INCIDENT.configuration),
    }


INCIDENTS = Query(
    source=tables.incident,
    columns=[tables.incident],
    base=_INCIDENT.end_time.is_(None),
    filters=incident_filters(),
    sorts={"incidentId": _INCIDENT.id, "incidentTimestamp": _INCIDENT.time, "incidentType": _INCIDENT.type},
    tell=tell_incident,
)


def read_incident(call: Call) -> object:
    row = call.read(lambda connection: find(connection, "incident", call.path["id"], _INCIDENT.end_time.is_(None)))
    if row is None:
        raise missing(f"No matching incident with id {call.path['id']}")
    return tell_incident(row)


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
    ("GET", "/job/{id}", read_job),
    ("GET", "/job-definition", job_definitions),
    *routes("/incident", INCIDENTS),
    ("GET", "/incident/{id}", read_incident),
]
