"""/task/{id}/form, /task/{id}/comment, /task/{id}/identity-links: what belongs to a task."""

from __future__ import annotations

from typing import Any, Final

import orjson
from sqlalchemy import delete, insert, select
from starlette.responses import Response

from pulse.engine.embedded import forms, tables
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.model import Form
from pulse.engine.embedded.rest import form_html, tasks
from pulse.engine.embedded.rest.http import Call, Route, Row, reading, writing
from pulse.engine.embedded.rest.problems import invalid, missing, null, required
from pulse.engine.embedded.rest.resource import Condition, Resource
from pulse.engine.embedded.store import find, new_id

_FILE, _DEPLOYMENT = tables.resource.c, tables.deployment.c
_COMMENT, _LINK = tables.comment.c, tables.identity_link.c

# --- forms ---

XHTML: Final = "application/xhtml+xml"
DEPLOYED: Final = ("embedded:deployment:", "camunda-forms:deployment:")


def _task(unit: Unit, call: Call, problem: RestProblem) -> tuple[Row, Form | None]:
    """A task that waits, with its form."""
    row = required(tasks.waiting(unit, call.id), problem)
    process = unit.engine.definitions.process(unit.connection, row["definition_id"])
    return row, process.activities[row["activity_id"]].form


def form(unit: Unit, call: Call) -> object:
    row, kind = _task(unit, call, RestProblem(400, "RestException", f"Cannot get form for task {call.id}", 0))
    generated = kind is not None and kind.fields and not row["form_key"]
    key = f"embedded:engine://engine/:engine/task/{call.id}/rendered-form" if generated else row["form_key"]
    return {"key": key, "contextPath": None, "camundaFormRef": row["form_ref"]}


def form_variables(unit: Unit, call: Call) -> object:
    """The variables that are seen from the task and the fields of a generated form: all, or those named."""
    problem = RestProblem(400, "BadUserRequestException", f"Cannot find task with id '{call.id}'.: task is null", 0)
    row, kind = _task(unit, call, problem)
    core, execution = tasks.load(unit, row)
    seen, names = core.state.visible(execution), call.query.get("variableNames")
    seen |= {name: one.value for name, one in core.state.variables.get(call.id, {}).items()}
    if kind is not None:
        seen |= forms.variables(kind.fields, seen, core.lookup(execution))
    return call.told({name: seen[name] for name in seen if not names or name in names.split(",")})


def rendered_form(unit: Unit, call: Call) -> Response:
    """A generated form as HTML."""
    row, kind = _task(unit, call, null(f"Task '{call.id}' not found: task is null"))
    if kind is None or not kind.fields:
        raise missing(f"No matching rendered form for task with the id {call.id} found.")
    core, execution = tasks.load(unit, row)
    return Response(form_html.render(kind.fields, core.lookup(execution)), media_type=XHTML)


def deployed_form(unit: Unit, call: Call) -> Response:
    """The form's file: JSON of a Camunda form, or HTML."""
    row, _ = _task(unit, call, RestProblem(500, "NullPointerException", f"There is no task with id '{call.id}'"))
    key, reference = row["form_key"] or "", row["form_ref"]
    if reference is None and not key:
        raise invalid("One of the attributes 'formKey' and 'camunda:formRef' must be supplied but none were set.")
    if reference is None and not key.startswith(DEPLOYED):
        raise invalid(f"The form key '{key}' does not reference a deployed form.")
    owner = find(unit.connection, "process_definition", row["definition_id"])
    assert owner is not None
    files = _files(unit, key.rpartition(":")[2], reference, owner["deployment_id"])
    place = reference["version"] - 1 if reference is not None and reference["binding"] == "version" else -1
    if not files or place >= len(files):
        raise missing(f"The form with the resource name '{key or reference}' cannot be found.")
    name, data = files[place]
    kind = XHTML if name.endswith((".html", ".xhtml")) else "application/json"
    return Response(data, media_type=kind)


def _files(unit: Unit, name: str, reference: Row | None, deployment_id: str) -> list[tuple[str, bytes]]:
    """The files that may be a form, oldest first: by name, or by the id in the JSON of a Camunda form."""
    query = select(_FILE.name, _FILE.data).join(tables.deployment, _DEPLOYMENT.id == _FILE.deployment_id)
    query = query.where(_FILE.name == name if reference is None else _FILE.name.like("%.form"))
    if reference is None or reference["binding"] == "deployment":
        query = query.where(_FILE.deployment_id == deployment_id)
    found = unit.connection.execute(query.order_by(_DEPLOYMENT.time, _DEPLOYMENT.id))
    return [(file, bytes(data)) for file, data in found if reference is None or _form_id(data) == reference["key"]]


def _form_id(data: bytes) -> object:
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return content.get("id") if isinstance(content, dict) else None


# --- comments ---

COMMENTS = Resource(
    path="/comment",
    tables=(tables.comment,),
    shown="id userId taskId processInstanceId=process_id rootProcessInstanceId time message",
    nulls="removalTime",
    more=lambda row, given: {"links": []},
)


def add_comment(unit: Unit, call: Call) -> object:
    """A comment on a task; one that names the process instance stands with that as well.

    A comment on a task that is over knows no instance, as in the real engine.
    """
    task = required(find(unit.connection, "task", call.id), invalid(f"No task found for task id {call.id}"))
    message = required(call.text("message"), invalid("Not enough parameters submitted", 0))
    waits = task["end_time"] is None
    row = {"id": new_id(), "task_id": task["id"], "instance_id": task["instance_id"] if waits else None}
    row |= {"user_id": unit.user, "time": unit.now, "message": message, "process_id": call.text("processInstanceId")}
    unit.connection.execute(insert(tables.comment).values(row))
    if waits:
        tasks.change(unit, task)
    return COMMENTS.tell_stored(row) | {"links": call.link(f"task/{call.id}/comment", row["id"])}


def _comments(unit: Unit, *wanted: Condition) -> list[dict[str, Any]]:
    query = select(tables.comment).where(*wanted).order_by(_COMMENT.time.desc(), _COMMENT.id.desc())
    return [COMMENTS.tell_stored(dict(row)) for row in unit.connection.execute(query).mappings()]


def comments(unit: Unit, call: Call) -> object:
    required(find(unit.connection, "task", call.id), missing(f"No task found for task id {call.id}"))
    return _comments(unit, _COMMENT.task_id == call.id)


def comment(unit: Unit, call: Call) -> object:
    found = _comments(unit, _COMMENT.task_id == call.id, _COMMENT.id == call.path["comment"])
    problem = missing(f"Task comment with id {call.path['comment']} does not exist for task id '{call.id}'.")
    return required(next(iter(found), None), problem)


def attachments(unit: Unit, call: Call) -> object:
    """Nothing: files cannot be attached to tasks here."""
    required(find(unit.connection, "task", call.id), missing(f"No task found for task id {call.id}"))
    return []


# --- people ---


def links(unit: Unit, call: Call) -> object:
    """Assignee, owner and candidates of a task."""
    row = required(tasks.waiting(unit, call.id), null(f"Cannot find task with id {call.id}: task is null"))
    kept = unit.connection.execute(select(_LINK.user_id, _LINK.group_id, _LINK.type).where(_LINK.task_id == row["id"]))
    named = [(row[kind], None, kind) for kind in ("assignee", "owner") if row[kind]]
    found = [{"userId": user, "groupId": group, "type": kind} for user, group, kind in [*kept, *named]]
    return [link for link in found if call.query.get("type") in {None, link["type"]}]


def change_link(unit: Unit, call: Call, *, add: bool) -> None:
    """Add or remove a candidate, or set the assignee or the owner."""
    user, group, kind = call.text("userId"), call.text("groupId"), call.text("type") or ""
    if (user is None) == (group is None):
        raise invalid("Identity Link requires userId or groupId" + (", but not both." if user else "."))
    if not add and not kind:
        raise null("type is required when adding a new task identity link: type is null")
    row = tasks.row_of(unit, call, (400, "NotFoundException")) if add else tasks.row_of(unit, call)
    if kind in {"assignee", "owner"}:
        return tasks.change(unit, row, **{kind: user if add else None})
    tasks.note_link(unit, row, kind, {"user_id": user, "group_id": group}, added=add)
    if add:
        kept = {"id": new_id(), "task_id": row["id"], "type": kind, "user_id": user, "group_id": group}
        unit.connection.execute(insert(tables.identity_link).values(kept))
    else:
        same = (_LINK.user_id == user) if user is not None else (_LINK.group_id == group)
        unit.connection.execute(
            delete(tables.identity_link).where(_LINK.task_id == row["id"], _LINK.type == kind, same)
        )
    return tasks.change(unit, row)


ROUTES: list[Route] = [
    reading("/task/{id}/form", form),
    reading("/task/{id}/form-variables", form_variables),
    reading("/task/{id}/deployed-form", deployed_form),
    writing("POST", "/task/{id}/comment/create", add_comment),
    reading("/task/{id}/comment", comments),
    reading("/task/{id}/comment/{comment}", comment),
    reading("/process-instance/{id}/comment", lambda unit, call: _comments(unit, _COMMENT.process_id == call.id)),
    reading("/task/{id}/attachment", attachments),
    reading("/task/{id}/rendered-form", rendered_form),
    reading("/task/{id}/identity-links", links),
    writing("POST", "/task/{id}/identity-links", lambda unit, call: change_link(unit, call, add=True)),
    writing("POST", "/task/{id}/identity-links/delete", lambda unit, call: change_link(unit, call, add=False)),
]
