"""/external-task: what workers ask and report; the long poll."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select, true
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from pulse.engine.embedded import external, tables
from pulse.engine.embedded.engine import Engine, find
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.external import BusinessError, Failure, Fetch, Fetched, Topic
from pulse.engine.embedded.rest.http import Call, Route, answer, problem_answer, read_call, told, unreadable
from pulse.engine.embedded.rest.query import Query, by_variables, fields, listed, reader, routes, shown, truth
from pulse.engine.embedded.timers import to_ms

LONGEST_POLL_MS: Final = 1_800_000
MOST_PARKED: Final = 200
REREAD_S: Final = 1.0
"""How soon a parked poll sees what no commit of this process told it: another node's task, a lock that ran out."""
_TASK = tables.external_task.c
_VERSION_TAG = tables.process_definition.c.version_tag


TOLD: Final = fields(
    "activityId activityInstanceId errorMessage executionId id lockExpirationTime=lock_until createTime=created "
    "processDefinitionId processDefinitionKey processDefinitionVersionTag processInstanceId retries suspended workerId "
    "topicName=topic tenantId priority businessKey",
    tables.external_task,
)


def _query(engine: Engine) -> Query:
    def locked(value: Any, given: Mapping[str, Any]) -> ColumnElement[bool]:
        held = func.coalesce(_TASK.lock_until, 0) > to_ms(engine.clock())
        return held if truth(value) else true()

    def free(value: Any, given: Mapping[str, Any]) -> ColumnElement[bool]:
        return ~locked(value, given) if truth(value) else true()

    return Query(
        source=tables.external_task.join(
            tables.process_definition, tables.process_definition.c.id == _TASK.definition_id
        ),
        told=TOLD | {"processDefinitionVersionTag": _VERSION_TAG},
        by=fields(
            "id externalTaskId=id topicName=topic workerId lockExpiration=lock_until activityId executionId "
            "processInstanceId processDefinitionId processDefinitionKey businessKey priority",
            tables.external_task,
        ),
        flags={
            "withRetriesLeft": or_(_TASK.retries.is_(None), _TASK.retries > 0),
            "noRetriesLeft": _TASK.retries == 0,
            "active": ~_TASK.suspended,
            "suspended": _TASK.suspended,
        },
        special={"locked": locked, "notLocked": free},
        sorts=fields(
            "id lockExpirationTime=lock_until processInstanceId processDefinitionId processDefinitionKey "
            "taskPriority=priority createTime=created",
            tables.external_task,
        ),
    )


# --- fetching ---


def _fetch(call: Call) -> Fetch:
    """What the body asks for, checked as the real engine checks it."""
    worker, most, topics = call.text("workerId"), call.whole("maxTasks") or 0, call.body.get("topics") or []
    if not isinstance(topics, list) or not all(isinstance(topic, Mapping) for topic in topics):
        raise unreadable()
    if worker is None:
        raise RestProblem(500, "NullValueException", "workerId is null", 0)
    if most < 0:
        raise RestProblem(500, "ProcessEngineException", "maxResults is not greater than or equal to 0", 0)
    by_name = {topic.name: topic for topic in map(_topic, topics)}
    order = [_TASK.priority.desc()] if call.flag("usePriority") else []
    for pair in call.body.get("sorting") or []:
        if pair.get("sortBy") != "createTime":
            message = f"Cannot set query parameter 'sortBy' to value '{pair.get('sortBy')}'"
            raise RestProblem(400, "InvalidRequestException", message)
        order.append(_TASK.created.desc() if pair.get("sortOrder") == "desc" else _TASK.created.asc())
    return Fetch(worker=worker, most=most, topics=tuple(by_name.values()), order=tuple(order))


_BY: Final = fields("businessKey processDefinitionId processDefinitionKey", tables.external_task)


def _conditions(given: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
    """Which tasks of a topic are asked for."""
    for name, column in _BY.items():
        assert column is not None
        if given.get(name) is not None:
            yield column == given[name]
        if given.get(f"{name}In") is not None:
            yield column.in_(listed(given[f"{name}In"]))
    if given.get("processDefinitionVersionTag") is not None:
        tagged = select(tables.process_definition.c.id).where(given["processDefinitionVersionTag"] == _VERSION_TAG)
        yield _TASK.definition_id.in_(tagged)
    if given.get("processVariables"):
        pairs = [{"name": name, "value": value} for name, value in given["processVariables"].items()]
        yield by_variables(_TASK.instance_id)(pairs, given)


def _topic(given: Mapping[str, Any]) -> Topic:
    name, lock_ms, variables = given.get("topicName"), given.get("lockDuration"), given.get("variables")
    if name is None:
        raise RestProblem(500, "NullValueException", "topicName is null", 0)
    if not isinstance(lock_ms, int | None) or not isinstance(variables, list | None):
        raise unreadable()
    if lock_ms is None or lock_ms <= 0:
        raise RestProblem(500, "ProcessEngineException", "lockTime is not greater than 0", 0)
    return Topic(
        name=str(name),
        lock_ms=lock_ms,
        variables=None if variables is None else frozenset(map(str, variables)),
        local=given.get("localVariables") is True,
        deserialize=given.get("deserializeValues") is True,
        extension_properties=given.get("includeExtensionProperties") is True,
        conditions=tuple(_conditions(given)),
    )


def _tell_fetched(engine: Engine, fetched: list[Fetched]) -> list[dict[str, Any]]:
    processes = {task.row["definition_id"] for task in fetched}
    models = engine.read(lambda connection: {one: engine.definitions.process(connection, one) for one in processes})
    found = []
    for task in fetched:
        model = models[task.row["definition_id"]]
        properties = model.activities[task.row["activity_id"]].properties if task.topic.extension_properties else {}
        more = {"errorDetails": task.row["error_details"], "extensionProperties": dict(properties)}
        more["processDefinitionVersionTag"] = model.version_tag
        more["variables"] = told(task.variables, deserialize=task.topic.deserialize)
        found.append(shown(task.row, TOLD) | more)
    return found


def _try(engine: Engine, fetch: Fetch) -> list[dict[str, Any]]:
    if not fetch.topics or not fetch.most:
        return []
    if not engine.read(lambda connection: external.any_free(connection, fetch, to_ms(engine.clock()))):
        return []
    return _tell_fetched(engine, engine.write(lambda unit: external.fetch_and_lock(unit, fetch)))


def fetch_and_lock(engine: Engine) -> Callable[[Request], Awaitable[Response]]:
    """The fetch as Starlette calls it: while it waits it holds no thread, connection or transaction."""

    async def serve(request: Request) -> Response:
        try:
            call = await read_call(engine, request)
            wait_ms = call.whole("asyncResponseTimeout") or 0
            if wait_ms > LONGEST_POLL_MS:
                message = "The asynchronous response timeout cannot be set to a value greater than"
                raise RestProblem(400, "InvalidRequestException", f"{message} {LONGEST_POLL_MS} milliseconds")
            fetch = _fetch(call)
            tasks = await run_in_threadpool(_try, engine, fetch)
            if not tasks and wait_ms > 0 and fetch.topics and fetch.most:
                tasks = await _park(engine, fetch, request, wait_ms / 1000)
            return answer(tasks)
        except RestProblem as problem:
            return problem_answer(problem)

    return serve


async def _park(engine: Engine, fetch: Fetch, request: Request, wait_s: float) -> list[dict[str, Any]]:
    """Wait for a task; an empty list once the time is up or the client has gone."""
    if engine.waiting.parked >= MOST_PARKED:
        message = "At the moment the server has to handle too many requests at the same time. Please try again later."
        raise RestProblem(500, "InvalidRequestException", message)
    loop, woken, until = asyncio.get_running_loop(), asyncio.Event(), time.monotonic() + wait_s
    gone = asyncio.ensure_future(request.receive())
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


# --- reports ---


def complete(call: Call) -> object:
    given, local = call.variables(), call.variables("localVariables")
    return call.write(lambda unit: external.complete(unit, call.path["id"], call.text("workerId"), given, local))


def failure(call: Call) -> object:
    reported = Failure(
        message=call.text("errorMessage"),
        details=call.text("errorDetails"),
        retries=call.whole("retries") or 0,
        wait_ms=call.whole("retryTimeout") or 0,
        given=call.variables(),
        local=call.variables("localVariables"),
    )
    return call.write(lambda unit: external.fail(unit, call.path["id"], call.text("workerId"), reported))


def bpmn_error(call: Call) -> object:
    error, given = BusinessError(call.text("errorCode"), call.text("errorMessage")), call.variables()
    return call.write(lambda unit: external.bpmn_error(unit, call.path["id"], call.text("workerId"), error, given))


def lock(call: Call) -> object:
    worker, duration = call.text("workerId"), call.whole("lockDuration")
    return call.write(lambda unit: external.lock(unit, call.path["id"], worker, duration))


def extend(call: Call) -> object:
    worker, duration = call.text("workerId"), call.whole("newDuration")
    return call.write(lambda unit: external.extend(unit, call.path["id"], worker, duration))


def unlock(call: Call) -> object:
    return call.write(lambda unit: external.unlock(unit, call.path["id"]))


def retries(call: Call) -> object:
    return call.write(lambda unit: external.set_retries(unit, call.path["id"], call.whole("retries")))


def priority(call: Call) -> object:
    return call.write(lambda unit: external.set_priority(unit, call.path["id"], call.whole("priority") or 0))


def error_details(call: Call) -> object:
    row = call.read(lambda connection: find(connection, "external_task", call.path["id"]))
    if row is None:
        message = f"Cannot find external task with id {call.path['id']}: externalTask is null"
        raise RestProblem(500, "NullValueException", message, 0)
    if row["error_details"] is None:
        return None
    return Response(row["error_details"], media_type="text/plain")


def topic_names(call: Call) -> object:
    query = select(_TASK.topic).distinct().order_by(_TASK.topic)
    return call.read(lambda connection: list(connection.scalars(query)))


def external_routes(engine: Engine) -> list[Route]:
    """The routes of external tasks, but the fetch, which is no plain handler."""
    query = _query(engine)
    return [
        ("POST", "/external-task/{id}/complete", complete),
        ("POST", "/external-task/{id}/failure", failure),
        ("POST", "/external-task/{id}/bpmnError", bpmn_error),
        ("POST", "/external-task/{id}/lock", lock),
        ("POST", "/external-task/{id}/extendLock", extend),
        ("POST", "/external-task/{id}/unlock", unlock),
        ("GET", "/external-task/topic-names", topic_names),
        *routes("/external-task", query),
        ("PUT", "/external-task/{id}/retries", retries),
        ("PUT", "/external-task/{id}/priority", priority),
        ("GET", "/external-task/{id}/errorDetails", error_details),
        ("GET", "/external-task/{id}", reader(query, "External task with id {} does not exist", "RestException")),
    ]
