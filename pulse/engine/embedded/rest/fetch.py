"""/external-task/fetchAndLock: a fetch that waits for work (long polling)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from starlette.concurrency import run_in_threadpool

from pulse.engine.embedded import external, tables
from pulse.engine.embedded.engine import Engine
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.external import Fetch, Fetched, Topic
from pulse.engine.embedded.rest.external_tasks import EXTERNAL_TASKS
from pulse.engine.embedded.rest.filters import by_variables, listed
from pulse.engine.embedded.rest.http import Call, Route, invalid, null, told, unreadable
from pulse.engine.embedded.timers import to_ms

LONGEST_POLL_MS: Final = 1_800_000
MOST_PARKED: Final = 200
REREAD_S: Final = 1.0
"""How soon a parked poll sees what no commit of this process told it: another node's task, a lock that ran out."""
_TASK = tables.external_task.c


# --- what is asked for, checked as the real engine checks it ---


def _refused(message: str) -> RestProblem:
    return RestProblem(500, "ProcessEngineException", message, 0)


def _fetch(call: Call) -> Fetch:
    worker, most, topics = call.text("workerId"), call.whole("maxTasks") or 0, call.body.get("topics") or []
    if not isinstance(topics, list) or not all(isinstance(topic, Mapping) for topic in topics):
        raise unreadable()
    if worker is None:
        raise null("workerId is null")
    if most < 0:
        raise _refused("maxResults is not greater than or equal to 0")
    by_name = {topic.name: topic for topic in map(_topic, topics)}
    order = [_TASK.priority.desc()] if call.flag("usePriority") else []
    for pair in call.body.get("sorting") or []:
        if pair.get("sortBy") != "createTime":
            raise invalid(f"Cannot set query parameter 'sortBy' to value '{pair.get('sortBy')}'")
        order.append(_TASK.created.desc() if pair.get("sortOrder") == "desc" else _TASK.created.asc())
    return Fetch(worker=worker, most=most, topics=tuple(by_name.values()), order=tuple(order))


def _topic(given: Mapping[str, Any]) -> Topic:
    name, lock_ms, variables = given.get("topicName"), given.get("lockDuration"), given.get("variables")
    if name is None:
        raise null("topicName is null")
    if not isinstance(lock_ms, int | None) or not isinstance(variables, list | None):
        raise unreadable()
    if lock_ms is None or lock_ms <= 0:
        raise _refused("lockTime is not greater than 0")
    return Topic(
        name=str(name),
        lock_ms=lock_ms,
        variables=None if variables is None else frozenset(map(str, variables)),
        local=given.get("localVariables") is True,
        deserialize=given.get("deserializeValues") is True,
        extension_properties=given.get("includeExtensionProperties") is True,
        conditions=tuple(_conditions(given)),
    )


def _conditions(given: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
    """Which tasks of a topic are asked for."""
    for name in ("businessKey", "processDefinitionId", "processDefinitionKey"):
        column = EXTERNAL_TASKS.columns[name]
        if given.get(name) is not None:
            yield column == given[name]
        if given.get(f"{name}In") is not None:
            yield column.in_(listed(given[f"{name}In"]))
    if given.get("processDefinitionVersionTag") is not None:
        definition = tables.process_definition.c
        tagged = select(definition.id).where(definition.version_tag == given["processDefinitionVersionTag"])
        yield _TASK.definition_id.in_(tagged)
    if given.get("processVariables"):
        pairs = [{"name": name, "value": value} for name, value in given["processVariables"].items()]
        yield by_variables(_TASK.instance_id)(pairs, given)


# --- fetching and waiting ---


def _tell(engine: Engine, fetched: list[Fetched]) -> list[dict[str, Any]]:
    processes = {task.row["definition_id"] for task in fetched}
    models = engine.read(lambda connection: {one: engine.definitions.process(connection, one) for one in processes})
    found = []
    for task in fetched:
        model = models[task.row["definition_id"]]
        properties = model.activities[task.row["activity_id"]].properties if task.topic.extension_properties else {}
        more = {"errorDetails": task.row["error_details"], "extensionProperties": dict(properties)}
        more["processDefinitionVersionTag"] = model.version_tag
        more["variables"] = told(task.variables, deserialize=task.topic.deserialize)
        found.append(EXTERNAL_TASKS.tell_stored(task.row) | more)
    return found


def _try(engine: Engine, fetch: Fetch) -> list[dict[str, Any]]:
    if not fetch.topics or not fetch.most:
        return []
    if not engine.read(lambda connection: external.any_free(connection, fetch, to_ms(engine.clock()))):
        return []
    return _tell(engine, engine.write(lambda unit: external.fetch_and_lock(unit, fetch)))


async def fetch_and_lock(engine: Engine, call: Call) -> list[dict[str, Any]]:
    """Lock tasks for a worker; while it waits it holds no thread, connection or transaction."""
    wait_ms = call.whole("asyncResponseTimeout") or 0
    if wait_ms > LONGEST_POLL_MS:
        message = "The asynchronous response timeout cannot be set to a value greater than"
        raise invalid(f"{message} {LONGEST_POLL_MS} milliseconds")
    fetch = _fetch(call)
    tasks = await run_in_threadpool(_try, engine, fetch)
    if tasks or wait_ms <= 0 or not fetch.topics or not fetch.most:
        return tasks
    return await _park(engine, fetch, call, wait_ms / 1000)


async def _park(engine: Engine, fetch: Fetch, call: Call, wait_s: float) -> list[dict[str, Any]]:
    """Wait for a task; an empty list once the time is up or the client has gone."""
    if engine.waiting.parked >= MOST_PARKED:
        message = "At the moment the server has to handle too many requests at the same time. Please try again later."
        raise RestProblem(500, "InvalidRequestException", message)
    loop, woken, until = asyncio.get_running_loop(), asyncio.Event(), time.monotonic() + wait_s
    gone = asyncio.ensure_future(call.request.receive())
    topics = frozenset(topic.name for topic in fetch.topics)

    def wake() -> None:
        loop.call_soon_threadsafe(woken.set)

    with engine.waiting.poll(topics, wake) as place:
        tasks: list[dict[str, Any]] = []
        try:
            while True:
                woken.clear()
                if engine.waiting.closed:
                    raise RestProblem(500, "RestException", "Request rejected due to shutdown of application server.")
                tasks = await run_in_threadpool(_try, engine, fetch)
                left = until - time.monotonic()
                if tasks or left <= 0:
                    return tasks
                if any(topic.conditions for topic in fetch.topics):
                    engine.waiting.tell(topics, after=place)  # what this one may not have is for another
                waiter = asyncio.ensure_future(woken.wait())
                await asyncio.wait({waiter, gone}, timeout=min(left, REREAD_S), return_when=asyncio.FIRST_COMPLETED)
                waiter.cancel()
                if gone.done():
                    return []
        finally:
            gone.cancel()
            if tasks or woken.is_set():
                engine.waiting.tell(topics, after=place)


ROUTE: Route = ("POST", "/external-task/fetchAndLock", fetch_and_lock)
