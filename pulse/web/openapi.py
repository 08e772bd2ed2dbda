"""The OpenAPI 3.1 document, from the models that validate and the endpoints that answer."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from db.tokens import SCOPES
from pulse.web.endpoint import DOCUMENT_TYPES, Endpoint, Placed
from pulse.web.idempotency import HEADER

_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457). `code` is stable; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "examples": ["not_found", "P102"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}

Inputs = dict[tuple[str, JsonSchemaMode], Any]


def document(placed: list[Placed], *, version: str) -> dict[str, Any]:
    """The document of all endpoints in their places."""
    schemas, components = _schemas([endpoint for _, endpoint in placed])
    paths: dict[str, Any] = {}
    for prefix, endpoint in placed:
        path = _PARAMETER.sub(r"{\2}", prefix + endpoint.path)
        again = not prefix and endpoint.at_root
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, schemas, at_root=again)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pulse",
            "version": version,
            "description": "Medication invoices of a Swiss health insurer: send them in, follow them, decide them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components | {"Problem": _PROBLEM},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"A token from `pulse token create`; scopes: {', '.join(SCOPES)}.",
                }
            },
        },
    }


def _schemas(endpoints: list[Endpoint]) -> tuple[Inputs, dict[str, Any]]:
    """A schema for each body and answer, and the parts they share."""
    inputs: dict[tuple[str, JsonSchemaMode], TypeAdapter[Any]] = {}
    for endpoint in endpoints:
        if endpoint.body is not None:
            inputs[_body_key(endpoint)] = TypeAdapter(endpoint.body)
        for model in endpoint.answers.values():
            if not isinstance(model, str):
                inputs[_answer_key(model)] = TypeAdapter(model)
    triples = [(key, key[1], adapter) for key, adapter in inputs.items()]
    found, definitions = TypeAdapter.json_schemas(triples, ref_template=_REF)
    return {key: found[key, key[1]] for key in inputs}, definitions.get("$defs", {})


def _body_key(endpoint: Endpoint) -> tuple[str, JsonSchemaMode]:
    return (f"{endpoint.method} {endpoint.path}", "validation")


def _answer_key(model: type[BaseModel]) -> tuple[str, JsonSchemaMode]:
    return (model.__name__, "serialization")


def _operation(endpoint: Endpoint, schemas: Inputs, *, at_root: bool) -> dict[str, Any]:
    summary, _, description = (endpoint.handler.__doc__ or "").strip().partition("\n")
    operation: dict[str, Any] = {
        "operationId": f"{endpoint.name}_at_root" if at_root else endpoint.name,
        "summary": summary,
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint), *_header_parameters(endpoint)],
        "responses": _responses(endpoint, schemas),
        "security": [{"token": []}] if endpoint.scope else [],
    }
    text = " ".join(description.split())
    if endpoint.scope:
        text = f"{text} Scope: `{endpoint.scope}`.".strip()
    if text:
        operation["description"] = text
    if endpoint.body is not None:
        content: dict[str, Any] = {"application/json": {"schema": schemas[_body_key(endpoint)]}}
        if endpoint.documents:
            binary = {"type": "string", "format": "binary"}
            content |= {kind: {"schema": binary} for kind in DOCUMENT_TYPES}
            form = {"type": "object", "required": ["file"], "properties": {"file": binary}}
            content["multipart/form-data"] = {"schema": form}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _responses(endpoint: Endpoint, schemas: Inputs) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, model in endpoint.answers.items():
        if isinstance(model, str):
            content: dict[str, Any] = {model: {"schema": {"type": "string", "format": "binary"}}}
            description = "The document."
        else:
            content = {"application/json": {"schema": schemas[_answer_key(model)]}}
            description = (model.__doc__ or model.__name__).strip().splitlines()[0]
        responses[str(status)] = {"description": description, "content": content}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses["default"] = {"description": "An error.", "content": problem}
    return responses


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1} if kind == "id" else {"type": "string"},
        }
        for kind, name in _PARAMETER.findall(endpoint.path)
    ]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    schema = endpoint.query.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": endpoint.query.model_fields[name].description or name,
            "schema": {key: value for key, value in part.items() if key != "description"},
        }
        for name, part in schema["properties"].items()
    ]


def _header_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if not endpoint.idempotent:
        return []
    text = "The same key with the same body gets the first answer again; with another body 422."
    return [{"name": HEADER, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}]
