"""From HTTP to a call and back: bodies, users, routes."""

from __future__ import annotations

import base64
import binascii
import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pulse.engine.embedded.engine import Engine, Unit
from pulse.engine.embedded.errors import EmbeddedError, RestProblem
from pulse.engine.embedded.rest import multipart
from pulse.engine.embedded.rest.problems import invalid, refused, telling
from pulse.engine.embedded.values import TypedValue, from_rest, to_rest

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]
JSON: Final = "application/json"
OPEN: Final = "/engine-rest/engine"
"""The path that needs no login."""
SLASH_IN_A_NAME: Final = (
    '<!doctype html><html lang="en"><head><title>HTTP Status 400 \u2013 Bad Request</title><style type="text/css">'
    "body {font-family:Tahoma,Arial,sans-serif;} h1, h2, h3, b {color:white;background-color:#525D76;} "
    "h1 {font-size:22px;} h2 {font-size:16px;} h3 {font-size:14px;} p {font-size:12px;} a {color:black;} "
    ".line {height:1px;background-color:#525D76;border:none;}</style></head>"
    "<body><h1>HTTP Status 400 \u2013 Bad Request</h1></body></html>"
)
"""What the server around the real engine answers to a path with an encoded slash."""


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

    def suspended(self) -> bool:
        """Whether to suspend or to activate. RestProblem 400 for a later date: it is done at once."""
        if self.body.get("executionDate") is not None:
            raise invalid("executionDate is not supported: suspension takes effect at once")
        return self.flag("suspended")

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


async def _read_call(request: Request, user: str | None) -> Call:
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
    return Call(
        request=request, path=request.path_params, query=query, body=body, fields=fields, files=files, user=user
    )


async def user_of(engine: Engine, request: Request) -> str | None:
    """The user that a request names with Basic. RestProblem 401 where a login is asked for and this is none."""
    name, password = _basic(request.headers.get("authorization", ""))
    if engine.login and request.url.path != OPEN:
        fits = partial(engine.read, lambda connection: engine.passwords.fit(connection, name, password))
        if not name or not await run_in_threadpool(fits):
            raise RestProblem(401, "NotAuthorizedException", "")
    return name or None


def _basic(authorization: str) -> tuple[str, str]:
    """User and password of a Basic header; both empty where there is none."""
    scheme, _, given = authorization.partition(" ")
    with suppress(binascii.Error, UnicodeDecodeError):
        name, _, password = base64.b64decode(given).decode().partition(":")
        return (name, password) if scheme.lower() == "basic" else ("", "")
    return "", ""


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
        if result.status == 401:
            return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="default"'})
        return answer(result.body(), result.status)
    if result is None or isinstance(result, Response):
        return result or Response(status_code=204)
    return Response(orjson.dumps(result), status, media_type=JSON)


def has_encoded_slash(request: Request) -> bool:
    """Whether a name in the path holds a slash; the server around the real engine refuses that."""
    return b"%2f" in request.scope.get("raw_path", b"").lower()


def slash_refused() -> Response:
    return HTMLResponse(SLASH_IN_A_NAME, 400, headers={"Content-Language": "en"})


def _accepted(request: Request, response: Response) -> Response:
    """The answer of a GET, if it is of a type that the request accepts. RestProblem 406 where JSON is not."""
    accepted = request.headers.get("accept") or "*/*"
    if response.media_type == JSON and not any(kind in accepted for kind in ("*/*", "application/*", JSON)):
        raise RestProblem(406, "NotAcceptableException", "HTTP 406 Not Acceptable")
    return response


def endpoint(engine: Engine, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A handler as Starlette calls it: in a thread unless it is a coroutine, every failure as the engine's JSON."""

    async def serve(request: Request) -> Response:
        try:
            if has_encoded_slash(request):
                return slash_refused()
            call = await _read_call(request, await user_of(engine, request))
            if inspect.iscoroutinefunction(handler):
                return answer(await handler(engine, call))
            response = await run_in_threadpool(lambda: answer(handler(engine, call)))
            return _accepted(request, response) if request.method == "GET" else response
        except RestProblem as problem:
            return answer(problem)
        except EmbeddedError as problem:
            return answer(refused(str(problem)))
        except Exception as problem:
            log.exception("a request failed", action="rest.failed", path=request.scope.get("route_path", ""))
            return answer(refused(f"An internal error occurred: {type(problem).__name__}"))

    return serve
