"""/task/{id}/comment, /task/{id}/identity-links: what people say about a task, and whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, insert, select

from pulse.engine.embedded import tables
from pulse.engine.embedded.engine import Unit, find, new_id
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import tasks
from pulse.engine.embedded.rest.http import Call, Route, missing, self_link
from pulse.engine.embedded.rest.query import fields, shown

Row = Mapping[str, Any]
_LINK = tables.identity_link.c
COMMENTS: Final = fields(
    "id userId taskId processInstanceId rootProcessInstanceId time removalTime message", tables.comment
)


def _tell_comment(row: Row) -> dict[str, Any]:
    return shown(row, COMMENTS) | {"links": []}


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

    told_as = _tell_comment(call.write(command))
    return told_as | {"links": self_link(call, f"task/{call.path['id']}/comment", told_as["id"])}


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
    row = tasks.waiting(call)
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
        row = tasks.row_of(unit, call)
        if kind in {"assignee", "owner"}:
            tasks.change(unit, row, **{kind: user})
            return
        kept = {"id": new_id(), "task_id": row["id"], "type": kind, "user_id": user, "group_id": group}
        unit.connection.execute(insert(tables.identity_link).values(kept))
        tasks.change(unit, row)

    return call.write(command)


def remove_link(call: Call) -> object:
    user, group, kind = _link(call)

    def command(unit: Unit) -> None:
        row = tasks.row_of(unit, call)
        if kind in {"assignee", "owner"}:
            tasks.change(unit, row, **{kind: None})
            return
        same = (_LINK.user_id == user) if user is not None else (_LINK.group_id == group)
        gone = delete(tables.identity_link).where(_LINK.task_id == row["id"], _LINK.type == kind, same)
        unit.connection.execute(gone)
        tasks.change(unit, row)

    return call.write(command)


ROUTES: list[Route] = [
    ("POST", "/task/{id}/comment/create", add_comment),
    ("GET", "/task/{id}/comment", comments),
    ("GET", "/process-instance/{id}/comment", instance_comments),
    ("GET", "/task/{id}/comment/{comment}", comment),
    ("GET", "/task/{id}/identity-links", links),
    ("POST", "/task/{id}/identity-links", add_link),
    ("POST", "/task/{id}/identity-links/delete", remove_link),
]
