"""/task: lists for people, claiming, completing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select, true, update
from starlette.responses import Response

from pulse.engine.embedded import forms, tables
from pulse.engine.embedded.core import Core
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import hal
from pulse.engine.embedded.rest.http import Call, Route, Row, reading, told, truth, writing
from pulse.engine.embedded.rest.problems import null, refused, required, telling
from pulse.engine.embedded.rest.resource import Condition, Filter, Given, Resource, by_variables, fitting, here, listed
from pulse.engine.embedded.scopes import link_note
from pulse.engine.embedded.state import Execution
from pulse.engine.embedded.store import find, new_id

_TASK, _LINK, _MEMBER = tables.task.c, tables.identity_link.c, tables.membership.c
_NAME: Final = func.lower(_TASK.name)


# --- lists ---


def _linked(*wanted: Condition) -> Condition:
    return exists().where(_LINK.task_id == _TASK.id, *wanted)


def _free(offered: Condition, given: Given) -> Condition:
    """Tasks offered to someone; taken ones only where they are asked for as well."""
    return offered if truth(given.get("includeAssignedTasks")) else and_(offered, _TASK.assignee.is_(None))


def _candidate(column: ColumnElement[Any]) -> Filter:
    return lambda value, given: _free(_linked(_LINK.type == "candidate", column.in_(listed(value))), given)


def _any(column: ColumnElement[Any], *, present: bool = True) -> Filter:
    offered = _linked(_LINK.type == "candidate", column.is_not(None))
    wanted = offered if present else ~offered
    return lambda value, given: _free(wanted, given) if truth(value) else true()


def _of_user(value: Any, given: Given) -> Condition:
    """Tasks that a user may claim: offered to the user, or to a group of the user's."""
    groups = select(_MEMBER.group_id).where(_MEMBER.user_id == value)
    offered = or_(_LINK.user_id == value, _LINK.group_id.in_(groups))
    return _free(_linked(_LINK.type == "candidate", offered), given)


_CANDIDATES: Final[Mapping[str, Filter]] = {
    "candidateGroup": _candidate(_LINK.group_id),
    "candidateGroups": _candidate(_LINK.group_id),
    "candidateUser": _of_user,
    "withCandidateGroups": _any(_LINK.group_id),
    "withoutCandidateGroups": _any(_LINK.group_id, present=False),
    "withCandidateUsers": _any(_LINK.user_id),
    "withoutCandidateUsers": _any(_LINK.user_id, present=False),
}
_DUE: Final = ("dueDate", "dueBefore", "dueAfter")


def _check(given: Given) -> None:
    groups = [name for name in ("candidateGroup", "candidateGroups") if given.get(name) is not None]
    if groups and given.get("candidateUser") is not None:
        raise refused(f"Invalid query usage: cannot set both {groups[0]} and candidateUser")
    if truth(given.get("withoutDueDate")) and any(given.get(name) is not None for name in _DUE):
        message = "cannot set both due date (equal to, before, or after) and withoutDueDate filters."
        raise refused(f"Invalid query usage: {message}")
    if truth(given.get("includeAssignedTasks")) and not _CANDIDATES.keys() & given.keys():
        names = (
            "candidateUser, candidateGroup, candidateGroupLike, candidateGroupIn, withCandidateGroups, "
            "withoutCandidateGroups, withCandidateUsers, withoutCandidateUsers"
        )
        raise refused(f"Invalid query usage: {names} has to be called before 'includeAssignedTasks'.")


TASKS = Resource(
    path="/task",
    tables=(tables.task, tables.instance),
    shown="id name assignee created due followUp lastUpdated=updated delegationState=delegation description "
    "executionId owner priority processDefinitionId processInstanceId taskDefinitionKey suspended formKey "
    "camundaFormRef=form_ref taskState=state",
    nulls="parentTaskId caseExecutionId caseInstanceId caseDefinitionId tenantId",
    also="taskId=id processInstanceBusinessKey=business_key processDefinitionKey activityInstanceId instanceId "
    "dueDate=due followUpDate=follow_up createdOn=created updated",
    base=_TASK.end_time.is_(None),
    filters={
        **_CANDIDATES,
        "assigned": _TASK.assignee.is_not(None),
        "unassigned": _TASK.assignee.is_(None),
        "withoutDueDate": _TASK.due.is_(None),
        "name": lambda value, given: _NAME.in_([str(value).lower()]),
        "nameLike": lambda value, given: _NAME.like(str(value).lower()),
        "involvedUser": lambda value, given: or_(
            _TASK.assignee == value, _TASK.owner == value, _linked(_LINK.user_id == value)
        ),
        "minPriority": lambda value, given: _TASK.priority >= fitting(_TASK.priority, value),
        "maxPriority": lambda value, given: _TASK.priority <= fitting(_TASK.priority, value),
        "followUpBeforeOrNotExistent": lambda value, given: or_(
            _TASK.follow_up.is_(None), _TASK.follow_up < fitting(_TASK.follow_up, value)
        ),
        "processVariables": by_variables(here(_TASK.instance_id), "process variable"),
        "taskVariables": by_variables(tables.variable.c.task_id == _TASK.id, "task variable"),
    },
    sorts={"nameCaseInsensitive": _NAME},
    check=_check,
    absent="No matching task with id {}",
)


# --- commands ---


def waiting(unit: Unit, identifier: str) -> Row | None:
    """A task that waits to be completed."""
    return find(unit.connection, "task", identifier, _TASK.end_time.is_(None))


_SUSPENDED: Final = (400, "SuspendedEntityInteractionException")


def row_of(
    unit: Unit,
    call: Call,
    gone: tuple[int, str] = (500, "NullValueException"),
    suspended: tuple[int, str] = _SUSPENDED,
) -> Row:
    """The task of the path, to work on. RestProblem of the status and type given where it is gone or suspended."""
    problem = RestProblem(*gone, f"Cannot find task with id {call.id}: task is null", 0)
    row = required(waiting(unit, call.id), problem)
    if row["suspended"]:
        raise RestProblem(*suspended, f"ENGINE-03043 task with id '{call.id}' is suspended.", 0)
    return row


def load(unit: Unit, row: Row) -> tuple[Core, Execution]:
    """The instance of a task, and where the task stands in it."""
    core = unit.load(row["instance_id"])
    # a task that ended while this command waited for the instance's lock is gone from the tree
    execution = core.state.executions.get(row["execution_id"]) if core is not None else None
    if core is None or execution is None or execution.task != row["id"]:
        raise null(f"Cannot find task with id {row['id']}: task is null")
    return core, execution


def note_link(unit: Unit, row: Row, kind: str, who: Row, *, added: bool) -> None:
    """Put on record that someone was linked to a task, or is no longer."""
    note = link_note(new_id(), dict(row), kind, dict(who), by=unit.user, now=unit.now, added=added)
    unit.connection.execute(insert(tables.link_log).values(note))


def change(unit: Unit, row: Row, doing: str | None = None, **changed: Any) -> None:
    """Change columns of a task; it counts as updated. `doing` is what the person who asks is said to have done."""
    differing = {name: value for name, value in changed.items() if value != row[name]}
    for kind in ("assignee", "owner"):
        if kind in differing and row[kind] is not None:
            note_link(unit, row, kind, {"user_id": row[kind]}, added=False)
        if differing.get(kind) is not None:
            note_link(unit, row, kind, {"user_id": differing[kind]}, added=True)
    if doing is not None:
        unit.record("Task", doing, dict(row), *((name, row[name], value) for name, value in differing.items()))
    changed |= {"updated": unit.now, "state": "Updated"}
    unit.connection.execute(update(tables.task).where(_TASK.id == row["id"]).values(changed))


def claim(unit: Unit, call: Call) -> None:
    row, user = row_of(unit, call), call.text("userId")
    if user is not None and row["assignee"] not in {None, user}:
        message = f"ENGINE-03035 Task '{row['id']}' is already claimed by someone else."
        raise RestProblem(500, "TaskAlreadyClaimedException", message, 0)
    change(unit, row, "Claim", assignee=user)


def assign(unit: Unit, call: Call, user: str | None) -> None:
    change(unit, row_of(unit, call, (400, "NotFoundException")), "Assign", assignee=user)


def delegate(unit: Unit, call: Call) -> None:
    row = row_of(unit, call)
    to = {"owner": row["owner"] or row["assignee"], "assignee": call.text("userId"), "delegation": "PENDING"}
    change(unit, row, "Delegate", **to)


def resolve(unit: Unit, call: Call) -> None:
    # Unlike completing, resolving names the task only where a value cannot be read (TaskResourceImpl.resolve).
    with telling(f"Cannot resolve task {call.path['id']}"):
        given = call.variables()
    row = row_of(unit, call)
    core, execution = load(unit, row)
    core.set_variables(execution, given)
    _resolve(unit, row, core)


def _resolve(unit: Unit, row: Row, core: Core) -> None:
    """The task goes back to who has delegated it."""
    unit.save(core)
    change(unit, row, "Resolve", assignee=row["owner"], delegation="RESOLVED")


def complete(unit: Unit, call: Call, *, by_form: bool = False) -> object:
    """Complete a task; what is given `by_form` is checked and converted as a generated form says.

    A form of a delegated task resolves it.
    """
    told_so = (500, "RestException")
    given, row = call.variables(), row_of(unit, call, told_so, told_so)
    core, execution = load(unit, row)
    form = core.process.activities[row["activity_id"]].form
    if by_form:
        core.note_fields(given, execution, task=row["id"])
    if by_form and form is not None:
        given = forms.submitted(form.fields, given, core.lookup(execution))
    core.set_variables(execution, given)
    if by_form and row["delegation"] == "PENDING":
        _resolve(unit, row, core)
    else:
        core.complete(execution)
        unit.save(core)
        unit.record("Task", "Complete", dict(row), ("delete", False, True))
    return told(core.seen) if call.flag("withVariablesInReturn") else None


def bpmn_error(unit: Unit, call: Call) -> None:
    code, given = call.text("errorCode"), call.variables()
    if not code:
        raise RestProblem(400, "RestException", "errorCode is empty", 0)
    core, execution = load(unit, row_of(unit, call, (404, "RestException"), (400, "RestException")))
    core.set_variables(execution, given)
    core.error(execution, code, call.text("errorMessage"))
    unit.save(core)


def hal_or_list(unit: Unit, call: Call) -> object:
    """The list, for clients that accept nothing else as application/hal+json."""
    found = TASKS.page(unit, call)
    if call.request.headers.get("accept") != hal.HAL:
        return found
    return Response(orjson.dumps(hal.told(found, TASKS.count(unit, call)["count"])), media_type=hal.HAL)


ROUTES: list[Route] = [
    reading("/task", hal_or_list),
    *TASKS.routes(),
    writing("POST", "/task/{id}/claim", claim),
    writing("POST", "/task/{id}/unclaim", lambda unit, call: assign(unit, call, None)),
    writing("POST", "/task/{id}/assignee", lambda unit, call: assign(unit, call, call.text("userId"))),
    writing("POST", "/task/{id}/delegate", delegate),
    writing("POST", "/task/{id}/resolve", resolve),
    writing("POST", "/task/{id}/complete", complete, "Cannot complete task {id}"),
    writing("POST", "/task/{id}/submit-form", partial(complete, by_form=True), "Cannot submit task form {id}"),
    writing("POST", "/task/{id}/bpmnError", bpmn_error),
]
