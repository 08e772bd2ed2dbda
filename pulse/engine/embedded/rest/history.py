"""/history: what has happened; instances, activities, tasks, variables, incidents, external tasks, decisions."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select
from starlette.responses import Response

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest.http import Call, Route, Row, reading, truth
from pulse.engine.embedded.rest.problems import invalid, missing, required
from pulse.engine.embedded.rest.resource import LEFT_OUT, Given, Resource, by_variables, here, moment
from pulse.engine.embedded.rest.variables import deserialized
from pulse.engine.embedded.store import find
from pulse.engine.embedded.values import read_date, to_rest

_INSTANCE, _ACTIVITY, _TASK = tables.instance.c, tables.activity.c, tables.task.c
_INCIDENT, _LOG = tables.incident.c, tables.external_log.c
PLACE: Final = (
    "id processDefinitionId processDefinitionKey processInstanceId rootProcessInstanceId executionId removalTime "
)
CASE: Final = "caseDefinitionKey caseDefinitionId caseInstanceId caseExecutionId tenantId "


def _took(row: Row, start: str = "startTime") -> int | None:
    return None if row["endTime"] is None else row["endTime"] - row[start]


# --- instances ---

_STATES: Final = {
    "active": "ACTIVE", "suspended": "SUSPENDED", "completed": "COMPLETED",
    "externallyTerminated": "EXTERNALLY_TERMINATED", "internallyTerminated": "INTERNALLY_TERMINATED",
}  # fmt: skip


def _one_state(given: Given) -> None:
    asked = [state for name, state in _STATES.items() if truth(given.get(name))]
    if len(asked) > 1:
        message = f"Already querying for historic process instance with another state: {asked[0]} is not empty"
        raise RestProblem(400, "BadUserRequestException", message, 0)


INSTANCES = Resource(
    path="/history/process-instance",
    tables=(tables.instance, tables.process_definition),
    shown="id businessKey processDefinitionId processDefinitionKey startTime endTime removalTime "
    "startUserId=start_user startActivityId=start_activity deleteReason rootProcessInstanceId=id state "
    "processDefinitionName=name processDefinitionVersion=process_definition.version",
    nulls="superProcessInstanceId superCaseInstanceId caseInstanceId tenantId restartedProcessInstanceId",
    also="processInstanceId=id processInstanceBusinessKey=business_key startedBy=start_user started=start_time "
    "finished=end_time instanceId=id definitionId definitionKey definitionName=name",
    filters={name: _INSTANCE.state == state for name, state in _STATES.items()}
    | {"variables": by_variables(here(_INSTANCE.id), live=False)},
    more=lambda row, given: {"durationInMillis": _took(row)},
    check=_one_state,
    absent="Historic process instance with id {} does not exist",
)


def report(unit: Unit, call: Call) -> object:
    """How long finished instances took, by month or quarter of their start."""
    period_unit = call.query.get("periodUnit", "")
    if period_unit.lower() not in {"month", "quarter"}:
        cause = f"Cannot convert value {period_unit} to java enum type org.camunda.bpm.engine.query.PeriodUnit"
        raise invalid(f"Cannot set query parameter 'periodUnit' to value '{period_unit}': {cause}")
    periods: dict[int, list[int]] = {}
    for row in INSTANCES.rows(unit, {**call.query, "finished": True}):
        month = read_date(row["startTime"]).month
        period = month if period_unit.lower() == "month" else (month + 2) // 3
        periods.setdefault(period, []).append(row["durationInMillis"])
    return [
        {"period": period, "periodUnit": period_unit.upper(), "minimum": min(took), "maximum": max(took)}
        | {"average": sum(took) // len(took)}
        for period, took in sorted(periods.items())
    ]


def statistics(unit: Unit, call: Call) -> object:
    """How often each activity of a definition ran, and how it ended."""
    running = _ACTIVITY.end_time.is_(None)
    counts = [func.count().filter(one) for one in (running, ~running, _ACTIVITY.canceled, _ACTIVITY.complete_scope)]
    query = select(_ACTIVITY.activity_id, *counts).where(_ACTIVITY.definition_id == call.id)
    found = []
    for name, *numbers in unit.connection.execute(query.group_by(_ACTIVITY.activity_id)):
        told = dict(zip(("instances", "finished", "canceled", "completeScope"), numbers, strict=True))
        told |= {key: 0 for key in ("finished", "canceled", "completeScope") if not truth(call.query.get(key))}
        if any(told.values()):
            incidents = dict.fromkeys(("openIncidents", "resolvedIncidents", "deletedIncidents"), 0)
            found.append({"id": name} | told | incidents)
    return found


# --- activities, tasks, variables ---

ACTIVITIES = Resource(
    path="/history/activity-instance",
    tables=(tables.activity, tables.instance, tables.task),
    shown=PLACE + "parentActivityInstanceId=parent_id activityId activityName=name activityType=type taskId assignee "
    "startTime endTime canceled completeScope",
    nulls="calledProcessInstanceId calledCaseInstanceId tenantId",
    also="activityInstanceId=id taskAssignee=assignee started=start_time finished=end_time instanceId definitionId "
    "occurrence=id",
    filters={"canceled": _ACTIVITY.canceled, "completeScope": _ACTIVITY.complete_scope},
    more=lambda row, given: {"durationInMillis": _took(row)},
    absent="Historic activity instance with id '{}' does not exist",
)
TASKS = Resource(
    path="/history/task",
    tables=(tables.task, tables.instance),
    shown=PLACE + "activityInstanceId name description deleteReason owner assignee startTime=created endTime "
    "taskDefinitionKey priority due followUp taskState=state",
    nulls=CASE + "parentTaskId",
    also="taskId=id processInstanceBusinessKey=business_key taskName=name taskDeleteReason=delete_reason dueDate=due "
    "taskAssignee=assignee taskOwner=owner started=created finished=end_time taskPriority=priority",
    filters={"processFinished": _INSTANCE.end_time.is_not(None), "processUnfinished": _INSTANCE.end_time.is_(None)},
    more=lambda row, given: {"duration": _took(row)},
)
VARIABLES = Resource(
    path="/history/variable-instance",
    tables=(tables.variable, tables.instance),
    shown=PLACE + "name activityInstanceId taskId state createTime=created value",
    nulls=CASE + "errorMessage",
    also="variableName=name variableType=type instanceId",
    base=tables.variable.c.state != "DELETED",
    more=deserialized,
    absent="Variable instance with id '{}' does not exist",
)


_OF_A_VARIABLE: Final = dict.fromkeys(
    ("variableName", "variableInstanceId", "revision", "initial", "value", "errorMessage"), LEFT_OUT
)


def _detail(row: Row, given: Given) -> dict[str, Any]:
    told = deserialized(row, given)
    if row["variableInstanceId"] is None:
        return _OF_A_VARIABLE | {"type": "formField", "fieldId": row["variableName"], "fieldValue": told["value"]}
    return told | {"variableType": told["type"], "type": "variableUpdate"}


DETAILS = Resource(
    path="/history/detail",
    tables=(tables.detail, tables.instance),
    shown=PLACE + "variableName=name variableInstanceId=variable_id revision initial activityInstanceId time "
    "userOperationId=operation_id taskId value",
    nulls=CASE + "errorMessage",
    also="occurred=time",
    filters={"initial": tables.detail.c.initial},
    more=_detail,
)

# --- incidents, external tasks, decisions ---

_ENDS: Final = ("open", "resolved", "deleted")
INCIDENTS = Resource(
    path="/history/incident",
    tables=(tables.incident, tables.instance),
    shown=PLACE + "incidentType=type activityId failedActivityId causeIncidentId=id rootCauseIncidentId=id "
    "configuration incidentMessage=message jobDefinitionId createTime=time endTime historyConfiguration=log_id "
    "_state=incident.state",
    nulls="annotation tenantId",
    also="incidentId=id",
    filters={state: _INCIDENT.state == state for state in _ENDS},
    more=lambda row, given: {state: row["_state"] == state for state in _ENDS},
)
_KINDS: Final = ("creation", "failure", "success", "deletion")
LOGS = Resource(
    path="/history/external-task-log",
    tables=(tables.external_log, tables.instance),
    shown=PLACE + "timestamp=time externalTaskId=task_id topicName=topic workerId priority retries errorMessage "
    "activityId activityInstanceId _kind=kind",
    also="logId=id",
    filters={f"{kind}Log": _LOG.kind == kind for kind in _KINDS},
    more=lambda row, given: {f"{kind}Log": row["_kind"] == kind for kind in _KINDS},
)


def log_details(unit: Unit, call: Call) -> Response:
    problem = missing(f"Historic external task log with id {call.id} does not exist")
    row = required(find(unit.connection, "external_log", call.id), problem)
    return Response(row["error_details"] or "", media_type="text/plain")


def _clauses(row: Row, name: str, given: Given) -> list[dict[str, Any]] | None:
    if not truth(given.get(f"include{name.title()}")):
        return None
    common = {"decisionInstanceId": row["id"], "createTime": moment(row["evaluationTime"])}
    common |= {"removalTime": moment(row["removalTime"]), "errorMessage": None}
    common |= {"rootProcessInstanceId": row["rootProcessInstanceId"]}
    return [clause | to_rest(values.load(clause["value"])) | common for clause in row[name]]


DECISIONS = Resource(
    path="/history/decision-instance",
    tables=(tables.decision_instance,),
    shown="id decisionDefinitionId=definition_id decisionDefinitionKey=definition_key decisionDefinitionName=name "
    "decisionRequirementsDefinitionId=graph_id decisionRequirementsDefinitionKey=graph_key evaluationTime=time "
    "removalTime userId inputs outputs activityId activityInstanceId processInstanceId rootProcessInstanceId "
    "processDefinitionId=process_definition_id processDefinitionKey=process_definition_key",
    nulls="caseDefinitionId caseDefinitionKey caseInstanceId collectResultValue rootDecisionInstanceId tenantId",
    also="decisionInstanceId=id evaluated=time",
    more=lambda row, given: {name: _clauses(row, name, given) for name in ("inputs", "outputs")},
)

RESOURCES = (INSTANCES, ACTIVITIES, TASKS, VARIABLES, DETAILS, INCIDENTS, LOGS, DECISIONS)
ROUTES: list[Route] = [
    *(route for resource in RESOURCES for route in resource.routes()),
    reading("/history/process-instance/report", report),
    reading("/history/process-definition/{id}/statistics", statistics),
    reading("/history/external-task-log/{id}/error-details", log_details),
]
