"""/external-task: what workers report, and the list of what they have to do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, true
from starlette.responses import Response

from pulse.engine.embedded import external, tables
from pulse.engine.embedded.engine import Unit, find
from pulse.engine.embedded.external import BusinessError, Failure
from pulse.engine.embedded.rest.filters import Condition, Given
from pulse.engine.embedded.rest.http import Call, Route, null, reading, required, truth, writing
from pulse.engine.embedded.rest.resource import Resource

_TASK = tables.external_task.c


def _locked(value: Any, given: Given) -> Condition:
    return func.coalesce(_TASK.lock_until, 0) > given["_now"] if truth(value) else true()


def _not_locked(value: Any, given: Given) -> Condition:
    return func.coalesce(_TASK.lock_until, 0) <= given["_now"] if truth(value) else true()


EXTERNAL_TASKS = Resource(
    path="/external-task",
    tables=(tables.external_task, tables.process_definition),
    shown="activityId activityInstanceId errorMessage executionId id lockExpirationTime=lock_until createTime=created "
    "processDefinitionId processDefinitionKey processDefinitionVersionTag=version_tag processInstanceId retries "
    "suspended workerId topicName=topic priority businessKey",
    also="externalTaskId=id lockExpiration=lock_until taskPriority=priority",
    filters={"locked": _locked, "notLocked": _not_locked},
    absent="External task with id {} does not exist",
    absent_type="RestException",
)


def complete(unit: Unit, call: Call) -> None:
    given, local = call.variables(), call.variables("localVariables")
    external.complete(unit, call.id, call.text("workerId"), given, local)


def failure(unit: Unit, call: Call) -> None:
    reported = Failure(
        message=call.text("errorMessage"),
        details=call.text("errorDetails"),
        retries=call.whole("retries") or 0,
        wait_ms=call.whole("retryTimeout") or 0,
        given=call.variables(),
        local=call.variables("localVariables"),
    )
    external.fail(unit, call.id, call.text("workerId"), reported)


def bpmn_error(unit: Unit, call: Call) -> None:
    error = BusinessError(call.text("errorCode"), call.text("errorMessage"))
    external.bpmn_error(unit, call.id, call.text("workerId"), error, call.variables())


def lock(unit: Unit, call: Call) -> None:
    external.lock(unit, call.id, call.text("workerId"), call.whole("lockDuration"))


def extend(unit: Unit, call: Call) -> None:
    external.extend(unit, call.id, call.text("workerId"), call.whole("newDuration"))


def unlock(unit: Unit, call: Call) -> None:
    external.unlock(unit, call.id)


def set_retries(unit: Unit, call: Call) -> None:
    external.set_retries(unit, call.id, call.whole("retries"))


def set_priority(unit: Unit, call: Call) -> None:
    external.set_priority(unit, call.id, call.whole("priority") or 0)


def error_details(unit: Unit, call: Call) -> object:
    problem = null(f"Cannot find external task with id {call.id}: externalTask is null")
    details = required(find(unit.connection, "external_task", call.id), problem)["error_details"]
    return None if details is None else Response(details, media_type="text/plain")


def topic_names(unit: Unit, call: Call) -> list[str]:
    return list(unit.connection.scalars(select(_TASK.topic).distinct().order_by(_TASK.topic)))


ROUTES: list[Route] = [
    writing("POST", "/external-task/{id}/complete", complete),
    writing("POST", "/external-task/{id}/failure", failure),
    writing("POST", "/external-task/{id}/bpmnError", bpmn_error),
    writing("POST", "/external-task/{id}/lock", lock),
    writing("POST", "/external-task/{id}/extendLock", extend),
    writing("POST", "/external-task/{id}/unlock", unlock),
    writing("PUT", "/external-task/{id}/retries", set_retries),
    writing("PUT", "/external-task/{id}/priority", set_priority),
    reading("/external-task/{id}/errorDetails", error_details),
    reading("/external-task/topic-names", topic_names),
    *EXTERNAL_TASKS.routes(),
]
