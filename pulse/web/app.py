"""The web application: REST for integrators, pages for assistants and controllers."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Flask, Response, jsonify, request
from flask_wtf.csrf import CSRFProtect

from pulse.claims.office import Office
from pulse.web import api, endpoint, health, openapi, pages
from pulse.web.endpoint import Call, Placed, Routes, placed
from pulse.web.headers import secure
from pulse.web.pages.people import LONGEST
from pulse.web.problems import problem_of

PREFIX = "/api/v1"


def create_app(office: Office, *, secret_key: str) -> Flask:
    """The application over an office; `secret_key` signs the session cookies. Opens nothing by itself."""
    https = office.policy.web_url.startswith("https://")
    app = Flask("pulse.web")
    app.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME="__Host-pulse" if https else "pulse",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=LONGEST,
        MAX_CONTENT_LENGTH=endpoint.MAX_UPLOAD_BYTES,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=5000,
        WTF_CSRF_TIME_LIMIT=None,
    )
    secure(app, https=https)
    served = surface()
    endpoint.bind(app, office, served)
    protection = CSRFProtect(app)
    for view in app.view_functions.values():
        protection.exempt(view)  # REST knows bearer tokens only: no browser sends one by itself
    pages.serve(app, office)
    machine_paths = frozenset(prefix + one.path for prefix, one in served)

    @app.errorhandler(Exception)
    def tell(error: Exception) -> Any:
        problem = problem_of(error)
        for_machines = request.path.startswith("/api/") or request.path in machine_paths
        return problem.response() if for_machines else pages.error_page(problem)

    return app


def surface() -> list[Placed]:
    """Every REST call with its place: what is served, and what the OpenAPI document describes."""
    described = Routes()

    @described.get("/openapi.json", scope=None, answers={200: "application/json"})
    def get_openapi(_call: Call) -> Response:
        """This document."""
        return jsonify(openapi.document(served, version=_version()))

    served = [*placed([*api.ENDPOINTS, *described.endpoints], PREFIX), *placed(health.routes.endpoints, "")]
    return served


def _version() -> str:
    try:
        return version("pulse-claims")
    except PackageNotFoundError:
        return "0"
