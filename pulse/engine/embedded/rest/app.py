"""The REST interface as one ASGI application at /engine-rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from pulse.engine.embedded.engine import Engine
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.jobs import JobExecutor
from pulse.engine.embedded.rest import (
    definitions,
    deployments,
    external_tasks,
    history,
    identity,
    instances,
    messages,
    operations,
    records,
    task_details,
    tasks,
    variables,
)
from pulse.engine.embedded.rest.http import Call, answer, endpoint, has_encoded_slash, slash_refused, user_of
from pulse.engine.embedded.rest.problems import missing

# what is asked for most stands first
MODULES = (
    external_tasks, messages, tasks, task_details, variables, definitions, instances, history, deployments, operations,
    records, identity,
)  # fmt: skip


def build(engine: Engine) -> Starlette:
    """The application over an engine; the job executor runs while the application does."""
    plain = [route for module in MODULES for route in module.ROUTES]
    # a name goes before a parameter in the same place
    plain.sort(key=lambda route: [part.startswith("{") for part in route[1].split("/")])
    every = [external_tasks.FETCH, *plain]
    served = [Route(path, endpoint(engine, handler), methods=[method]) for method, path, handler in every]
    others = Route("/{rest:path}", endpoint(engine, _no_engine), methods=["GET", "POST", "PUT", "DELETE"])
    routes = [*served, Mount("/engine/default", routes=served), Mount("/engine/{engine}", routes=[others])]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        executor = JobExecutor(engine)
        executor.start()
        try:
            yield
        finally:
            engine.waiting.close()
            executor.stop()
            engine.close()

    async def elsewhere(request: Request, problem: Exception) -> Response:
        """What no route answers; who is not logged in is not told what there is."""
        assert isinstance(problem, HTTPException)
        if has_encoded_slash(request):
            return slash_refused()
        try:
            await user_of(engine, request)
        except RestProblem as refused:
            return answer(refused)
        kind = {404: "NotFoundException", 405: "NotAllowedException"}.get(problem.status_code, "RestException")
        return answer(RestProblem(problem.status_code, kind, f"HTTP {problem.status_code} {problem.detail}"))

    handlers = {HTTPException: elsewhere}
    return Starlette(routes=[Mount("/engine-rest", routes=routes)], lifespan=lifespan, exception_handlers=handlers)


def _no_engine(engine: Engine, call: Call) -> None:
    raise missing(f"Process engine {call.path['engine']} not available")
