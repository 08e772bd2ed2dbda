"""The OpenAPI document is one, and holds every call."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator


@pytest.fixture
def described(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json)


def test_the_document_is_valid_openapi_31(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(described).validate()


def test_every_rest_route_is_in_the_document_and_nothing_else(app: Flask, described: dict[str, Any]) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("rest")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, methods in described["paths"].items() for method in methods}
    assert told == served
    assert len(served) >= 20


def test_the_four_first_calls_stand_at_both_places(described: dict[str, Any]) -> None:
    for name in ("create_invoice", "check_client", "check_medication", "send_email"):
        assert described["paths"][f"/{name}"]["post"]["summary"]
        assert described["paths"][f"/api/v1/{name}"]["post"]["requestBody"]


def test_every_call_but_the_open_ones_names_its_scope(described: dict[str, Any]) -> None:
    open_paths = {"/healthz", "/readyz", "/api/v1/openapi.json"}
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert bool(operation["security"]) == (path not in open_paths)
            assert ("Scope: `" in operation.get("description", "")) == (path not in open_paths)
