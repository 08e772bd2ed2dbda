"""From HTTP to a call and back: bodies, users, problems, routes."""

from __future__ import annotations

import base64
import binascii
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from pulse.engine.embedded.engine import Engine, Unit
from pulse.engine.embedded.errors import EmbeddedError, RestProblem
from pulse.engine.embedded.rest import multipart
from pulse.engine.embedded.store import Conflict
from pulse.engine.embedded.timers import from_ms
from pulse.engine.embedded.values import TypedValue, from_rest, print_date, to_rest

log = structlog.get_logger(__name__)

JSON_TYPES = ("application/json", "application/*+json", "")
Thing = TypeVar("Thing")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: path parameters, query (the first of repeated keys), JSON body, form fields and files."""

    request: Request
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    fields: Mapping[str, str]
    files: tuple[multipart.File, ...]
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
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, str) and value.lstrip("-").isdigit():
            return int(value)
        raise unreadable()

    def flag(self, name: str) -> bool:
        """A truth value of the body."""
        return truth(self.body.get(name))

    def wants(self, name: str, *, default: bool = True) -> bool:
        """A truth value of the query."""
        return truth(self.query.get(name, default))

    def variables(self, name: str = "variables") -> dict[str, TypedValue]:
        """Typed variables of the body. RestProblem 400 for values that do not fit their types."""
        given = self.body.get(name) or {}
        if not isinstance(given, Mapping) or not all(isinstance(value, Mapping) for value in given.values()):
            raise unreadable()
        return {key: from_rest(value) for key, value in given.items()}

    def link(self, kind: str, identifier: str) -> list[dict[str, str]]:
        """The `links` of something that was made by this call."""
        base = f"{self.request.url.scheme}://{self.request.url.netloc}/engine-rest"
        return [{"method": "GET", "href": f"{base}/{kind}/{identifier}", "rel": "self"}]


# --- values ---


def truth(value: Any) -> bool:
    return str(value).lower() == "true"


def told(variables: Mapping[str, TypedValue], *, deserialize: bool) -> dict[str, object]:
    """Variables as an answer."""
    return {name: to_rest(value, deserialize=deserialize) for name, value in variables.items()}


def moment(milliseconds: int | None) -> str | None:
    """A moment of the store as REST prints it."""
    return None if milliseconds is None else print_date(from_ms(milliseconds))


# --- problems ---


def unreadable() -> RestProblem:
    """A body that is no JSON or has the wrong shape."""
    return invalid("")


def invalid(message: str) -> RestProblem:
    """A request that says something wrong."""
    return RestProblem(400, "InvalidRequestException", message)


def missing(message: str, engine_code: int | None = None) -> RestProblem:
    """A thing that is asked for by its id and is not there."""
    return RestProblem(404, "InvalidRequestException", message, engine_code)


def null(message: str) -> RestProblem:
    """Something that a command needs and that is absent or not there."""
    return RestProblem(500, "NullValueException", message, 0)


def failed(message: str) -> RestProblem:
    """A command that went wrong."""
    return RestProblem(500, "RestException", message, 0)


def required(thing: Thing | None, problem: RestProblem) -> Thing:
    """What was looked for; the problem where it is not there."""
    if thing is None:
        raise problem
    return thing


@contextmanager
def telling(doing: str) -> Iterator[None]:
    """Say what was being done before what went wrong: `Cannot complete task x: …`."""
    try:
        yield
    except Conflict:
        raise  # the command is run again
    except RestProblem as problem:
        raise problem.within(doing) if problem.message else problem from None
    except EmbeddedError as problem:
        raise failed(f"{doing}: {problem}") from problem


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

    def handler(engine: Engine, call: Call) -> object:
        def command(unit: Unit) -> object:
            with telling(doing.format(**call.path)) if doing else nullcontext():
                return action(unit, call)

        return engine.write(command, call.user)

    return method, path, handler


def endpoint(engine: Engine, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A handler as Starlette calls it: in a thread unless it is a coroutine, every failure as the engine's JSON."""

    async def serve(request: Request) -> Response:
        try:
            call = await _read_call(request)
            if inspect.iscoroutinefunction(handler):
                return _answer(await handler(engine, call))
            return await run_in_threadpool(lambda: _answer(handler(engine, call)))
        except RestProblem as problem:
            return problem_answer(problem)
        except EmbeddedError as problem:
            return problem_answer(RestProblem(500, "ProcessEngineException", str(problem), 0))
        except Exception as problem:
            log.exception("a request failed", action="rest.failed", path=request.scope.get("route_path", ""))
            message = f"An internal error occurred: {type(problem).__name__}"
            return problem_answer(RestProblem(500, "ProcessEngineException", message, 0))

    return serve


def _answer(result: object, status: int = 200) -> Response:
    """A handler's result as a response: None is 204."""
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status_code=204)
    return Response(orjson.dumps(result), status, media_type="application/json")


def problem_answer(problem: RestProblem) -> Response:
    return _answer(problem.body(), problem.status)


async def _read_call(request: Request) -> Call:
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
    return Call(
        request=request,
        path=request.path_params,
        query={key: request.query_params.getlist(key)[0] for key in request.query_params},
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
