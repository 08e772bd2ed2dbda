"""/deployment: files in, files out."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from pulse.engine.embedded import deployments, tables
from pulse.engine.embedded.engine import find
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import definitions
from pulse.engine.embedded.rest.http import Call, Route, missing, self_link
from pulse.engine.embedded.rest.query import Query, fields, reader, routes, shown

_RESOURCE = tables.resource.c


QUERY = Query(
    source=tables.deployment,
    told=fields("id name source deploymentTime=time tenantId", tables.deployment),
    by=fields("id name source deployed=time", tables.deployment),
    sorts=fields("id name deploymentTime=time", tables.deployment),
    more=lambda row, given: {**row, "links": []},
)


def create(call: Call) -> object:
    if not call.files:
        raise RestProblem(400, "InvalidRequestException", "No deployment resources contained in the form upload.")
    field = call.fields.get
    files = {file.name: file.data for file in call.files}
    filtering, changed = (field(name) == "true" for name in ("enable-duplicate-filtering", "deploy-changed-only"))
    name, source = field("deployment-name"), field("deployment-source")
    done = call.write(
        lambda unit: deployments.deploy(unit, name, source, files, filtering=filtering, changed_only=changed)
    )

    def brought(kind: str) -> object:
        rows = done.definitions.get(kind)
        return {row["id"]: definitions.tell(row, kind) for row in rows} if rows else None

    return shown(done.row, QUERY.told) | {
        "links": self_link(call, "deployment", done.row["id"]),
        "deployedProcessDefinitions": brought("process_definition"),
        "deployedCaseDefinitions": None,
        "deployedDecisionDefinitions": brought("decision_definition"),
        "deployedDecisionRequirementsDefinitions": brought("decision_graph"),
    }


def remove(call: Call) -> object:
    cascade = call.wants("cascade", default=False)
    return call.write(lambda unit: deployments.remove(unit, call.path["id"], cascade=cascade))


def registered(call: Call) -> object:
    return call.read(lambda connection: list(connection.scalars(select(tables.deployment.c.id))))


def _tell_resource(row: Mapping[str, Any]) -> dict[str, object]:
    return {"id": row["id"], "name": row["name"], "deploymentId": row["deployment_id"]}


def resources(call: Call) -> object:
    identifier = call.path["id"]
    query = select(_RESOURCE.id, _RESOURCE.name, _RESOURCE.deployment_id).where(_RESOURCE.deployment_id == identifier)
    rows = call.read(lambda connection: connection.execute(query).mappings().all())
    if not rows:
        raise missing(f"Deployment resources for deployment id '{identifier}' do not exist.")
    return [_tell_resource(dict(row)) for row in rows]


def _resource(call: Call) -> Mapping[str, Any]:
    deployment, identifier = call.path["id"], call.path["resource"]
    here = _RESOURCE.deployment_id == deployment
    row = call.read(lambda connection: find(connection, "resource", identifier, here))
    if row is None:
        message = f"Deployment resource with resource id '{identifier}' for deployment id '{deployment}'"
        raise missing(f"{message} does not exist.")
    return row


def resource(call: Call) -> object:
    return _tell_resource(_resource(call))


def data(call: Call) -> object:
    row = _resource(call)
    kind = "application/xml" if row["name"].endswith((".bpmn", ".dmn")) else mimetypes.guess_type(row["name"])[0]
    headers = {"Content-Disposition": f'attachment; filename="{row["name"]}"'}
    return Response(row["data"], media_type=kind or "application/octet-stream", headers=headers)


ROUTES: list[Route] = [
    ("POST", "/deployment/create", create),
    ("GET", "/deployment/registered", registered),
    *routes("/deployment", QUERY),
    ("GET", "/deployment/{id}", reader(QUERY, "Deployment with id '{}' does not exist")),
    ("DELETE", "/deployment/{id}", remove),
    ("GET", "/deployment/{id}/resources", resources),
    ("GET", "/deployment/{id}/resources/{resource}", resource),
    ("GET", "/deployment/{id}/resources/{resource}/data", data),
]
