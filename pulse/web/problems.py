"""Every error as problem+json (RFC 9457), with our stable `code`; never an exception's own text from elsewhere."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Response, request
from werkzeug.exceptions import HTTPException

from pulse.base import errors as base
from pulse.engine import errors as engine
from pulse.web import errors

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:pulse:problem:"
_OWN = {"type", "title", "status", "detail", "code"}

#: The first class that fits an error gives its status; more special ones come first.
_STATUS: tuple[tuple[type[base.PulseError], int], ...] = (
    (errors.Unauthenticated, 401),
    (errors.TooManyRequests, 429),
    (errors.NotJson, 400),
    (errors.WrongMediaType, 415),
    (errors.KeyInUse, 409),
    (base.Forbidden, 403),
    (base.NotFound, 404),
    (base.Conflict, 409),
    (base.InvalidInput, 422),
    (base.Unreadable, 422),
    (base.Unavailable, 503),
    (base.PulseError, 409),
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """An error as the caller is told it."""

    status: int
    code: str
    detail: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return HTTPStatus(self.status).phrase

    def response(self) -> Response:
        """As problem+json."""
        more = {key: value for key, value in self.extra.items() if key not in _OWN}
        own = {"type": TYPE + self.code, "title": self.title, "status": self.status}
        body = orjson.dumps(own | {"detail": self.detail, "code": self.code} | more, default=str)
        return Response(body, self.status, headers=dict(self.headers), content_type=MEDIA_TYPE)


def problem_of(error: Exception) -> Problem:
    """What the caller is told about an error; one that is nobody's fault but ours is logged."""
    if isinstance(error, base.Misconfigured):
        return _ours(error)
    if isinstance(error, base.PulseError):
        status = next(number for kind, number in _STATUS if isinstance(error, kind))
        return Problem(
            status=status,
            code=error.reason,
            detail=error.message,
            extra=error.details,
            headers=_headers(error, status),
        )
    if isinstance(error, engine.EngineUnavailable):
        detail = "The process engine does not answer. Try again."
        return Problem(status=503, code=error.code, detail=detail, headers={"Retry-After": "5"})
    if isinstance(error, engine.NotFound):
        return Problem(status=404, code="not_found", detail="There is nothing with this id.")
    if isinstance(error, HTTPException) and error.code is not None and error.code >= 400:
        return _of_http(error)
    return _ours(error)


def _headers(error: base.PulseError, status: int) -> dict[str, str]:
    if isinstance(error, errors.Unauthenticated):
        reason = ', error="invalid_token"' if request.headers.get("Authorization") else ""
        return {"WWW-Authenticate": f'Bearer realm="pulse"{reason}'}
    if isinstance(error, errors.ScopeMissing):
        scope = error.details.get("scope")
        return {"WWW-Authenticate": f'Bearer realm="pulse", error="insufficient_scope", scope="{scope}"'}
    if isinstance(error, errors.TooManyRequests):
        return {"Retry-After": str(error.retry_after_s)}
    return {"Retry-After": "5"} if status == 503 else {}


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    headers = dict(error.get_headers())
    kept: dict[str, str] = {name: headers[name] for name in ("Allow", "Retry-After") if name in headers}
    code = HTTPStatus(status).name.lower()
    detail = error.description if status != 500 else None
    return Problem(status=status, code=code, detail=detail or HTTPStatus(status).description, headers=kept)


def _ours(error: Exception) -> Problem:
    """The log names the place, not the message: messages of other libraries quote what they were given."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("request failed", action="web", endpoint=request.endpoint, error=type(error).__name__, where=where)
    return Problem(status=500, code="internal_error", detail="Something went wrong on our side.")
