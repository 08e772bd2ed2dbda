"""/task/{id}/form and its relatives: which form a task has, its file, the variables that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select
from starlette.responses import Response

from pulse.engine.embedded import tables
from pulse.engine.embedded.definitions import definition
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import tasks
from pulse.engine.embedded.rest.http import Call, Route, told

DEPLOYED: Final = ("embedded:deployment:", "camunda-forms:deployment:")


def _task(call: Call, status: int = 400) -> Mapping[str, Any]:
    row = tasks.waiting(call)
    if row is None:
        kind = "RestException" if status == 400 else "NullValueException"
        raise RestProblem(status, kind, f"No task found for taskId '{call.path['id']}': task is null", 0)
    return row


def form(call: Call) -> object:
    row = _task(call)
    return {"key": row["form_key"], "contextPath": None, "camundaFormRef": row["form_ref"]}


def form_variables(call: Call) -> object:
    """The variables that are seen from the task: all, or those named."""
    row = _task(call)
    state = call.read(lambda connection: call.engine.store.load(connection, row["instance_id"]))
    seen = state.visible(state.executions[row["execution_id"]]) if state is not None else {}
    names = call.query.get("variableNames")
    wanted = set(names.split(",")) if names else set(seen)
    chosen = {name: value for name, value in seen.items() if name in wanted}
    return told(chosen, deserialize=call.wants("deserializeValues"))


def deployed_form(call: Call) -> object:
    """The form's file: JSON of a Camunda form, or HTML."""
    row = _task(call, 500)
    key, reference = row["form_key"] or "", row["form_ref"]
    if reference is None and not key.startswith(DEPLOYED):
        message = "One of the attributes 'formKey' and 'camunda:formRef' must be supplied but none were set."
        if key:
            message = f"The form key '{key}' does not reference a deployed form."
        raise RestProblem(400, "BadUserRequestException" if key else "InvalidRequestException", message)

    def find(connection: Connection) -> tuple[str, bytes] | None:
        owner = definition(connection, "process_definition", row["definition_id"])
        assert owner is not None
        if reference is not None:
            return _by_reference(connection, reference, owner["deployment_id"])
        return _by_name(connection, key.rpartition(":")[2], owner["deployment_id"])

    found = call.read(find)
    if found is None:
        message = f"The form with the resource name '{key or reference}' cannot be found."
        raise RestProblem(404, "InvalidRequestException", message)
    name, data = found
    kind = "application/xhtml+xml" if name.endswith((".html", ".xhtml")) else "application/json"
    return Response(data, media_type=kind)


def _by_name(connection: Connection, name: str, deployment_id: str) -> tuple[str, bytes] | None:
    column = tables.resource.c
    query = select(column.data).where(column.deployment_id == deployment_id, column.name == name)
    data = connection.scalar(query)
    return None if data is None else (name, bytes(data))


def _by_reference(connection: Connection, reference: Mapping[str, Any], deployment_id: str) -> tuple[str, bytes] | None:
    """A Camunda form by the id in its JSON: of the same deployment, a version, or the newest."""
    column, deployed = tables.resource.c, tables.deployment.c
    query = select(column.name, column.data).join(tables.deployment, deployed.id == column.deployment_id)
    query = query.where(column.name.like("%.form")).order_by(deployed.time, deployed.id)
    if reference["binding"] == "deployment":
        query = query.where(column.deployment_id == deployment_id)
    found = [(name, bytes(data)) for name, data in connection.execute(query) if _form_id(data) == reference["key"]]
    place = reference["version"] - 1 if reference["binding"] == "version" else -1
    return found[place] if found and place < len(found) else None


def _form_id(data: bytes) -> object:
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return content.get("id") if isinstance(content, dict) else None


ROUTES: list[Route] = [
    ("GET", "/task/{id}/form", form),
    ("GET", "/task/{id}/form-variables", form_variables),
    ("GET", "/task/{id}/deployed-form", deployed_form),
]
