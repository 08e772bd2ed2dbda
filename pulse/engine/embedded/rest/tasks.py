"""/task: lists for people, claiming, completing, comments, identity links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, true, update

from pulse.engine.embedded import tables
from pulse.engine.embedded.core import Core
from pulse.engine.embedded.engine import Unit, find
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import instances
from pulse.engine.embedded.rest.http import Call, Route, missing, told
from pulse.engine.embedded.rest.query import (
    Filter,
    Query,
    by_variables,
    fields,
    fitting,
    listed,
    reader,
    routes,
    truth,
)
from pulse.engine.embedded.state import Execution
from pulse.engine.embedded.values import to_rest

Row = Mapping[str, Any]
_TASK = tables.task.c
_INSTANCE = tables.instance.c
_LINK = tables.identity_link.c


def _linked(*wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_LINK.task_id == _TASK.id, *wanted)


def _candidate(condition: Callable[[Any], ColumnElement[bool]]) -> Filter:
    """Tasks offered to someone; taken ones only where they are asked for as well."""

    def build(value: Any, given: Row) -> ColumnElement[bool]:
        offered = condition(value)
        return offered if truth(given.get("includeAssignedTasks")) else and_(offered, _TASK.assignee.is_(None))

    return build


def _offered(column: ColumnElement[Any]) -> Filter:
    return _candidate(lambda value: _linked(_LINK.type == "candidate", column.in_(listed(value))))


def _any(column: ColumnElement[Any], *, present: bool) -> Filter:
    found = _linked(_LINK.type == "candidate", column.is_not(None))
    build = _candidate(lambda value: found if present else ~found)
    return lambda value, given: build(value, given) if truth(value) else true()


def _involved(value: Any, given: Row) -> ColumnElement[bool]:
    return or_(_TASK.assignee == value, _TASK.owner == value, _linked(_LINK.user_id == value))


_CANDIDATES: Final[Mapping[str, Filter]] = {
    "candidateGroup": _offered(_LINK.group_id),
    "candidateGroups": _offered(_LINK.group_id),
    "candidateUser": _offered(_LINK.user_id),
    "withCandidateGroups": _any(_LINK.group_id, present=True),
    "withoutCandidateGroups": _any(_LINK.group_id, present=False),
    "withCandidateUsers": _any(_LINK.user_id, present=True),
    "withoutCandidateUsers": _any(_LINK.user_id, present=False),
}


def _check(given: Row) -> None:
    if truth(given.get("includeAssignedTasks")) and not _CANDIDATES.keys() & given.keys():
        names = "candidateUser, candidateGroup, withCandidateGroups, withoutCandidateGroups, withCandidateUsers"
        message = f"Invalid query usage: {names} has to be called before 'includeAssignedTasks'."
        raise RestProblem(500, "ProcessEngineException", message, 0)


_NAME: Final = func.lower(_TASK.name)
QUERY = Query(
    source=tables.task.join(tables.instance, _INSTANCE.id == _TASK.instance_id),
    told=fields(
        "id name assignee created due followUp lastUpdated=updated delegationState=delegation description executionId "
        "owner parentTaskId priority processDefinitionId processInstanceId taskDefinitionKey caseExecutionId "
        "caseInstanceId caseDefinitionId suspended formKey camundaFormRef=form_ref tenantId taskState=state",
        tables.task,
    ),
    base=_TASK.end_time.is_(None),
    by=fields(
        "id taskId=id processInstanceId processInstanceBusinessKey=business_key processDefinitionId "
        "processDefinitionKey executionId activityInstanceId taskDefinitionKey assignee owner "
        "delegationState=delegation priority dueDate=due due followUpDate=follow_up followUp createdOn=created created "
        "updated",
        tables.task,
        tables.instance,
    ),
    flags={
        "assigned": _TASK.assignee.is_not(None),
        "unassigned": _TASK.assignee.is_(None),
        "withoutDueDate": _TASK.due.is_(None),
        "active": ~_TASK.suspended,
        "suspended": _TASK.suspended,
    },
    special={
        **_CANDIDATES,
        "name": lambda value, given: _NAME.in_([str(value).lower()]),
        "nameLike": lambda value, given: _NAME.like(str(value).lower()),
        "involvedUser": _involved,
        "minPriority": lambda value, given: _TASK.priority >= fitting(_TASK.priority, value),
        "maxPriority": lambda value, given: _TASK.priority <= fitting(_TASK.priority, value),
        "followUpBeforeOrNotExistent": lambda value, given: or_(
            _TASK.follow_up.is_(None), _TASK.follow_up < fitting(_TASK.follow_up, value)
        ),
        "processVariables": by_variables(_TASK.instance_id),
    },
    sorts=fields(
        "id name assignee priority created lastUpdated=updated dueDate=due followUpDate=follow_up description "
        "executionId instanceId",
        tables.task,
    )
    | {"nameCaseInsensitive": _NAME},
    check=_check,
)


def waiting(call: Call) -> Row | None:
    """The task of the path, if it waits."""
    return call.read(lambda connection: find(connection, "task", call.path["id"], _TASK.end_time.is_(None)))


# --- commands ---


def row_of(unit: Unit, call: Call, *, status: int = 500, kind: str = "NullValueException") -> Row:
    """The task of the path, to work on. RestProblem where it is gone or suspended."""
    identifier = call.path["id"]
    row = find(unit.connection, "task", identifier, _TASK.end_time.is_(None))
    if row is None:
        raise RestProblem(status, kind, f"Cannot find task with id {identifier}: task is null", 0)
    if row["suspended"]:
        message = f"ENGINE-03041 Cannot work on task {identifier}: it is suspended."
        raise RestProblem(400, "SuspendedEntityInteractionException", message, 0)
    return row


def change(unit: Unit, row: Row, **changed: Any) -> None:
    """Change columns of a task; it counts as updated."""
    changed |= {"updated": unit.now, "state": "Updated"}
    unit.connection.execute(update(tables.task).where(_TASK.id == row["id"]).values(changed))


def claim(call: Call) -> object:
    user = call.text("userId")

    def command(unit: Unit) -> None:
        row = row_of(unit, call)
        if user is not None and row["assignee"] not in {None, user}:
            message = f"Task '{row['id']}' is already claimed by someone else."
            raise RestProblem(500, "TaskAlreadyClaimedException", message, 0)
        if row["assignee"] != user:
            change(unit, row, assignee=user)

    return call.write(command)


def _assign(call: Call, user: str | None) -> object:
    return call.write(
        lambda unit: change(unit, row_of(unit, call, status=400, kind="NotFoundException"), assignee=user)
    )


def assignee(call: Call) -> object:
    return _assign(call, call.text("userId"))


def unclaim(call: Call) -> object:
    return _assign(call, None)


def delegate(call: Call) -> object:
    def command(unit: Unit) -> None:
        row = row_of(unit, call)
        owner = row["owner"] or row["assignee"]
        change(unit, row, owner=owner, assignee=call.text("userId"), delegation="PENDING")

    return call.write(command)


def resolve(call: Call) -> object:
    given = call.variables()

    def command(unit: Unit) -> None:
        row = row_of(unit, call)
        core, execution = _load(unit, row)
        core.set_variables(execution, given)
        unit.save(core)
        change(unit, row, assignee=row["owner"], delegation="RESOLVED")

    return call.write(command)


def _load(unit: Unit, row: Row, *, operation: str | None = None) -> tuple[Core, Execution]:
    core = unit.load(row["instance_id"], operation=operation)
    # a task that ended while this command waited for the instance's lock is gone from the tree
    execution = core.state.executions.get(row["execution_id"]) if core is not None else None
    if core is None or execution is None or execution.task != row["id"]:
        raise RestProblem(500, "NullValueException", f"Cannot find task with id {row['id']}: task is null", 0)
    return core, execution


def _finish(call: Call, doing: str) -> object:
    def command(unit: Unit) -> dict[str, Any]:
        given = call.variables()
        row = row_of(unit, call, kind="RestException")
        core, execution = _load(unit, row, operation=unit.operation())
        core.set_variables(execution, given)
        seen = core.state.visible(execution)
        core.complete(execution)
        unit.save(core)
        return told(seen, deserialize=True) if call.flag("withVariablesInReturn") else {}

    seen = call.write(command, f"Cannot {doing} {call.path['id']}")
    return seen if call.flag("withVariablesInReturn") else None


def complete(call: Call) -> object:
    return _finish(call, "complete task")


def submit_form(call: Call) -> object:
    return _finish(call, "submit task form")


def bpmn_error(call: Call) -> object:
    code, given = call.text("errorCode"), call.variables()
    if not code:
        raise RestProblem(400, "BadUserRequestException", "errorCode is empty", 0)

    def command(unit: Unit) -> None:
        row = row_of(unit, call, status=404, kind="NotFoundException")
        core, execution = _load(unit, row)
        core.set_variables(execution, given)
        core.error(execution, code, call.text("errorMessage"))
        unit.save(core)

    return call.write(command)


# --- variables ---


def variables(call: Call) -> object:
    """What is seen from the task; RestProblem 500 for an unknown one."""
    found = _seen(call)
    return told(found, deserialize=call.wants("deserializeValues"))


def _seen(call: Call) -> dict[str, Any]:
    row = waiting(call)
    if row is None:
        message = f"task {call.path['id']} doesn't exist: task is null"
        raise RestProblem(500, "NullValueException", message, 0)
    state = call.read(lambda connection: call.engine.store.load(connection, row["instance_id"]))
    return state.visible(state.executions[row["execution_id"]]) if state is not None else {}


def variable(call: Call) -> object:
    found, name = _seen(call), call.path["name"]
    if name not in found:
        raise missing(f"task variable with name {name} does not exist")
    return to_rest(found[name], deserialize=call.wants("deserializeValue"))


def modify_variables(call: Call) -> object:
    def command(unit: Unit) -> None:
        core, execution = _load(unit, row_of(unit, call), operation=unit.operation())
        instances.modify(unit, core, execution, call)

    return call.write(command, f"Cannot modify variables for task {call.path['id']}")


ROUTES: list[Route] = [
    *routes("/task", QUERY),
    ("POST", "/task/{id}/claim", claim),
    ("POST", "/task/{id}/unclaim", unclaim),
    ("POST", "/task/{id}/assignee", assignee),
    ("POST", "/task/{id}/delegate", delegate),
    ("POST", "/task/{id}/resolve", resolve),
    ("POST", "/task/{id}/complete", complete),
    ("POST", "/task/{id}/submit-form", submit_form),
    ("POST", "/task/{id}/bpmnError", bpmn_error),
    ("GET", "/task/{id}/variables", variables),
    ("POST", "/task/{id}/variables", modify_variables),
    ("GET", "/task/{id}/variables/{name}", variable),
    ("GET", "/task/{id}", reader(QUERY, "No matching task with id {}")),
]
