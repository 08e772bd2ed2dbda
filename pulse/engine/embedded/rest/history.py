"""/history: what has happened; instances, activities, tasks, variables, incidents, external tasks, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import FromClause, func, select
from starlette.responses import Response

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.engine import find
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest.http import Call, Route, missing
from pulse.engine.embedded.rest.instances import deserialized
from pulse.engine.embedded.rest.query import Fields, Given, Query, by_variables, fields, reader, routes, truth
from pulse.engine.embedded.values import read_date, to_rest

_INSTANCE, _ACTIVITY, _TASK = tables.instance.c, tables.activity.c, tables.task.c
_VARIABLE, _INCIDENT, _LOG = tables.variable.c, tables.incident.c, tables.external_log.c
PLACE: Final = (
    "id processDefinitionId processDefinitionKey processInstanceId rootProcessInstanceId executionId removalTime "
    "tenantId "
)
CASE: Final = "caseDefinitionKey caseDefinitionId caseInstanceId caseExecutionId "


def _beside(table: FromClause) -> FromClause:
    """A table with its instances, which know when history is removed."""
    return table.join(tables.instance, _INSTANCE.id == table.c.instance_id)


def _fields(spec: str, *more: FromClause) -> Fields:
    return fields(spec, *more, tables.instance)


def _duration(name: str, start: str = "startTime") -> Any:
    def more(row: dict[str, Any], given: Given) -> dict[str, Any]:
        took = None
        if row["endTime"] is not None:
            took = (read_date(row["endTime"]) - read_date(row[start])).total_seconds() * 1000
        return row | {name: None if took is None else round(took)}

    return more


# --- instances ---

_STATES: Final = {
    "active": "ACTIVE",
    "suspended": "SUSPENDED",
    "completed": "COMPLETED",
    "externallyTerminated": "EXTERNALLY_TERMINATED",
    "internallyTerminated": "INTERNALLY_TERMINATED",
}


def _one_state(given: Given) -> None:
    asked = [state for name, state in _STATES.items() if truth(given.get(name))]
    if len(asked) > 1:
        message = f"Already querying for historic process instance with another state: {asked[0]} is not empty"
        raise RestProblem(400, "BadUserRequestException", message, 0)


_FINISHED: Final = {"finished": _INSTANCE.end_time.is_not(None), "unfinished": _INSTANCE.end_time.is_(None)}
_JOINED: Final = (tables.instance, tables.process_definition)
INSTANCES = Query(
    source=tables.instance.outerjoin(
        tables.process_definition, tables.process_definition.c.id == _INSTANCE.definition_id
    ),
    told=fields(
        "id businessKey processDefinitionId processDefinitionKey startTime endTime removalTime durationInMillis "
        "startUserId=start_user startActivityId=start_activity deleteReason rootProcessInstanceId=id "
        "superProcessInstanceId superCaseInstanceId caseInstanceId tenantId state restartedProcessInstanceId",
        tables.instance,
    )
    | fields("processDefinitionName=name processDefinitionVersion=version", tables.process_definition),
    by=fields(
        "id processInstanceId=id processDefinitionId processDefinitionKey processInstanceBusinessKey=business_key "
        "startedBy=start_user started=start_time finished=end_time",
        tables.instance,
    ),
    flags=_FINISHED | {name: _INSTANCE.state == state for name, state in _STATES.items()},
    special={"variables": by_variables(_INSTANCE.id, live=False)},
    sorts=fields(
        "instanceId=id definitionId definitionKey definitionName=name businessKey startTime endTime", *_JOINED
    ),
    more=_duration("durationInMillis"),
    check=_one_state,
)


def report(call: Call) -> object:
    """How long finished instances took, by month or quarter of their start."""
    unit = call.query.get("periodUnit", "")
    if unit.lower() not in {"month", "quarter"}:
        cause = f"Cannot convert value {unit} to java enum type org.camunda.bpm.engine.query.PeriodUnit"
        message = f"Cannot set query parameter 'periodUnit' to value '{unit}': {cause}"
        raise RestProblem(400, "InvalidRequestException", message)
    rows = call.read(lambda connection: INSTANCES.rows(connection, {**call.query, "finished": True}))
    periods: dict[int, list[int]] = {}
    for row in rows:
        month = read_date(row["startTime"]).month
        periods.setdefault(month if unit.lower() == "month" else (month + 2) // 3, []).append(row["durationInMillis"])
    return [
        {"period": period, "periodUnit": unit.upper(), "minimum": min(took), "maximum": max(took)}
        | {"average": sum(took) // len(took)}
        for period, took in sorted(periods.items())
    ]


def statistics(call: Call) -> object:
    """How often each activity of a definition ran, and how it ended."""
    running = _ACTIVITY.end_time.is_(None)
    counts = [func.count().filter(one) for one in (running, ~running, _ACTIVITY.canceled, _ACTIVITY.complete_scope)]
    query = select(_ACTIVITY.activity_id, *counts).where(_ACTIVITY.definition_id == call.path["id"])
    found = []
    for name, *numbers in call.read(lambda connection: list(connection.execute(query.group_by(_ACTIVITY.activity_id)))):
        told = dict(zip(("instances", "finished", "canceled", "completeScope"), numbers, strict=True))
        told |= {key: 0 for key in ("finished", "canceled", "completeScope") if not call.wants(key, default=False)}
        if any(told.values()):
            found.append(
                {"id": name} | told | dict.fromkeys(("openIncidents", "resolvedIncidents", "deletedIncidents"), 0)
            )
    return found


# --- activities and tasks ---

_OVER: Final = {"finished": _ACTIVITY.end_time.is_not(None), "unfinished": _ACTIVITY.end_time.is_(None)}
_SOURCES: Final = (tables.activity, tables.instance, tables.task)
ACTIVITIES = Query(
    source=_beside(tables.activity).outerjoin(tables.task, _TASK.id == _ACTIVITY.task_id),
    told=fields(
        PLACE + "parentActivityInstanceId=parent_id activityId activityName=name activityType=type taskId assignee "
        "calledProcessInstanceId calledCaseInstanceId startTime endTime durationInMillis canceled completeScope",
        *_SOURCES,
    ),
    by=fields(
        PLACE + "activityInstanceId=id activityId activityName=name activityType=type taskAssignee=assignee "
        "started=start_time finished=end_time",
        *_SOURCES,
    ),
    flags=_OVER | {"canceled": _ACTIVITY.canceled, "completeScope": _ACTIVITY.complete_scope},
    sorts=fields(
        "activityInstanceId=id instanceId executionId activityId activityName=name activityType=type startTime endTime "
        "occurrence=id definitionId",
        tables.activity,
    ),
    more=_duration("durationInMillis"),
)
TASKS = Query(
    source=_beside(tables.task),
    told=_fields(
        PLACE + CASE + "activityInstanceId name description deleteReason owner assignee startTime=created endTime "
        "duration taskDefinitionKey priority due parentTaskId followUp taskState=state",
        tables.task,
    ),
    by=_fields(
        PLACE + "taskId=id processInstanceBusinessKey=business_key activityInstanceId taskName=name taskDefinitionKey "
        "taskDeleteReason=delete_reason taskAssignee=assignee taskOwner=owner started=created finished=end_time "
        "taskPriority=priority",
        tables.task,
    ),
    flags={
        "finished": _TASK.end_time.is_not(None),
        "unfinished": _TASK.end_time.is_(None),
        "processFinished": _FINISHED["finished"],
        "processUnfinished": _FINISHED["unfinished"],
    },
    sorts=fields(
        "taskId=id activityInstanceId processInstanceId taskName=name assignee owner dueDate=due startTime=created "
        "endTime priority",
        tables.task,
    ),
    more=_duration("duration"),
)

# --- variables ---


def _detail(row: dict[str, Any], given: Given) -> dict[str, Any]:
    told = deserialized(row, given)
    return told | {"variableType": told["type"], "type": "variableUpdate"}


VARIABLES = Query(
    source=_beside(tables.variable),
    told=_fields(
        PLACE + CASE + "name activityInstanceId errorMessage taskId state createTime=created value", tables.variable
    ),
    by=_fields(PLACE + "variableName=name activityInstanceId variableType=type taskId", tables.variable),
    base=_VARIABLE.state != "DELETED",
    sorts=fields("instanceId variableName=name", tables.variable),
    more=deserialized,
)
DETAILS = Query(
    source=_beside(tables.detail),
    told=_fields(
        PLACE + CASE + "variableName=name variableInstanceId=variable_id revision initial errorMessage "
        "activityInstanceId taskId time userOperationId=operation_id value",
        tables.detail,
    ),
    by=_fields(PLACE + "variableInstanceId=variable_id activityInstanceId occurred=time", tables.detail),
    flags={"initial": tables.detail.c.initial},
    sorts=fields("processInstanceId variableName=name time", tables.detail),
    more=_detail,
)

# --- incidents, external tasks, decisions ---

INCIDENTS = Query(
    source=_beside(tables.incident),
    told=_fields(
        PLACE + "incidentType=type activityId failedActivityId causeIncidentId=id rootCauseIncidentId=id configuration "
        "incidentMessage=message jobDefinitionId annotation createTime=time endTime historyConfiguration=log_id "
        "_state=state",
        tables.incident,
    ),
    by=_fields(
        PLACE + "incidentId=id incidentType=type incidentMessage=message activityId configuration", tables.incident
    ),
    flags={state: _INCIDENT.state == state for state in ("open", "resolved", "deleted")},
    sorts=fields("incidentId=id createTime=time endTime", tables.incident),
    more=lambda row, given: {
        **{name: row[name] for name in row if name != "_state"},
        **{state: row["_state"] == state for state in ("open", "resolved", "deleted")},
    },
)
_KINDS: Final = ("creation", "failure", "success", "deletion")
LOGS = Query(
    source=_beside(tables.external_log),
    told=_fields(
        PLACE
        + "timestamp=time externalTaskId=task_id topicName=topic workerId priority retries errorMessage activityId "
        "activityInstanceId _kind=kind",
        tables.external_log,
    ),
    by=_fields(
        PLACE + "logId=id externalTaskId=task_id topicName=topic workerId errorMessage activityId", tables.external_log
    ),
    flags={f"{kind}Log": _LOG.kind == kind for kind in _KINDS},
    sorts=fields("timestamp=time topicName=topic retries priority", tables.external_log),
    more=lambda row, given: {
        **{name: row[name] for name in row if name != "_kind"},
        **{f"{kind}Log": row["_kind"] == kind for kind in _KINDS},
    },
)


def log_details(call: Call) -> object:
    row = call.read(lambda connection: find(connection, "external_log", call.path["id"]))
    if row is None:
        raise missing(f"Historic external task log with id {call.path['id']} does not exist")
    return Response(row["error_details"] or "", media_type="text/plain")


def _clauses(row: dict[str, Any], name: str) -> list[dict[str, Any]]:
    common = {"decisionInstanceId": row["id"], "createTime": row["evaluationTime"], "removalTime": row["removalTime"]}
    common |= {"rootProcessInstanceId": None, "errorMessage": None}
    clauses: list[Mapping[str, Any]] = row[name]
    told: list[dict[str, Any]] = []
    for clause in clauses:
        value = to_rest(values.load(clause["value"]))
        told.append({key: kept for key, kept in clause.items() if key != "value"} | value | common)
    return told


DECISIONS = Query(
    source=tables.decision_instance,
    told=fields(
        "id activityId activityInstanceId caseDefinitionId caseDefinitionKey caseInstanceId collectResultValue "
        "processInstanceId rootDecisionInstanceId rootProcessInstanceId "
        "tenantId decisionDefinitionId=definition_id decisionDefinitionKey=definition_key decisionDefinitionName=name "
        "decisionRequirementsDefinitionId=graph_id decisionRequirementsDefinitionKey=graph_key evaluationTime=time "
        "removalTime userId inputs outputs",
        tables.decision_instance,
    )
    | {"processDefinitionId": None, "processDefinitionKey": None},
    by=fields(
        "decisionInstanceId=id decisionDefinitionId=definition_id decisionDefinitionKey=definition_key "
        "decisionDefinitionName=name userId evaluated=time",
        tables.decision_instance,
    ),
    sorts=fields("evaluationTime=time", tables.decision_instance),
    more=lambda row, given: {
        **row,
        "inputs": _clauses(row, "inputs") if truth(given.get("includeInputs")) else None,
        "outputs": _clauses(row, "outputs") if truth(given.get("includeOutputs")) else None,
    },
)

ROUTES: list[Route] = [
    ("GET", "/history/process-instance/report", report),
    *routes("/history/process-instance", INSTANCES),
    ("GET", "/history/process-instance/{id}", reader(INSTANCES, "Historic process instance with id {} does not exist")),
    ("GET", "/history/process-definition/{id}/statistics", statistics),
    *routes("/history/activity-instance", ACTIVITIES),
    (
        "GET",
        "/history/activity-instance/{id}",
        reader(ACTIVITIES, "Historic activity instance with id '{}' does not exist"),
    ),
    *routes("/history/task", TASKS),
    *routes("/history/variable-instance", VARIABLES),
    ("GET", "/history/variable-instance/{id}", reader(VARIABLES, "Variable instance with id '{}' does not exist")),
    *routes("/history/detail", DETAILS),
    *routes("/history/incident", INCIDENTS),
    *routes("/history/external-task-log", LOGS),
    ("GET", "/history/external-task-log/{id}/error-details", log_details),
    *routes("/history/decision-instance", DECISIONS),
]
