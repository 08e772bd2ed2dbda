"""/history: what has happened; instances, activities, tasks, variables, incidents, external tasks, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, func, select
from starlette.responses import Response

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.engine import find
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import operations
from pulse.engine.embedded.rest.http import Call, Route, missing, moment
from pulse.engine.embedded.rest.query import (
    Filter,
    Query,
    among,
    by_variables,
    dated,
    equal,
    like,
    routes,
    truth,
    when,
    whether,
)
from pulse.engine.embedded.timers import from_ms
from pulse.engine.embedded.values import to_rest

Row = Mapping[str, Any]
_INSTANCE = tables.instance.c
_DEFINITION = tables.process_definition.c
_ACTIVITY = tables.activity.c
_TASK = tables.task.c
_VARIABLE = tables.variable.c
_DETAIL = tables.detail.c
_LOG = tables.external_log.c
_INCIDENT = tables.incident.c
_DECISION = tables.decision_instance.c
_REMOVAL: Final = _INSTANCE.removal_time


def _in_instance(column: ColumnElement[Any], source: FromClause) -> FromClause:
    return source.join(tables.instance, _INSTANCE.id == column)


def _duration(row: Row, start: str = "start_time") -> int | None:
    return None if row["end_time"] is None else row["end_time"] - row[start]


def _place(row: Row) -> dict[str, Any]:
    """What every row of history tells about where it belongs."""
    return {
        "id": row["id"],
        "processDefinitionId": row["definition_id"],
        "processDefinitionKey": row["definition_id"].partition(":")[0],
        "processInstanceId": row["instance_id"],
        "rootProcessInstanceId": row["instance_id"],
        "executionId": row["execution_id"],
        "removalTime": moment(row["removal_time"]),
        "tenantId": None,
    }


_CASE: Final = dict.fromkeys(("caseDefinitionKey", "caseDefinitionId", "caseInstanceId", "caseExecutionId"))


def _where(column: Any) -> dict[str, Filter]:
    return {
        "processInstanceId": equal(column.instance_id),
        "processInstanceIdIn": among(column.instance_id),
        "processDefinitionId": equal(column.definition_id),
        "processDefinitionKey": equal(_INSTANCE.definition_key),
        "processDefinitionKeyIn": among(_INSTANCE.definition_key),
    }


# --- instances ---


def _tell_instance(row: Row, given: Row | None = None) -> dict[str, Any]:
    return {
        "id": row["id"],
        "businessKey": row["business_key"],
        "processDefinitionId": row["definition_id"],
        "processDefinitionKey": row["definition_key"],
        "processDefinitionName": row["definition_name"],
        "processDefinitionVersion": row["definition_version"],
        "startTime": moment(row["start_time"]),
        "endTime": moment(row["end_time"]),
        "removalTime": moment(row["removal_time"]),
        "durationInMillis": _duration(row),
        "startUserId": row["start_user"],
        "startActivityId": row["start_activity"],
        "deleteReason": row["delete_reason"],
        "rootProcessInstanceId": row["id"],
        "superProcessInstanceId": None,
        "superCaseInstanceId": None,
        "caseInstanceId": None,
        "tenantId": None,
        "state": row["state"],
        "restartedProcessInstanceId": None,
    }


_STATES: Final = {
    "active": "ACTIVE",
    "suspended": "SUSPENDED",
    "completed": "COMPLETED",
    "externallyTerminated": "EXTERNALLY_TERMINATED",
    "internallyTerminated": "INTERNALLY_TERMINATED",
}


def _one_state(given: Row) -> None:
    asked = [state for name, state in _STATES.items() if truth(given.get(name))]
    if len(asked) > 1:
        message = f"Already querying for historic process instance with another state: {asked[0]} is not empty"
        raise RestProblem(400, "BadUserRequestException", message, 0)


INSTANCES = Query(
    source=tables.instance.join(tables.process_definition, _DEFINITION.id == _INSTANCE.definition_id),
    columns=[
        tables.instance,
        _DEFINITION.name.label("definition_name"),
        _DEFINITION.version.label("definition_version"),
    ],
    filters={
        "processInstanceId": equal(_INSTANCE.id),
        "processInstanceIds": among(_INSTANCE.id),
        "processDefinitionId": equal(_INSTANCE.definition_id),
        "processDefinitionKey": equal(_INSTANCE.definition_key),
        "processDefinitionKeyIn": among(_INSTANCE.definition_key),
        "processInstanceBusinessKey": equal(_INSTANCE.business_key),
        "processInstanceBusinessKeyIn": among(_INSTANCE.business_key),
        "processInstanceBusinessKeyLike": like(_INSTANCE.business_key),
        "finished": when(_INSTANCE.end_time.is_not(None)),
        "unfinished": when(_INSTANCE.end_time.is_(None)),
        "startedBy": equal(_INSTANCE.start_user),
        "startedBefore": dated(lambda value: _INSTANCE.start_time < value),
        "startedAfter": dated(lambda value: _INSTANCE.start_time > value),
        "finishedBefore": dated(lambda value: _INSTANCE.end_time < value),
        "finishedAfter": dated(lambda value: _INSTANCE.end_time > value),
        "variables": by_variables(_INSTANCE.id, live=False),
        **{name: when(_INSTANCE.state == state) for name, state in _STATES.items()},
    },
    sorts={
        "instanceId": _INSTANCE.id,
        "definitionId": _INSTANCE.definition_id,
        "definitionKey": _INSTANCE.definition_key,
        "definitionName": _DEFINITION.name,
        "businessKey": _INSTANCE.business_key,
        "startTime": _INSTANCE.start_time,
        "endTime": _INSTANCE.end_time,
        "duration": _INSTANCE.end_time - _INSTANCE.start_time,
    },
    tell=_tell_instance,
    check=_one_state,
)


def read_instance(call: Call) -> object:
    identifier = call.path["id"]
    rows = call.read(lambda connection: INSTANCES.rows(connection, {"processInstanceId": identifier}))
    if not rows:
        raise missing(f"Historic process instance with id {identifier} does not exist")
    return _tell_instance(rows[0])


def report(call: Call) -> object:
    """How long finished instances took, by month or quarter of their start."""
    unit = call.query.get("periodUnit", "")
    if unit.lower() not in {"month", "quarter"}:
        cause = f"Cannot convert value {unit} to java enum type org.camunda.bpm.engine.query.PeriodUnit"
        message = f"Cannot set query parameter 'periodUnit' to value '{unit}': {cause}"
        raise RestProblem(400, "InvalidRequestException", message)
    given = {**call.query, "finished": True}
    rows = call.read(lambda connection: INSTANCES.rows(connection, given))
    periods: dict[int, list[int]] = {}
    for row in rows:
        month = from_ms(row["start_time"]).month
        period = month if unit.lower() == "month" else (month + 2) // 3
        periods.setdefault(period, []).append(row["end_time"] - row["start_time"])
    return [
        {
            "period": period,
            "periodUnit": unit.upper(),
            "minimum": min(took),
            "maximum": max(took),
            "average": sum(took) // len(took),
        }
        for period, took in sorted(periods.items())
    ]


def statistics(call: Call) -> object:
    """How often each activity of a definition ran, and how it ended."""
    running = _ACTIVITY.end_time.is_(None)
    query = (
        select(
            _ACTIVITY.activity_id,
            func.count().filter(running),
            func.count().filter(~running),
            func.count().filter(_ACTIVITY.canceled),
            func.count().filter(_ACTIVITY.complete_scope),
        )
        .where(_ACTIVITY.definition_id == call.path["id"])
        .group_by(_ACTIVITY.activity_id)
    )
    asked = ("finished", "canceled", "completeScope")
    shown = []
    for name, instances, *counts in call.read(lambda connection: list(connection.execute(query))):
        told = {key: count if call.wants(key, default=False) else 0 for key, count in zip(asked, counts, strict=True)}
        if instances or any(told.values()):
            none = {"openIncidents": 0, "resolvedIncidents": 0, "deletedIncidents": 0}
            shown.append({"id": name, "instances": instances} | told | none)
    return shown


# --- activities and tasks ---


def _tell_activity(row: Row, given: Row | None = None) -> dict[str, Any]:
    return _place(row) | {
        "parentActivityInstanceId": row["parent_id"],
        "activityId": row["activity_id"],
        "activityName": row["name"],
        "activityType": row["type"],
        "taskId": row["task_id"],
        "assignee": row["assignee"],
        "calledProcessInstanceId": None,
        "calledCaseInstanceId": None,
        "startTime": moment(row["start_time"]),
        "endTime": moment(row["end_time"]),
        "durationInMillis": _duration(row),
        "canceled": row["canceled"],
        "completeScope": row["complete_scope"],
    }


ACTIVITIES = Query(
    source=_in_instance(_ACTIVITY.instance_id, tables.activity).outerjoin(tables.task, _TASK.id == _ACTIVITY.task_id),
    columns=[tables.activity, _REMOVAL, _TASK.assignee],
    filters={
        **_where(_ACTIVITY),
        "activityInstanceId": equal(_ACTIVITY.id),
        "executionId": equal(_ACTIVITY.execution_id),
        "activityId": equal(_ACTIVITY.activity_id),
        "activityName": equal(_ACTIVITY.name),
        "activityType": equal(_ACTIVITY.type),
        "taskAssignee": equal(_TASK.assignee),
        "finished": when(_ACTIVITY.end_time.is_not(None)),
        "unfinished": when(_ACTIVITY.end_time.is_(None)),
        "canceled": when(_ACTIVITY.canceled),
        "completeScope": when(_ACTIVITY.complete_scope),
        "startedBefore": dated(lambda value: _ACTIVITY.start_time < value),
        "startedAfter": dated(lambda value: _ACTIVITY.start_time > value),
        "finishedAfter": dated(lambda value: _ACTIVITY.end_time > value),
    },
    sorts={
        "activityInstanceId": _ACTIVITY.id,
        "instanceId": _ACTIVITY.instance_id,
        "executionId": _ACTIVITY.execution_id,
        "activityId": _ACTIVITY.activity_id,
        "activityName": _ACTIVITY.name,
        "activityType": _ACTIVITY.type,
        "startTime": _ACTIVITY.start_time,
        "endTime": _ACTIVITY.end_time,
        "occurrence": _ACTIVITY.id,
        "definitionId": _ACTIVITY.definition_id,
    },
    tell=_tell_activity,
)


def read_activity(call: Call) -> object:
    identifier = call.path["id"]
    rows = call.read(lambda connection: ACTIVITIES.rows(connection, {"activityInstanceId": identifier}))
    if not rows:
        raise missing(f"Historic activity instance with id '{identifier}' does not exist")
    return _tell_activity(rows[0])


def _tell_task(row: Row, given: Row | None = None) -> dict[str, Any]:
    return (
        _place(row)
        | _CASE
        | {
            "activityInstanceId": row["activity_instance_id"],
            "name": row["name"],
            "description": row["description"],
            "deleteReason": row["delete_reason"],
            "owner": row["owner"],
            "assignee": row["assignee"],
            "startTime": moment(row["created"]),
            "endTime": moment(row["end_time"]),
            "duration": _duration(row, "created"),
            "taskDefinitionKey": row["activity_id"],
            "priority": row["priority"],
            "due": moment(row["due"]),
            "parentTaskId": None,
            "followUp": moment(row["follow_up"]),
            "taskState": row["state"],
        }
    )


TASKS = Query(
    source=_in_instance(_TASK.instance_id, tables.task),
    columns=[tables.task, _REMOVAL],
    filters={
        **_where(_TASK),
        "taskId": equal(_TASK.id),
        "executionId": equal(_TASK.execution_id),
        "processInstanceBusinessKey": equal(_INSTANCE.business_key),
        "processInstanceBusinessKeyIn": among(_INSTANCE.business_key),
        "activityInstanceIdIn": among(_TASK.activity_instance_id),
        "taskName": equal(_TASK.name),
        "taskDefinitionKey": equal(_TASK.activity_id),
        "taskDefinitionKeyIn": among(_TASK.activity_id),
        "taskDeleteReason": equal(_TASK.delete_reason),
        "taskAssignee": equal(_TASK.assignee),
        "taskOwner": equal(_TASK.owner),
        "finished": when(_TASK.end_time.is_not(None)),
        "unfinished": when(_TASK.end_time.is_(None)),
        "processFinished": when(_INSTANCE.end_time.is_not(None)),
        "processUnfinished": when(_INSTANCE.end_time.is_(None)),
        "startedAfter": dated(lambda value: _TASK.created > value),
        "startedBefore": dated(lambda value: _TASK.created < value),
        "finishedAfter": dated(lambda value: _TASK.end_time > value),
    },
    sorts={
        "taskId": _TASK.id,
        "activityInstanceId": _TASK.activity_instance_id,
        "processInstanceId": _TASK.instance_id,
        "taskName": _TASK.name,
        "assignee": _TASK.assignee,
        "dueDate": _TASK.due,
        "startTime": _TASK.created,
        "endTime": _TASK.end_time,
        "priority": _TASK.priority,
    },
    tell=_tell_task,
)


# --- variables ---


def _shown(row: Row, given: Row) -> dict[str, object]:
    value = to_rest(values.load(row["value"]), deserialize=truth(given.get("deserializeValues", True)))
    return value | ({"value": None} if value["type"] in {"Bytes", "File"} else {})


def _tell_variable(row: Row, given: Row) -> dict[str, Any]:
    more = {
        "name": row["name"],
        "activityInstanceId": row["activity_instance_id"],
        "errorMessage": None,
        "taskId": row["task_id"],
        "state": row["state"],
        "createTime": moment(row["created"]),
    }
    return _place(row) | _CASE | _shown(row, given) | more


VARIABLES = Query(
    source=_in_instance(_VARIABLE.instance_id, tables.variable),
    columns=[tables.variable, _REMOVAL],
    base=_VARIABLE.state != "DELETED",
    filters={
        **_where(_VARIABLE),
        "variableName": equal(_VARIABLE.name),
        "variableNameLike": like(_VARIABLE.name),
        "activityInstanceIdIn": among(_VARIABLE.activity_instance_id),
        "executionIdIn": among(_VARIABLE.execution_id),
    },
    sorts={"instanceId": _VARIABLE.instance_id, "variableName": _VARIABLE.name},
    tell=_tell_variable,
)


def read_variable(call: Call) -> object:
    row = call.read(lambda connection: find(connection, "variable", call.path["id"]))
    if row is None:
        raise missing(f"Variable instance with id '{call.path['id']}' does not exist")
    return _tell_variable({**row, "removal_time": None}, call.query)


def _tell_detail(row: Row, given: Row) -> dict[str, Any]:
    shown = _shown(row, given)
    more = {
        "type": "variableUpdate",
        "value": shown["value"],
        "valueInfo": shown["valueInfo"],
        "variableType": shown["type"],
        "variableName": row["name"],
        "variableInstanceId": row["variable_id"],
        "revision": row["revision"],
        "initial": row["initial"],
        "errorMessage": None,
        "activityInstanceId": row["activity_instance_id"],
        "taskId": None,
        "time": moment(row["time"]),
        "userOperationId": row["operation_id"],
    }
    return _place(row) | _CASE | more


DETAILS = Query(
    source=_in_instance(_DETAIL.instance_id, tables.detail),
    columns=[tables.detail, _REMOVAL],
    filters={
        **_where(_DETAIL),
        "variableInstanceId": equal(_DETAIL.variable_id),
        "activityInstanceId": equal(_DETAIL.activity_instance_id),
        "executionId": equal(_DETAIL.execution_id),
        "initial": whether(_DETAIL.initial),
        "occurredAfter": dated(lambda value: _DETAIL.time >= value),
        "occurredBefore": dated(lambda value: _DETAIL.time <= value),
    },
    sorts={"processInstanceId": _DETAIL.instance_id, "variableName": _DETAIL.name, "time": _DETAIL.time},
    tell=_tell_detail,
)


# --- incidents, external tasks, decisions ---


def _tell_incident(row: Row, given: Row | None = None) -> dict[str, Any]:
    shown = operations.tell_incident(row)
    del shown["incidentTimestamp"]
    return (
        shown
        | _place(row)
        | {
            "createTime": moment(row["time"]),
            "endTime": moment(row["end_time"]),
            "historyConfiguration": row["log_id"],
            "open": row["state"] == "open",
            "deleted": row["state"] == "deleted",
            "resolved": row["state"] == "resolved",
        }
    )


INCIDENTS = Query(
    source=_in_instance(_INCIDENT.instance_id, tables.incident),
    columns=[tables.incident, _REMOVAL],
    filters={
        **operations.incident_filters(),
        "open": when(_INCIDENT.state == "open"),
        "resolved": when(_INCIDENT.state == "resolved"),
        "deleted": when(_INCIDENT.state == "deleted"),
    },
    sorts={"incidentId": _INCIDENT.id, "createTime": _INCIDENT.time, "endTime": _INCIDENT.end_time},
    tell=_tell_incident,
)


def _tell_log(row: Row, given: Row | None = None) -> dict[str, Any]:
    kinds = {f"{kind}Log": row["kind"] == kind for kind in ("creation", "failure", "success", "deletion")}
    more = {
        "timestamp": moment(row["time"]),
        "externalTaskId": row["task_id"],
        "topicName": row["topic"],
        "workerId": row["worker_id"],
        "priority": row["priority"],
        "retries": row["retries"],
        "errorMessage": row["error_message"],
        "activityId": row["activity_id"],
        "activityInstanceId": row["activity_instance_id"],
    }
    return _place(row) | more | kinds


LOGS = Query(
    source=_in_instance(_LOG.instance_id, tables.external_log),
    columns=[tables.external_log, _REMOVAL],
    filters={
        **_where(_LOG),
        "logId": equal(_LOG.id),
        "externalTaskId": equal(_LOG.task_id),
        "topicName": equal(_LOG.topic),
        "workerId": equal(_LOG.worker_id),
        "errorMessage": equal(_LOG.error_message),
        "activityIdIn": among(_LOG.activity_id),
        **{f"{kind}Log": when(_LOG.kind == kind) for kind in ("creation", "failure", "success", "deletion")},
    },
    sorts={"timestamp": _LOG.time, "topicName": _LOG.topic, "retries": _LOG.retries, "priority": _LOG.priority},
    tell=_tell_log,
)


def log_details(call: Call) -> object:
    row = call.read(lambda connection: find(connection, "external_log", call.path["id"]))
    if row is None:
        raise missing(f"Historic external task log with id {call.path['id']} does not exist")
    return Response(row["error_details"] or "", media_type="text/plain")


def _tell_clause(row: Row, clause: Row) -> dict[str, Any]:
    value = to_rest(values.load(clause["value"]), deserialize=True)
    return value | {
        "id": clause["id"],
        "decisionInstanceId": row["id"],
        "clauseId": clause["clause"],
        "clauseName": clause["name"],
        "createTime": moment(row["time"]),
        "removalTime": moment(row["removal_time"]),
        "rootProcessInstanceId": None,
        "errorMessage": None,
    }


def _tell_decision(row: Row, given: Row) -> dict[str, Any]:
    outputs = [
        _tell_clause(row, one) | {"ruleId": one["rule"], "ruleOrder": one["order"], "variableName": one["variable"]}
        for one in row["outputs"]
    ]
    inputs = [_tell_clause(row, one) for one in row["inputs"]]
    nothing = dict.fromkeys(
        [
            "activityId",
            "activityInstanceId",
            "caseDefinitionId",
            "caseDefinitionKey",
            "caseInstanceId",
            "collectResultValue",
            "processDefinitionId",
            "processDefinitionKey",
            "processInstanceId",
            "rootDecisionInstanceId",
            "rootProcessInstanceId",
            "tenantId",
        ]
    )
    return nothing | {
        "id": row["id"],
        "decisionDefinitionId": row["definition_id"],
        "decisionDefinitionKey": row["definition_key"],
        "decisionDefinitionName": row["name"],
        "decisionRequirementsDefinitionId": row["graph_id"],
        "decisionRequirementsDefinitionKey": row["graph_key"],
        "evaluationTime": moment(row["time"]),
        "removalTime": moment(row["removal_time"]),
        "userId": row["user_id"],
        "inputs": inputs if truth(given.get("includeInputs")) else None,
        "outputs": outputs if truth(given.get("includeOutputs")) else None,
    }


DECISIONS = Query(
    source=tables.decision_instance,
    columns=[tables.decision_instance],
    filters={
        "decisionInstanceId": equal(_DECISION.id),
        "decisionDefinitionId": equal(_DECISION.definition_id),
        "decisionDefinitionKey": equal(_DECISION.definition_key),
        "decisionDefinitionName": equal(_DECISION.name),
        "userId": equal(_DECISION.user_id),
    },
    sorts={"evaluationTime": _DECISION.time},
    tell=_tell_decision,
)

ROUTES: list[Route] = [
    ("GET", "/history/process-instance/report", report),
    *routes("/history/process-instance", INSTANCES),
    ("GET", "/history/process-instance/{id}", read_instance),
    ("GET", "/history/process-definition/{id}/statistics", statistics),
    *routes("/history/activity-instance", ACTIVITIES),
    ("GET", "/history/activity-instance/{id}", read_activity),
    *routes("/history/task", TASKS),
    *routes("/history/variable-instance", VARIABLES),
    ("GET", "/history/variable-instance/{id}", read_variable),
    *routes("/history/detail", DETAILS),
    *routes("/history/incident", INCIDENTS),
    *routes("/history/external-task-log", LOGS),
    ("GET", "/history/external-task-log/{id}/error-details", log_details),
    *routes("/history/decision-instance", DECISIONS),
]
