"""From HTTP to a call and back: bodies, users, routes."""

from __future__ import annotations

import base64
import binascii
import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from pulse.engine.embedded.engine import Engine, Unit
from pulse.engine.embedded.errors import EmbeddedError, RestProblem
from pulse.engine.embedded.rest import multipart
from pulse.engine.embedded.rest.problems import invalid, refused, telling
from pulse.engine.embedded.values import TypedValue, from_rest, to_rest

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: path parameters, query (the first of repeated keys), JSON body, form fields and files."""

    request: Request
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    fields: Mapping[str, str]
    files: list[multipart.File]
    user: str | None

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.path["id"]

    def text(self, name: str) -> str | None:
        """A text of the body; None where it is absent or null."""
        value = self.body.get(name)
        return None if value is None else str(value)

    def whole(self, name: str) -> int | None:
        """A whole number of the body. RestProblem 400 for anything else."""
        value = self.body.get(name)
        if isinstance(value, str) and value.lstrip("-").isdigit():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int | None):
            raise invalid("")
        return value

    def flag(self, name: str) -> bool:
        """A truth value of the body."""
        return truth(self.body.get(name))

    def variables(self, name: str = "variables") -> dict[str, TypedValue]:
        """Typed variables of the body. RestProblem 400 for values that do not fit their types."""
        given = self.body.get(name) or {}
        if not isinstance(given, Mapping) or not all(isinstance(value, Mapping) for value in given.values()):
            raise invalid("")
        return {key: from_rest(value) for key, value in given.items()}

    def told(self, variables: Mapping[str, TypedValue]) -> dict[str, object]:
        """Variables as an answer, in the form that the query asks for."""
        return told(variables, deserialize=truth(self.query.get("deserializeValues", True)))

    def link(self, kind: str, identifier: str) -> list[dict[str, str]]:
        """The `links` of something that this call has made."""
        base = f"{self.request.url.scheme}://{self.request.url.netloc}/engine-rest"
        return [{"method": "GET", "href": f"{base}/{kind}/{identifier}", "rel": "self"}]


def truth(value: Any) -> bool:
    return str(value).lower() == "true"


def told(variables: Mapping[str, TypedValue], *, deserialize: bool = False) -> dict[str, object]:
    """Variables as an answer."""
    return {name: to_rest(value, deserialize=deserialize) for name, value in variables.items()}


async def _read_call(request: Request) -> Call:
    """The call that a request makes. RestProblem 400 for a body that cannot be read, 415 for another type."""
    body: Any = {}
    fields: dict[str, str] = {}
    files: list[multipart.File] = []
    raw = await request.body() if request.method in {"POST", "PUT"} else b""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            fields, files = multipart.parse(request.headers["content-type"], raw)
        elif kind not in {"", "application/json", "application/*+json"} and raw:
            raise RestProblem(415, "NotSupportedException", "HTTP 415 Unsupported Media Type")
        elif raw.strip():
            body = orjson.loads(raw)
    except ValueError:
        raise invalid("") from None
    if body is None:
        raise RestProblem(500, "NullPointerException", "The body is null")
    if not isinstance(body, dict):
        raise invalid("")
    query = {key: request.query_params.getlist(key)[0] for key in request.query_params}
    user = _user(request.headers.get("authorization", ""))
    return Call(
        request=request, path=request.path_params, query=query, body=body, fields=fields, files=files, user=user
    )


def _user(authorization: str) -> str | None:
    """The user that a request names with Basic; no password is asked for, as the engine has no users."""
    scheme, _, given = authorization.partition(" ")
    try:
        return (base64.b64decode(given).decode().partition(":")[0] or None) if scheme.lower() == "basic" else None
    except (binascii.Error, UnicodeDecodeError):
        return None


# --- routes ---

Action = Callable[[Unit, Call], object]
Handler = Callable[[Engine, Call], object]
Route = tuple[str, str, Handler]


def reading(path: str, action: Action, method: str = "GET") -> Route:
    """An action that only reads."""

    def handler(engine: Engine, call: Call) -> object:
        return engine.read(lambda connection: action(Unit(engine, connection, call.user), call))

    return method, path, handler


def writing(method: str, path: str, action: Action, doing: str = "") -> Route:
    """An action in one transaction; `doing`, with names of the path, is told before what goes wrong."""

    def told_action(unit: Unit, call: Call) -> object:
        with telling(doing.format(**call.path)) if doing else nullcontext():
            return action(unit, call)

    return method, path, lambda engine, call: engine.write(lambda unit: told_action(unit, call), call.user)


def answer(result: object, status: int = 200) -> Response:
    """What a handler gives as a response: None is 204."""
    if isinstance(result, RestProblem):
        return answer(result.body(), result.status)
    if result is None or isinstance(result, Response):
        return result or Response(status_code=204)
    return Response(orjson.dumps(result), status, media_type="application/json")


def endpoint(engine: Engine, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A handler as Starlette calls it: in a thread unless it is a coroutine, every failure as the engine's JSON."""

    async def serve(request: Request) -> Response:
        try:
            call = await _read_call(request)
            if inspect.iscoroutinefunction(handler):
                return answer(await handler(engine, call))
            return await run_in_threadpool(lambda: answer(handler(engine, call)))
        except RestProblem as problem:
            return answer(problem)
        except EmbeddedError as problem:
            return answer(refused(str(problem)))
        except Exception as problem:
            log.exception("a request failed", action="rest.failed", path=request.scope.get("route_path", ""))
            return answer(refused(f"An internal error occurred: {type(problem).__name__}"))

    return serve
