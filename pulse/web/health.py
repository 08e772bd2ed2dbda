"""Is the process alive, and can it do its work?"""

from __future__ import annotations

import copy

from flask import Response
from sqlalchemy.exc import SQLAlchemyError

from db.upgrade import schema
from pulse.base.errors import PulseError
from pulse.claims.office import Office
from pulse.engine.errors import EngineError
from pulse.web.api.models import Reply
from pulse.web.endpoint import Answer, Call, Routes
from pulse.web.problems import Problem

routes = Routes()
_PATIENCE_S = 2.0


class Alive(Reply):
    """The process answers."""

    status: str = "ok"


class Ready(Reply):
    """Database and engine answer."""

    status: str = "ok"
    checks: dict[str, str]


@routes.get("/healthz", scope=None, answers={200: Alive})
def healthz(_call: Call) -> Answer:
    """Is the process alive?"""
    return Answer(body=Alive())


@routes.get("/readyz", scope=None, answers={200: Ready})
def readyz(call: Call) -> Answer | Response:
    """Can it do its work? 503 says in `checks` what is missing."""
    checks = {"database": _database(call.office), "engine": _engine(call.office)}
    missing = [name for name, state in checks.items() if state != "ok"]
    if missing:
        detail = f"Not ready: {', '.join(missing)}."
        return Problem(status=503, code="not_ready", detail=detail, extra={"checks": checks}).response()
    return Answer(body=Ready(checks=checks))


def _database(office: Office) -> str:
    try:
        return "ok" if schema(office.database) == "current" else "schema_not_current"
    except PulseError as error:
        return error.reason
    except SQLAlchemyError:
        return "database_unavailable"


def _engine(office: Office) -> str:
    hurried = copy.copy(office.engine)
    hurried.transport = copy.copy(hurried.transport)
    hurried.transport.timeout_s = _PATIENCE_S
    try:
        hurried.version()
    except EngineError as error:
        return error.code
    return "ok"
