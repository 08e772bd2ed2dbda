"""/task: lists for people, claiming, completing, comments, identity links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update

from pulse.engine.embedded import tables
from pulse.engine.embedded.core import Core
from pulse.engine.embedded.engine import Unit, find, new_id
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import instances
from pulse.engine.embedded.rest.http import Call, Route, missing, moment, self_link, told
from pulse.engine.embedded.rest.query import (
    Filter,
    Query,
    among,
    by_variables,
    dated,
    equal,
    like,
    number,
    routes,
    truth,
    when,
    whether,
)
from pulse.engine.embedded.state import Execution
from pulse.engine.embedded.values import to_rest

Row = Mapping[str, Any]
_TASK = tables.task.c
_INSTANCE = tables.instance.c
_LINK = tables.identity_link.c


def tell(row: Row, given: Row | None = None) -> dict[str, Any]:
    """A task that waits."""
    return {
        "id": row["id"],
        "name": row["name"],
        "assignee": row["assignee"],
        "created": moment(row["created"]),
        "due": moment(row["due"]),
        "followUp": moment(row["follow_up"]),
        "lastUpdated": moment(row["updated"]),
        "delegationState": row["delegation"],
        "description": row["description"],
        "executionId": row["execution_id"],
        "owner": row["owner"],
        "parentTaskId": None,
        "priority": row["priority"],
        "processDefinitionId": row["definition_id"],
        "processInstanceId": row["instance_id"],
        "taskDefinitionKey": row["activity_id"],
        "caseExecutionId": None,
        "caseInstanceId": None,
        "caseDefinitionId": None,
        "suspended": row["suspended"],
        "formKey": row["form_key"],
        "camundaFormRef": row["form_ref"],
        "tenantId": None,
        "taskState": row["state"],
    }


def _linked(*wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_LINK.task_id == _TASK.id, *wanted)


def _candidate(condition: Callable[[Any], ColumnElement[bool]]) -> Filter:
    """Tasks offered to someone; taken ones only where they are asked for as well."""

    def build(value: Any, given: Row) -> ColumnElement[bool]:
        offered = condition(value)
        return offered if truth(given.get("includeAssignedTasks")) else and_(offered, _TASK.assignee.is_(None))

    return build


def _any_candidate(column: ColumnElement[Any], *, present: bool) -> Filter:
    found = _linked(_LINK.type == "candidate", column.is_not(None))
    build = _candidate(lambda value: found if present else ~found)
    return lambda value, given: build(value, given) if truth(value) else _TASK.id.is_not(None)


def _candidates(column: ColumnElement[Any]) -> Filter:
    def condition(value: Any) -> ColumnElement[bool]:
        names = value if isinstance(value, list) else str(value).split(",")
        return _linked(_LINK.type == "candidate", column.in_(names))

    return _candidate(condition)


def _dates(name: str, column: ColumnElement[Any], *, exact: str) -> dict[str, Filter]:
    return {
        exact: dated(lambda value: column == value),
        f"{name}Before": dated(lambda value: column < value),
        f"{name}After": dated(lambda value: column > value),
    }


def _folded(value: Any, given: Row) -> ColumnElement[bool]:
    return func.lower(_TASK.name) == str(value).lower()


def _involved(value: Any, given: Row) -> ColumnElement[bool]:
    return or_(_TASK.assignee == value, _TASK.owner == value, _linked(_LINK.user_id == value))


FILTERS: Final[Mapping[str, Filter]] = {
    "taskId": equal(_TASK.id),
    "taskIdIn": among(_TASK.id),
    "processInstanceId": equal(_TASK.instance_id),
    "processInstanceIdIn": among(_TASK.instance_id),
    "processInstanceBusinessKey": equal(_INSTANCE.business_key),
    "processInstanceBusinessKeyIn": among(_INSTANCE.business_key),
    "processInstanceBusinessKeyLike": like(_INSTANCE.business_key),
    "processDefinitionId": equal(_TASK.definition_id),
    "processDefinitionKey": equal(_TASK.definition_key),
    "processDefinitionKeyIn": among(_TASK.definition_key),
    "executionId": equal(_TASK.execution_id),
    "activityInstanceIdIn": among(_TASK.activity_instance_id),
    "taskDefinitionKey": equal(_TASK.activity_id),
    "taskDefinitionKeyIn": among(_TASK.activity_id),
    "taskDefinitionKeyLike": like(_TASK.activity_id),
    "name": _folded,
    "nameLike": lambda value, given: func.lower(_TASK.name).like(str(value).lower()),
    "assignee": equal(_TASK.assignee),
    "assigneeIn": among(_TASK.assignee),
    "assigneeLike": like(_TASK.assignee),
    "owner": equal(_TASK.owner),
    "assigned": when(_TASK.assignee.is_not(None)),
    "unassigned": when(_TASK.assignee.is_(None)),
    "involvedUser": _involved,
    "candidateGroup": _candidates(_LINK.group_id),
    "candidateGroups": _candidates(_LINK.group_id),
    "candidateUser": _candidates(_LINK.user_id),
    "withCandidateGroups": _any_candidate(_LINK.group_id, present=True),
    "withoutCandidateGroups": _any_candidate(_LINK.group_id, present=False),
    "withCandidateUsers": _any_candidate(_LINK.user_id, present=True),
    "withoutCandidateUsers": _any_candidate(_LINK.user_id, present=False),
    "delegationState": equal(_TASK.delegation),
    "priority": number(lambda value: _TASK.priority == value),
    "minPriority": number(lambda value: _TASK.priority >= value),
    "maxPriority": number(lambda value: _TASK.priority <= value),
    **_dates("due", _TASK.due, exact="dueDate"),
    **_dates("followUp", _TASK.follow_up, exact="followUpDate"),
    **_dates("created", _TASK.created, exact="createdOn"),
    "updatedAfter": dated(lambda value: _TASK.updated > value),
    "followUpBeforeOrNotExistent": dated(lambda value: or_(_TASK.follow_up.is_(None), _TASK.follow_up < value)),
    "withoutDueDate": when(_TASK.due.is_(None)),
    "active": whether(~_TASK.suspended),
    "suspended": whether(_TASK.suspended),
    "processVariables": by_variables(_TASK.instance_id),
}
SORTS: Final[Mapping[str, ColumnElement[Any]]] = {
    "id": _TASK.id,
    "name": _TASK.name,
    "nameCaseInsensitive": func.lower(_TASK.name),
    "assignee": _TASK.assignee,
    "priority": _TASK.priority,
    "created": _TASK.created,
    "lastUpdated": _TASK.updated,
    "dueDate": _TASK.due,
    "followUpDate": _TASK.follow_up,
    "description": _TASK.description,
    "executionId": _TASK.execution_id,
    "instanceId": _TASK.instance_id,
}
_CANDIDATES: Final = frozenset(name for name in FILTERS if "andidate" in name)


def _check(given: Row) -> None:
    if truth(given.get("includeAssignedTasks")) and not _CANDIDATES & given.keys():
        message = (
            "Invalid query usage: candidateUser, candidateGroup, candidateGroupLike, candidateGroupIn, "
            "withCandidateGroups, withoutCandidateGroups, withCandidateUsers, withoutCandidateUsers has to be called "
            "before 'includeAssignedTasks'."
        )
        raise RestProblem(500, "ProcessEngineException", message, 0)


JOINED: Final = tables.task.join(tables.instance, _INSTANCE.id == _TASK.instance_id)
QUERY = Query(
    source=JOINED,
    columns=[tables.task],
    base=_TASK.end_time.is_(None),
    filters=FILTERS,
    sorts=SORTS,
    tell=tell,
    check=_check,
)


def waiting(call: Call) -> Row | None:
    """The task of the path, if it waits."""
    return call.read(lambda connection: find(connection, "task", call.path["id"], _TASK.end_time.is_(None)))


def read(call: Call) -> object:
    row = waiting(call)
    if row is None:
        raise missing(f"No matching task with id {call.path['id']}")
    return tell(row)


# --- commands ---


def _row(unit: Unit, call: Call, *, status: int = 500, kind: str = "NullValueException") -> Row:
    identifier = call.path["id"]
    row = find(unit.connection, "task", identifier, _TASK.end_time.is_(None))
    if row is None:
        raise RestProblem(status, kind, f"Cannot find task with id {identifier}: task is null", 0)
    if row["suspended"]:
        message = f"ENGINE-03041 Cannot work on task {identifier}: it is suspended."
        raise RestProblem(400, "SuspendedEntityInteractionException", message, 0)
    return row


def _update(unit: Unit, row: Row, **changed: Any) -> None:
    changed |= {"updated": unit.now, "state": "Updated"}
    unit.connection.execute(update(tables.task).where(_TASK.id == row["id"]).values(changed))


def claim(call: Call) -> object:
    user = call.text("userId")

    def command(unit: Unit) -> None:
        row = _row(unit, call)
        if user is not None and row["assignee"] not in {None, user}:
            message = f"Task '{row['id']}' is already claimed by someone else."
            raise RestProblem(500, "TaskAlreadyClaimedException", message, 0)
        if row["assignee"] != user:
            _update(unit, row, assignee=user)

    return call.write(command)


def _assign(call: Call, user: str | None) -> object:
    return call.write(lambda unit: _update(unit, _row(unit, call, status=400, kind="NotFoundException"), assignee=user))


def assignee(call: Call) -> object:
    return _assign(call, call.text("userId"))


def unclaim(call: Call) -> object:
    return _assign(call, None)


def delegate(call: Call) -> object:
    def command(unit: Unit) -> None:
        row = _row(unit, call)
        owner = row["owner"] or row["assignee"]
        _update(unit, row, owner=owner, assignee=call.text("userId"), delegation="PENDING")

    return call.write(command)


def resolve(call: Call) -> object:
    given = call.variables()

    def command(unit: Unit) -> None:
        row = _row(unit, call)
        core, execution = _load(unit, row)
        core.set_variables(execution, given)
        unit.save(core)
        _update(unit, row, assignee=row["owner"], delegation="RESOLVED")

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
        row = _row(unit, call, kind="RestException")
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
        row = _row(unit, call, status=404, kind="NotFoundException")
        core, execution = _load(unit, row)
        core.set_variables(execution, given)
        core.error(execution, code, call.text("errorMessage"))
        unit.save(core)

    return call.write(command)


# --- variables, comments, links ---


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
        core, execution = _load(unit, _row(unit, call), operation=unit.operation())
        instances.modify(unit, core, execution, call)

    return call.write(command, f"Cannot modify variables for task {call.path['id']}")


def _tell_comment(row: Row) -> dict[str, Any]:
    return {
        "links": [],
        "id": row["id"],
        "userId": row["user_id"],
        "taskId": row["task_id"],
        "processInstanceId": row["instance_id"],
        "rootProcessInstanceId": row["instance_id"],
        "time": moment(row["time"]),
        "removalTime": None,
        "message": row["message"],
    }


def add_comment(call: Call) -> object:
    message = call.text("message")
    if not message:
        raise RestProblem(400, "InvalidRequestException", "Not enough parameters submitted")

    def command(unit: Unit) -> Row:
        row = find(unit.connection, "task", call.path["id"])
        if row is None:
            raise RestProblem(400, "InvalidRequestException", f"No task found for task id {call.path['id']}")
        kept = {"id": new_id(), "task_id": row["id"], "instance_id": row["instance_id"], "user_id": unit.user}
        kept |= {"time": unit.now, "message": message}
        unit.connection.execute(insert(tables.comment).values(kept))
        return kept

    shown = _tell_comment(call.write(command))
    return shown | {"links": self_link(call, f"task/{call.path['id']}/comment", shown["id"])}


def _comments(call: Call, column: ColumnElement[Any]) -> object:
    order = (tables.comment.c.time.desc(), tables.comment.c.id.desc())
    query = select(tables.comment).where(column == call.path["id"]).order_by(*order)
    rows = call.read(lambda connection: connection.execute(query).mappings().all())
    return [_tell_comment(dict(row)) for row in rows]


def comments(call: Call) -> object:
    if call.read(lambda connection: find(connection, "task", call.path["id"])) is None:
        raise missing(f"No task found for task id {call.path['id']}")
    return _comments(call, tables.comment.c.task_id)


def instance_comments(call: Call) -> object:
    return _comments(call, tables.comment.c.instance_id)


def comment(call: Call) -> object:
    here = tables.comment.c.task_id == call.path["id"]
    row = call.read(lambda connection: find(connection, "comment", call.path["comment"], here))
    if row is None:
        raise missing(f"Task comment with id {call.path['comment']} does not exist for task id '{call.path['id']}'.")
    return _tell_comment(row)


def links(call: Call) -> object:
    """Assignee, owner and candidates of a task."""
    row = waiting(call)
    if row is None:
        raise RestProblem(500, "NullValueException", f"Cannot find task with id {call.path['id']}: task is null", 0)
    query = select(tables.identity_link).where(_LINK.task_id == row["id"])
    kept = call.read(lambda connection: connection.execute(query).mappings().all())
    found = [{"userId": link["user_id"], "groupId": link["group_id"], "type": link["type"]} for link in kept]
    found += [{"userId": row[kind], "groupId": None, "type": kind} for kind in ("assignee", "owner") if row[kind]]
    wanted = call.query.get("type")
    return [link for link in found if wanted in {None, link["type"]}]


def _link(call: Call) -> tuple[str | None, str | None, str]:
    user, group, kind = (call.text(name) for name in ("userId", "groupId", "type"))
    if (user is None) == (group is None):
        both = "Identity Link requires userId or groupId" + (", but not both." if user else ".")
        raise RestProblem(400, "InvalidRequestException", both)
    return user, group, kind or ""


def add_link(call: Call) -> object:
    user, group, kind = _link(call)

    def command(unit: Unit) -> None:
        row = _row(unit, call)
        if kind in {"assignee", "owner"}:
            _update(unit, row, **{kind: user})
            return
        kept = {"id": new_id(), "task_id": row["id"], "type": kind, "user_id": user, "group_id": group}
        unit.connection.execute(insert(tables.identity_link).values(kept))
        _update(unit, row)

    return call.write(command)


def remove_link(call: Call) -> object:
    user, group, kind = _link(call)

    def command(unit: Unit) -> None:
        row = _row(unit, call)
        if kind in {"assignee", "owner"}:
            _update(unit, row, **{kind: None})
            return
        same = (_LINK.user_id == user) if user is not None else (_LINK.group_id == group)
        gone = delete(tables.identity_link).where(_LINK.task_id == row["id"], _LINK.type == kind, same)
        unit.connection.execute(gone)
        _update(unit, row)

    return call.write(command)


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
    ("POST", "/task/{id}/comment/create", add_comment),
    ("GET", "/task/{id}/comment", comments),
    ("GET", "/process-instance/{id}/comment", instance_comments),
    ("GET", "/task/{id}/comment/{comment}", comment),
    ("GET", "/task/{id}/identity-links", links),
    ("POST", "/task/{id}/identity-links", add_link),
    ("POST", "/task/{id}/identity-links/delete", remove_link),
    ("GET", "/task/{id}", read),
]
