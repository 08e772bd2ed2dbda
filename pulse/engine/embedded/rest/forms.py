"""/task/{id}/form and its relatives: which form a task has, its file, the variables that it shows."""

from __future__ import annotations

from typing import Final

import orjson
from sqlalchemy import Connection, select
from starlette.responses import Response

from pulse.engine.embedded import tables
from pulse.engine.embedded.definitions import definition
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import tasks
from pulse.engine.embedded.rest.http import Call, Route, Row, invalid, missing, reading, required, told

DEPLOYED: Final = ("embedded:deployment:", "camunda-forms:deployment:")
_FILE, _DEPLOYMENT = tables.resource.c, tables.deployment.c


def _task(unit: Unit, call: Call, status: int = 400, kind: str = "RestException") -> Row:
    problem = RestProblem(status, kind, f"No task found for taskId '{call.id}': task is null", 0)
    return required(tasks.waiting(unit, call.id), problem)


def form(unit: Unit, call: Call) -> object:
    row = _task(unit, call)
    return {"key": row["form_key"], "contextPath": None, "camundaFormRef": row["form_ref"]}


def form_variables(unit: Unit, call: Call) -> object:
    """The variables that are seen from the task: all, or those named."""
    core, execution = tasks.load(unit, _task(unit, call))
    seen, names = core.state.visible(execution), call.query.get("variableNames")
    wanted = set(names.split(",")) if names else set(seen)
    chosen = {name: value for name, value in seen.items() if name in wanted}
    return told(chosen, deserialize=call.wants("deserializeValues"))


def deployed_form(unit: Unit, call: Call) -> Response:
    """The form's file: JSON of a Camunda form, or HTML."""
    row = _task(unit, call, 500, "NullValueException")
    key, reference = row["form_key"] or "", row["form_ref"]
    owner = definition(unit.connection, "process_definition", row["definition_id"])
    assert owner is not None
    if reference is not None:
        found = _by_reference(unit.connection, reference, owner["deployment_id"])
    elif key.startswith(DEPLOYED):
        found = _by_name(unit.connection, key.rpartition(":")[2], owner["deployment_id"])
    elif key:
        message = f"The form key '{key}' does not reference a deployed form."
        raise RestProblem(400, "BadUserRequestException", message)
    else:
        raise invalid("One of the attributes 'formKey' and 'camunda:formRef' must be supplied but none were set.")
    problem = missing(f"The form with the resource name '{key or reference}' cannot be found.")
    name, data = required(found, problem)
    kind = "application/xhtml+xml" if name.endswith((".html", ".xhtml")) else "application/json"
    return Response(data, media_type=kind)


def _by_name(connection: Connection, name: str, deployment_id: str) -> tuple[str, bytes] | None:
    query = select(_FILE.data).where(_FILE.deployment_id == deployment_id, _FILE.name == name)
    data = connection.scalar(query)
    return None if data is None else (name, bytes(data))


def _by_reference(connection: Connection, reference: Row, deployment_id: str) -> tuple[str, bytes] | None:
    """A Camunda form by the id in its JSON: of the same deployment, a version, or the newest."""
    query = select(_FILE.name, _FILE.data).join(tables.deployment, _DEPLOYMENT.id == _FILE.deployment_id)
    query = query.where(_FILE.name.like("%.form")).order_by(_DEPLOYMENT.time, _DEPLOYMENT.id)
    if reference["binding"] == "deployment":
        query = query.where(_FILE.deployment_id == deployment_id)
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
    reading("/task/{id}/form", form),
    reading("/task/{id}/form-variables", form_variables),
    reading("/task/{id}/deployed-form", deployed_form),
]
