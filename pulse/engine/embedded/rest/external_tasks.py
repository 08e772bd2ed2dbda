"""/external-task: what workers fetch and report; the long poll."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import func, select, true
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from pulse.engine.embedded import external, tables
from pulse.engine.embedded.engine import Engine, Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.external import BusinessError, Failure, Fetch, Fetched, Topic
from pulse.engine.embedded.rest.http import Action, Call, Route, reading, told, truth, writing
from pulse.engine.embedded.rest.problems import invalid, missing, null, refused, required
from pulse.engine.embedded.rest.resource import Condition, Given, Resource, by_variables, here
from pulse.engine.embedded.store import find
from pulse.engine.embedded.timers import to_ms

LONGEST_POLL_MS: Final = 1_800_000
MOST_PARKED: Final = 200
REREAD_S: Final = 1.0
"""How soon a parked poll sees what no commit of this process told it: another node's task, a lock that ran out."""
_TASK, _PROCESS = tables.external_task.c, tables.process_definition.c


def _locked(value: Any, given: Given) -> Condition:
    return func.coalesce(_TASK.lock_until, 0) > given["_now"] if truth(value) else true()


EXTERNAL_TASKS = Resource(
    path="/external-task",
    tables=(tables.external_task, tables.process_definition),
    shown="activityId activityInstanceId errorMessage executionId id lockExpirationTime=lock_until createTime=created "
    "processDefinitionId processDefinitionKey processDefinitionVersionTag=version_tag processInstanceId retries "
    "suspended workerId topicName=topic priority businessKey",
    also="externalTaskId=id lockExpiration=lock_until taskPriority=priority",
    filters={
        "locked": _locked,
        "notLocked": lambda value, given: ~_locked(value, given) if truth(value) else true(),
    },
    absent="External task with id {} does not exist",
    absent_type="RestException",
)

# --- what a fetch asks for, checked as the real engine checks it ---


def _fetch(call: Call) -> Fetch:
    topics, most, order = call.body.get("topics") or [], call.whole("maxTasks") or 0, []
    if not isinstance(topics, list) or not all(isinstance(topic, Mapping) for topic in topics):
        raise invalid("")
    worker = required(call.text("workerId"), null("workerId is null"))
    if most < 0:
        raise refused("maxResults is not greater than or equal to 0")
    by_name = {topic.name: topic for topic in map(_topic, topics)}
    if call.flag("usePriority"):
        order.append(_TASK.priority.desc())
    for pair in call.body.get("sorting") or []:
        if pair.get("sortBy") != "createTime":
            raise invalid(f"Cannot set query sortBy parameter to value {pair.get('sortBy')}")
        order.append(_TASK.created.desc() if pair.get("sortOrder") == "desc" else _TASK.created.asc())
    return Fetch(worker=worker, most=most, topics=tuple(by_name.values()), order=tuple(order))


def _topic(given: Given) -> Topic:
    lock_ms, variables = given.get("lockDuration"), given.get("variables")
    name = required(given.get("topicName"), null("topicName is null"))
    if not isinstance(lock_ms, int | None) or not isinstance(variables, list | None):
        raise invalid("")
    if lock_ms is None or lock_ms <= 0:
        raise refused("lockTime is not greater than 0")
    return Topic(
        name=str(name),
        lock_ms=lock_ms,
        variables=None if variables is None else frozenset(map(str, variables)),
        local=given.get("localVariables") is True,
        deserialize=given.get("deserializeValues") is True,
        extension_properties=given.get("includeExtensionProperties") is True,
        conditions=tuple(_conditions(given)),
    )


def _conditions(given: Given) -> Iterator[Condition]:
    """Which tasks of a topic are asked for."""
    names = {"businessKey", "processDefinitionId", "processDefinitionKey"}
    yield from EXTERNAL_TASKS.conditions({name: given[name] for name in given if name.removesuffix("In") in names})
    if given.get("processDefinitionVersionTag") is not None:
        tagged = select(_PROCESS.id).where(_PROCESS.version_tag == given["processDefinitionVersionTag"])
        yield _TASK.definition_id.in_(tagged)
    if given.get("processVariables"):
        pairs = [{"name": name, "value": value} for name, value in given["processVariables"].items()]
        yield by_variables(here(_TASK.instance_id))(pairs, given)


# --- fetching and waiting ---


def _tell(engine: Engine, fetched: list[Fetched]) -> Iterator[dict[str, Any]]:
    processes = {task.row["definition_id"] for task in fetched}
    models = engine.read(lambda connection: {one: engine.definitions.process(connection, one) for one in processes})
    for task in fetched:
        model = models[task.row["definition_id"]]
        properties = model.activities[task.row["activity_id"]].properties if task.topic.extension_properties else {}
        yield EXTERNAL_TASKS.tell_stored(task.row) | {
            "errorDetails": task.row["error_details"],
            "extensionProperties": dict(properties),
            "processDefinitionVersionTag": model.version_tag,
            "variables": told(task.variables, deserialize=task.topic.deserialize),
        }


def _try(engine: Engine, fetch: Fetch) -> list[dict[str, Any]]:
    if not engine.read(lambda connection: external.any_free(connection, fetch, to_ms(engine.clock()))):
        return []
    return list(_tell(engine, engine.write(lambda unit: external.fetch_and_lock(unit, fetch))))


async def fetch_and_lock(engine: Engine, call: Call) -> list[dict[str, Any]]:
    """Lock tasks for a worker; while it waits it holds no thread, connection or transaction."""
    wait_ms = call.whole("asyncResponseTimeout") or 0
    if wait_ms > LONGEST_POLL_MS:
        message = "The asynchronous response timeout cannot be set to a value greater than"
        raise invalid(f"{message} {LONGEST_POLL_MS} milliseconds")
    fetch = _fetch(call)
    if not fetch.topics or not fetch.most:
        return []
    tasks = await run_in_threadpool(_try, engine, fetch)
    return await _park(engine, fetch, call, wait_ms / 1000) if wait_ms > 0 and not tasks else tasks


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


# --- reports ---


def complete(unit: Unit, call: Call) -> None:
    given, local = call.variables(), call.variables("localVariables")
    external.complete(unit, call.id, call.text("workerId"), given, local)


def bpmn_error(unit: Unit, call: Call) -> None:
    error = BusinessError(call.text("errorCode"), call.text("errorMessage"))
    external.bpmn_error(unit, call.id, call.text("workerId"), error, call.variables())


def _asked(call: Call, duration: str) -> tuple[str | None, int | None]:
    """The worker, and for how long it asks for a lock."""
    return call.text("workerId"), call.whole(duration)


def failure(unit: Unit, call: Call) -> None:
    reported = Failure(
        message=call.text("errorMessage"),
        details=call.text("errorDetails"),
        retries=call.whole("retries") or 0,
        wait_ms=call.whole("retryTimeout") or 0,
        given=call.variables(),
        local=call.variables("localVariables"),
    )
    external.fail(unit, call.id, call.text("workerId"), reported)


def error_details(unit: Unit, call: Call) -> object:
    problem = null(f"No external task found with id {call.id}: externalTask is null")
    details = required(find(unit.connection, "external_task", call.id), problem)["error_details"]
    return None if details is None else Response(details, media_type="text/plain")


def set_retries(unit: Unit, call: Call) -> None:
    external.set_retries(unit, call.id, external.checked_retries(call.whole("retries")))


def set_several_retries(unit: Unit, call: Call) -> None:
    """Set the retries of tasks: those named, those of instances, those that a query finds."""
    retries = external.checked_retries(call.whole("retries"))
    found = [str(one) for one in call.body.get("externalTaskIds") or []]
    queries = [call.body.get("externalTaskQuery")]
    if call.body.get("processInstanceIds"):
        queries.append({"processInstanceIdIn": call.body["processInstanceIds"]})
    for query in filter(None, queries):
        found += [row["id"] for row in EXTERNAL_TASKS.rows(unit, query)]
    if not found:
        raise invalid("externalTaskIds is empty")
    for identifier in dict.fromkeys(found):
        if find(unit.connection, "external_task", identifier) is None:
            raise missing(f"Cannot find external task with id {identifier}: externalTask is null")
        external.set_retries(unit, identifier, retries)


def set_priority(unit: Unit, call: Call) -> None:
    priority = required(call.whole("priority"), RestProblem(500, "NullPointerException", "priority is null"))
    external.set_priority(unit, call.id, priority)


def topic_names(unit: Unit, call: Call) -> object:
    return list(unit.connection.scalars(select(_TASK.topic).distinct().order_by(_TASK.topic)))


def _command(method: str, name: str, action: Action) -> Route:
    return writing(method, "/external-task/{id}/" + name, action)


FETCH: Route = ("POST", "/external-task/fetchAndLock", fetch_and_lock)
ROUTES: list[Route] = [
    _command("POST", "complete", complete),
    _command("POST", "failure", failure),
    _command("POST", "bpmnError", bpmn_error),
    _command("POST", "lock", lambda unit, call: external.lock(unit, call.id, *_asked(call, "lockDuration"))),
    _command("POST", "extendLock", lambda unit, call: external.extend(unit, call.id, *_asked(call, "newDuration"))),
    _command("POST", "unlock", lambda unit, call: external.unlock(unit, call.id)),
    _command("PUT", "retries", set_retries),
    _command("PUT", "priority", set_priority),
    reading("/external-task/{id}/errorDetails", error_details),
    reading("/external-task/topic-names", topic_names),
    writing("PUT", "/external-task/retries", set_several_retries),
    *EXTERNAL_TASKS.routes(),
]
