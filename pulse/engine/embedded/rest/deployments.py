"""/deployment: files in, files out."""

from __future__ import annotations

import mimetypes
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from pulse.engine.embedded import deployments, tables
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest.definitions import DECISIONS, GRAPHS, PROCESSES
from pulse.engine.embedded.rest.http import Call, Route, reading, truth, writing
from pulse.engine.embedded.rest.problems import invalid, missing, required
from pulse.engine.embedded.rest.resource import Resource

_FILE = tables.resource.c
DEPLOYMENTS = Resource(
    path="/deployment",
    tables=(tables.deployment,),
    shown="id name source deploymentTime=time",
    also="deployed=time",
    more=lambda row, given: {"links": []},
    absent="Deployment with id '{}' does not exist",
)
FILES = Resource(path="", tables=(tables.resource,), shown="id name deploymentId", nulls="")
_BROUGHT = {
    "deployedProcessDefinitions": ("process_definition", PROCESSES),
    "deployedDecisionDefinitions": ("decision_definition", DECISIONS),
    "deployedDecisionRequirementsDefinitions": ("decision_graph", GRAPHS),
}


def create(unit: Unit, call: Call) -> object:
    if not call.request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise RestProblem(415, "NotSupportedException", "HTTP 415 Unsupported Media Type")
    if not call.files:
        raise invalid("No deployment resources contained in the form upload.")
    field, files = call.fields.get, {file.name: file.data for file in call.files}
    filtering, changed_only = truth(field("enable-duplicate-filtering")), truth(field("deploy-changed-only"))
    name, source = field("deployment-name"), field("deployment-source")
    done = deployments.deploy(unit, name, source, files, filtering=filtering, changed_only=changed_only)
    told = DEPLOYMENTS.tell_stored(done.row) | {"links": call.link("deployment", done.row["id"])}
    told["deployedCaseDefinitions"] = None
    for key, (kind, resource) in _BROUGHT.items():
        told[key] = {row["id"]: resource.tell_stored(row) for row in done.definitions.get(kind, ())} or None
    return told


def remove(unit: Unit, call: Call) -> None:
    deployments.remove(unit, call.id, cascade=truth(call.query.get("cascade")))


def registered(unit: Unit, call: Call) -> object:
    return list(unit.connection.scalars(select(tables.deployment.c.id)))


def resources(unit: Unit, call: Call) -> object:
    found = FILES.rows(unit, {"deploymentId": call.id})
    return required(found or None, missing(f"Deployment resources for deployment id '{call.id}' do not exist."))


def _file(unit: Unit, call: Call) -> Any:
    query = select(tables.resource).where(_FILE.id == call.path["resource"], _FILE.deployment_id == call.id)
    what = f"Deployment resource with resource id '{call.path['resource']}' for deployment id '{call.id}'"
    return required(unit.connection.execute(query).mappings().first(), missing(f"{what} does not exist."))


def data(unit: Unit, call: Call) -> Response:
    row = _file(unit, call)
    kind = "application/xml" if row["name"].endswith((".bpmn", ".dmn")) else mimetypes.guess_type(row["name"])[0]
    headers = {"Content-Disposition": f'attachment; filename="{row["name"]}"'}
    return Response(bytes(row["data"]), media_type=kind or "application/octet-stream", headers=headers)


ROUTES: list[Route] = [
    *DEPLOYMENTS.routes(),
    writing("POST", "/deployment/create", create),
    reading("/deployment/registered", registered),
    writing("DELETE", "/deployment/{id}", remove),
    reading("/deployment/{id}/resources", resources),
    reading("/deployment/{id}/resources/{resource}", lambda unit, call: FILES.tell_stored(_file(unit, call))),
    reading("/deployment/{id}/resources/{resource}/data", data),
]
