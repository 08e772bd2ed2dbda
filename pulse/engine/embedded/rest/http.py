"""From HTTP to a call and back: bodies, users, errors. Handlers are plain functions and run in a thread."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
import structlog
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from pulse.engine.embedded.engine import Engine, Unit
from pulse.engine.embedded.errors import EmbeddedError, RestProblem
from pulse.engine.embedded.rest import multipart
from pulse.engine.embedded.timers import from_ms
from pulse.engine.embedded.values import TypedValue, from_rest, print_date, to_rest

log = structlog.get_logger(__name__)

Json = Mapping[str, Any]
Result = TypeVar("Result")
JSON_TYPES = ("application/json", "application/*+json", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: path parameters, query (the first of repeated keys), JSON body, form fields and files."""

    engine: Engine
    base_url: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    fields: Mapping[str, str]
    files: tuple[multipart.File, ...]
    user: str | None

    def write(self, command: Callable[[Unit], Result], doing: str | None = None) -> Result:
        """Run a command in one transaction; `doing` is told before what went wrong (`Cannot complete task x`)."""
        try:
            return self.engine.write(command, self.user)
        except RestProblem as problem:
            raise problem.within(doing) if doing else problem from None
        except EmbeddedError as problem:
            kind, told = ("RestException", f"{doing}: {problem}") if doing else ("ProcessEngineException", str(problem))
            raise RestProblem(500, kind, told, 0) from problem

    def read(self, query: Callable[[Connection], Result]) -> Result:
        return self.engine.read(query)

    def text(self, name: str) -> str | None:
        """A text of the body; None where it is absent or null."""
        value = self.body.get(name)
        return None if value is None else str(value)

    def whole(self, name: str) -> int | None:
        """A whole number of the body. RestProblem 400 for anything else."""
        value = self.body.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, str) and value.lstrip("-").isdigit():
            return int(value)
        raise unreadable()

    def flag(self, name: str) -> bool:
        return self.body.get(name) is True

    def variables(self, name: str = "variables") -> dict[str, TypedValue]:
        """Typed variables of the body. RestProblem 400 for values that do not fit their types."""
        given = self.body.get(name) or {}
        if not isinstance(given, Mapping) or not all(isinstance(value, Mapping) for value in given.values()):
            raise unreadable()
        return {key: from_rest(value) for key, value in given.items()}

    def wants(self, name: str, *, default: bool = True) -> bool:
        """A truth value of the query."""
        return self.query.get(name, str(default)).lower() == "true"


Handler = Callable[[Call], object]
Route = tuple[str, str, Handler]


def unreadable() -> RestProblem:
    """A body that is no JSON or has the wrong shape."""
    return RestProblem(400, "InvalidRequestException", "")


def missing(message: str, engine_code: int | None = None) -> RestProblem:
    """A thing that is asked for by its id and is not there."""
    return RestProblem(404, "InvalidRequestException", message, engine_code)


def told(variables: Mapping[str, TypedValue], *, deserialize: bool) -> dict[str, object]:
    """Variables as an answer."""
    return {name: to_rest(value, deserialize=deserialize) for name, value in variables.items()}


def moment(milliseconds: int | None) -> str | None:
    """A moment of the store as REST prints it."""
    return None if milliseconds is None else print_date(from_ms(milliseconds))


def self_link(call: Call, kind: str, identifier: str) -> list[dict[str, str]]:
    return [{"method": "GET", "href": f"{call.base_url}/{kind}/{identifier}", "rel": "self"}]


def answer(result: object, status: int = 200) -> Response:
    """A handler's result as a response: None is 204."""
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status_code=204)
    return Response(orjson.dumps(result), status, media_type="application/json")


def problem_answer(problem: RestProblem) -> Response:
    return answer(problem.body(), problem.status)


async def read_call(engine: Engine, request: Request) -> Call:
    """The call that a request makes. RestProblem 400 for a body that cannot be read, 415 for another type."""
    body: Any = {}
    fields: dict[str, str] = {}
    files: list[multipart.File] = []
    if request.method in {"POST", "PUT"}:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            try:
                fields, files = multipart.parse(request.headers["content-type"], await request.body())
            except ValueError:
                raise unreadable() from None
        elif kind in JSON_TYPES:
            body = _json(await request.body())
        elif await request.body():
            raise RestProblem(415, "NotSupportedException", "HTTP 415 Unsupported Media Type")
    base = f"{request.url.scheme}://{request.url.netloc}/engine-rest"
    query = {key: request.query_params.getlist(key)[0] for key in request.query_params}
    return Call(
        engine=engine,
        base_url=base,
        path=request.path_params,
        query=query,
        body=body,
        fields=fields,
        files=tuple(files),
        user=_user(request.headers.get("authorization", "")),
    )


def _json(raw: bytes) -> Any:
    if not raw.strip():
        return {}
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise unreadable() from None
    if body is None:
        raise RestProblem(500, "NullPointerException", "The body is null")
    if not isinstance(body, dict):
        raise unreadable()
    return body


def _user(authorization: str) -> str | None:
    """The user that a request names with Basic; no password is asked for, as the engine has no users."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(given).decode().partition(":")[0] or None
    except (binascii.Error, UnicodeDecodeError):
        return None


def endpoint(engine: Engine, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A handler as Starlette calls it: in a thread, every failure as the engine's JSON."""

    async def serve(request: Request) -> Response:
        try:
            call = await read_call(engine, request)
            return await run_in_threadpool(lambda: answer(handler(call)))
        except RestProblem as problem:
            return problem_answer(problem)
        except EmbeddedError as problem:
            return problem_answer(RestProblem(500, "ProcessEngineException", str(problem), 0))
        except Exception as problem:
            log.exception("a request failed", action="rest.failed", path=request.scope.get("route_path", ""))
            name = type(problem).__name__
            return problem_answer(RestProblem(500, "ProcessEngineException", f"An internal error occurred: {name}", 0))

    return serve
