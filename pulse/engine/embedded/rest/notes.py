"""/task/{id}/comment, /task/{id}/identity-links: what people say about a task, and whom it concerns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select

from pulse.engine.embedded import tables
from pulse.engine.embedded.engine import Unit, find, new_id
from pulse.engine.embedded.rest import tasks
from pulse.engine.embedded.rest.filters import Condition
from pulse.engine.embedded.rest.http import Call, Route, invalid, missing, null, reading, required, writing
from pulse.engine.embedded.rest.resource import Resource

_COMMENT, _LINK = tables.comment.c, tables.identity_link.c
COMMENTS = Resource(
    path="/comment",
    tables=(tables.comment,),
    shown="id userId taskId processInstanceId rootProcessInstanceId time message",
    nulls="removalTime",
    more=lambda row, given: {"links": []},
)


def add_comment(unit: Unit, call: Call) -> object:
    message = call.text("message")
    if not message:
        raise invalid("Not enough parameters submitted")
    task = required(find(unit.connection, "task", call.id), invalid(f"No task found for task id {call.id}"))
    row = {"id": new_id(), "task_id": task["id"], "instance_id": task["instance_id"], "user_id": unit.user}
    row |= {"time": unit.now, "message": message}
    unit.connection.execute(insert(tables.comment).values(row))
    return COMMENTS.tell_stored(row) | {"links": call.link(f"task/{call.id}/comment", row["id"])}


def _comments(unit: Unit, *wanted: Condition) -> list[dict[str, Any]]:
    query = select(tables.comment).where(*wanted).order_by(_COMMENT.time.desc(), _COMMENT.id.desc())
    return [COMMENTS.tell_stored(dict(row)) for row in unit.connection.execute(query).mappings()]


def comments(unit: Unit, call: Call) -> object:
    required(find(unit.connection, "task", call.id), missing(f"No task found for task id {call.id}"))
    return _comments(unit, _COMMENT.task_id == call.id)


def instance_comments(unit: Unit, call: Call) -> object:
    return _comments(unit, _COMMENT.instance_id == call.id)


def comment(unit: Unit, call: Call) -> object:
    found = _comments(unit, _COMMENT.task_id == call.id, _COMMENT.id == call.path["comment"])
    problem = missing(f"Task comment with id {call.path['comment']} does not exist for task id '{call.id}'.")
    return required(next(iter(found), None), problem)


def links(unit: Unit, call: Call) -> object:
    """Assignee, owner and candidates of a task."""
    row = required(tasks.waiting(unit, call.id), null(f"Cannot find task with id {call.id}: task is null"))
    kept = unit.connection.execute(select(_LINK.user_id, _LINK.group_id, _LINK.type).where(_LINK.task_id == row["id"]))
    named = [(row[kind], None, kind) for kind in ("assignee", "owner") if row[kind]]
    found = [{"userId": user, "groupId": group, "type": kind} for user, group, kind in [*kept, *named]]
    return [link for link in found if call.query.get("type") in {None, link["type"]}]


def _link(call: Call) -> tuple[str | None, str | None, str]:
    user, group, kind = (call.text(name) for name in ("userId", "groupId", "type"))
    if (user is None) == (group is None):
        raise invalid("Identity Link requires userId or groupId" + (", but not both." if user else "."))
    return user, group, kind or ""


def add_link(unit: Unit, call: Call) -> None:
    (user, group, kind), row = _link(call), tasks.row_of(unit, call)
    if kind in {"assignee", "owner"}:
        return tasks.change(unit, row, **{kind: user})
    kept = {"id": new_id(), "task_id": row["id"], "type": kind, "user_id": user, "group_id": group}
    unit.connection.execute(insert(tables.identity_link).values(kept))
    return tasks.change(unit, row)


def remove_link(unit: Unit, call: Call) -> None:
    (user, group, kind), row = _link(call), tasks.row_of(unit, call)
    if kind in {"assignee", "owner"}:
        return tasks.change(unit, row, **{kind: None})
    same = (_LINK.user_id == user) if user is not None else (_LINK.group_id == group)
    gone = delete(tables.identity_link).where(_LINK.task_id == row["id"], _LINK.type == kind, same)
    unit.connection.execute(gone)
    return tasks.change(unit, row)


ROUTES: list[Route] = [
    writing("POST", "/task/{id}/comment/create", add_comment),
    reading("/task/{id}/comment", comments),
    reading("/process-instance/{id}/comment", instance_comments),
    reading("/task/{id}/comment/{comment}", comment),
    reading("/task/{id}/identity-links", links),
    writing("POST", "/task/{id}/identity-links", add_link),
    writing("POST", "/task/{id}/identity-links/delete", remove_link),
]
