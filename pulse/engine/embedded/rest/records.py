"""/history/job-log, /history/user-operation, /history/identity-link-log: who and what did something, and when."""

from __future__ import annotations

import socket
from typing import Any, Final

from starlette.responses import Response

from pulse.engine.embedded import tables
from pulse.engine.embedded.definitions import job_definition_id
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.rest.history import PLACE
from pulse.engine.embedded.rest.http import Call, Route, Row, reading
from pulse.engine.embedded.rest.operations import how_it_works
from pulse.engine.embedded.rest.problems import missing, required
from pulse.engine.embedded.rest.resource import Given, Resource
from pulse.engine.embedded.store import find

_JOB = tables.job_log.c
OUTCOMES: Final = ("creation", "failure", "success", "deletion")


def _job(row: Row, given: Given) -> dict[str, Any]:
    kind, configuration = how_it_works(row["_kind"], row["_config"])
    told: dict[str, Any] = {f"{outcome}Log": row["_outcome"] == outcome for outcome in OUTCOMES}
    definition = job_definition_id(row["processDefinitionId"], row["activityId"], row["_kind"])
    told |= {"jobDefinitionId": definition, "jobDefinitionType": kind, "jobDefinitionConfiguration": configuration}
    return told | {"hostname": socket.gethostname()}


JOBS = Resource(
    path="/history/job-log",
    tables=(tables.job_log, tables.instance, tables.process_definition),
    shown=PLACE + "timestamp=time jobId jobDueDate=due jobRetries=retries jobPriority=priority deploymentId "
    "jobExceptionMessage=exception_message activityId failedActivityId _kind=kind _config=config _outcome=outcome",
    nulls="tenantId batchId",
    also="logId=id occurrence=time",
    filters={f"{outcome}Log": _JOB.outcome == outcome for outcome in OUTCOMES},
    more=_job,
    absent="Historic job log with id {} does not exist",
)


def stacktrace(unit: Unit, call: Call) -> Response:
    row = required(find(unit.connection, "job_log", call.id), missing(JOBS.absent.format(call.id)))
    return Response(row["exception_details"] or "", media_type="text/plain")


OPERATIONS = Resource(
    path="/history/user-operation",
    tables=(tables.operation, tables.instance, tables.process_definition),
    shown=PLACE + "operationId operationType=kind entityType=entity category property orgValue=original newValue=value "
    "timestamp=time userId deploymentId taskId jobId externalTaskId",
    nulls="annotation batchId caseDefinitionId caseExecutionId caseInstanceId jobDefinitionId",
    also="occurred=time",
)
LINKS = Resource(
    path="/history/identity-link-log",
    tables=(tables.link_log, tables.instance),
    shown="id time type userId groupId taskId assignerId operationType=operation processDefinitionId "
    "processDefinitionKey rootProcessInstanceId removalTime",
    also="dateOfLink=time",
)

ROUTES: list[Route] = [
    *(route for resource in (JOBS, OPERATIONS, LINKS) for route in resource.routes()),
    reading("/history/job-log/{id}/stacktrace", stacktrace),
]
