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
    decisions,
    definitions,
    deployments,
    forms,
    history,
    instances,
    messages,
    notes,
    operations,
    tasks,
)
from pulse.engine.embedded.rest.external_tasks import external_routes, fetch_and_lock
from pulse.engine.embedded.rest.http import endpoint, problem_answer


def build(engine: Engine) -> Starlette:
    """The application over an engine; the job executor runs while the application does."""
    plain = [
        *external_routes(engine),
        *messages.ROUTES,
        *tasks.ROUTES,
        *forms.ROUTES,
        *notes.ROUTES,
        *definitions.ROUTES,
        *instances.ROUTES,
        *history.ROUTES,
        *decisions.ROUTES,
        *deployments.ROUTES,
        *operations.ROUTES,
    ]
    # the fetch stands first: it is asked for most; a name goes before a parameter in the same place
    routes = [Route("/external-task/fetchAndLock", fetch_and_lock(engine), methods=["POST"])]
    for method, path, handler in sorted(plain, key=lambda one: [part.startswith("{") for part in one[1].split("/")]):
        routes.append(Route(path, endpoint(engine, handler), methods=[method]))

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

    handlers = {HTTPException: _http_problem}
    return Starlette(routes=[Mount("/engine-rest", routes=routes)], lifespan=lifespan, exception_handlers=handlers)


async def _http_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    kind = {404: "NotFoundException", 405: "NotAllowedException"}.get(problem.status_code, "RestException")
    message = f"HTTP {problem.status_code} {problem.detail}"
    return problem_answer(RestProblem(problem.status_code, kind, message))
