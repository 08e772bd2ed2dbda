"""External tasks: fetching with a lock, and what a worker reports. Rules and wordings are the real engine's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, update

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.core import Core
from pulse.engine.embedded.engine import Unit, find, new_id
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.state import Execution
from pulse.engine.embedded.store import LOGGED
from pulse.engine.embedded.values import TypedValue

LONGEST_MESSAGE: Final = 666
_TASK: Final = tables.external_task.c
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic of a fetch: how long to lock, which tasks, which variables (None: all)."""

    name: str
    lock_ms: int
    variables: frozenset[str] | None = None
    local: bool = False
    deserialize: bool = False
    extension_properties: bool = False
    conditions: tuple[ColumnElement[bool], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """What a worker asks for. `topics` are distinct; `order` holds the columns to sort by."""

    worker: str
    most: int
    topics: tuple[Topic, ...]
    order: tuple[ColumnElement[Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A task that is locked now, with its variables."""

    row: Row
    topic: Topic
    variables: dict[str, TypedValue]


def _query(fetch: Fetch, now: int) -> Select[Any]:
    wanted = [and_(_TASK.topic == topic.name, *topic.conditions) for topic in fetch.topics]
    free = (
        or_(_TASK.lock_until.is_(None), _TASK.lock_until <= now),
        or_(_TASK.retries.is_(None), _TASK.retries > 0),
        _TASK.suspended.is_(False),
    )
    return select(tables.external_task).where(or_(*wanted), *free).order_by(*fetch.order, _TASK.id).limit(fetch.most)


def any_free(connection: Connection, fetch: Fetch, now: int) -> bool:
    """Whether a fetch would find anything; takes no lock."""
    return connection.execute(_query(fetch, now).limit(1)).first() is not None


def fetch_and_lock(unit: Unit, fetch: Fetch) -> list[Fetched]:
    """Lock free tasks for a worker. Tasks that another worker takes at the same time are left out."""
    query = _query(fetch, unit.now)
    if not unit.engine.store.sqlite:
        query = query.with_for_update(skip_locked=True)
    rows = [dict(row) for row in unit.connection.execute(query).mappings()]
    topics = {topic.name: topic for topic in fetch.topics}
    for row in rows:
        row["worker_id"], row["lock_until"] = fetch.worker, unit.now + topics[row["topic"]].lock_ms
    for topic in fetch.topics:
        locked = [row["id"] for row in rows if row["topic"] == topic.name]
        if locked:
            changed = update(tables.external_task).where(_TASK.id.in_(locked))
            unit.connection.execute(changed.values(worker_id=fetch.worker, lock_until=unit.now + topic.lock_ms))
    asking = [row for row in rows if topics[row["topic"]].variables != frozenset()]
    kept = _variables(unit.connection, asking)
    return [Fetched(row, topics[row["topic"]], _seen(row, topics[row["topic"]], kept)) for row in rows]


def _variables(connection: Connection, rows: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Execution id to the stored variables that live there, for the instances of the given tasks."""
    if not rows:
        return {}
    column = tables.variable.c
    instances = {row["instance_id"] for row in rows}
    query = select(column.execution_id, column.name, column.value).where(column.instance_id.in_(instances), column.live)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for execution, name, value in connection.execute(query):
        found.setdefault(execution, {})[name] = value
    return found


def _seen(row: Row, topic: Topic, kept: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, TypedValue]:
    scopes = [row["execution_id"]] if topic.local else row["scopes"]
    seen: dict[str, TypedValue] = {}
    for scope in scopes:
        for name, value in kept.get(scope, {}).items():
            if name not in seen and (topic.variables is None or name in topic.variables):
                seen[name] = values.load(value)
    return seen


def task_row(unit: Unit, task_id: str) -> Row:
    """A task's row. RestProblem 404 as commands answer it."""
    row = find(unit.connection, "external_task", task_id)
    if row is None:
        raise RestProblem(404, "RestException", f"External task with id {task_id} does not exist", 0)
    return row


def _held(unit: Unit, task_id: str, worker: str | None, doing: str) -> tuple[Row, Core, Execution]:
    """A task with its instance, if the worker holds it. An expired lock that nobody took over still counts."""
    if worker is None:
        raise RestProblem(500, "NullValueException", "workerId is null", 0)
    row = task_row(unit, task_id)
    core = unit.load(row["instance_id"])
    if core is None:
        raise RestProblem(404, "RestException", f"External task with id {task_id} does not exist", 0)
    if not unit.engine.store.sqlite:
        row = task_row(unit, task_id)  # read again behind the instance's lock
    if row["worker_id"] != worker:
        holder = row["worker_id"] or "null"
        told = doing.format(id=task_id, worker=worker)
        raise RestProblem(400, "RestException", f"{told}. It is locked by worker '{holder}'.", 0)
    if row["suspended"]:
        raise RestProblem(400, "RestException", f"ENGINE-03043 ExternalTask with id '{task_id}' is suspended.", 0)
    return row, core, core.state.executions[row["execution_id"]]


Given = Mapping[str, TypedValue]


def complete(unit: Unit, task_id: str, worker: str | None, given: Given, local: Given) -> None:
    """The work is done: `given` go to the process, `local` live in the task's scope until it is left."""
    row, core, execution = _held(unit, task_id, worker, "External Task {id} cannot be completed by worker '{worker}'")
    core.set_variables(execution, given)
    for name, value in local.items():
        core.set_local(execution, name, value)
    core.log_external(execution, "success", **{name: row[name] for name in LOGGED})
    core.complete(execution)
    unit.save(core)


@dataclass(frozen=True, slots=True)
class BusinessError:
    """A BPMN error that a worker reports."""

    code: str | None
    message: str | None


def bpmn_error(unit: Unit, task_id: str, worker: str | None, error: BusinessError, given: Given) -> None:
    """A business error: to the boundary event that catches it, else the path ends silently."""
    if error.code is None:
        raise RestProblem(500, "NullValueException", "errorCode is null", 0)
    told = "Bpmn error of External Task {id} cannot be reported by worker '{worker}'"
    _, core, execution = _held(unit, task_id, worker, told)
    core.set_variables(execution, given)
    core.error(execution, error.code, error.message)
    unit.save(core)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A technical failure; no retries left makes an incident, `wait_ms` keeps the task from being fetched."""

    message: str | None
    details: str | None
    retries: int
    wait_ms: int
    given: Given
    local: Given


def fail(unit: Unit, task_id: str, worker: str | None, failure: Failure) -> None:
    """A technical failure."""
    for name, number in (("retries", failure.retries), ("retryDuration", failure.wait_ms)):
        if number < 0:
            raise RestProblem(500, "ProcessEngineException", f"{name} is not greater than or equal to 0", 0)
    told = "Failure of External Task {id} cannot be reported by worker '{worker}'"
    row, core, execution = _held(unit, task_id, worker, told)
    core.set_variables(execution, failure.given)
    for name, value in failure.local.items():
        core.set_local(execution, name, value)
    message = None if failure.message is None else failure.message[:LONGEST_MESSAGE]
    changed: dict[str, Any] = {"error_message": message, "retries": failure.retries}
    if failure.details is not None:
        changed["error_details"] = failure.details
    core.changes.update("external_task", task_id, lock_until=unit.now + failure.wait_ms, **changed)
    core.log_external(execution, "failure", error_message=message, error_details=failure.details)
    _incident(core, execution, {**row, **changed})
    unit.save(core)


def _incident(core: Core, execution: Execution, row: Row) -> None:
    """Make or resolve the incident of a task, by the retries that it has left."""
    known = [incident for incident, cause in execution.incidents.items() if cause == row["id"]]
    if row["retries"] and known:
        for incident in known:
            del execution.incidents[incident]
            core.changes.update("incident", incident, end_time=core.now, state="resolved")
    elif row["retries"] == 0 and not known:
        incident = new_id()
        execution.incidents[incident] = row["id"]
        place = ("instance_id", "execution_id", "activity_id", "definition_id", "definition_key")
        values_ = {name: row[name] for name in place} | {"id": incident, "type": "failedExternalTask"}
        values_ |= {"time": core.now, "message": row["error_message"], "configuration": row["id"], "end_time": None}
        log_id = next((log["id"] for log in core.changes.inserts.get("external_log", {}).values()), None)
        core.changes.insert("incident", values_ | {"state": "open", "log_id": log_id})


def set_retries(unit: Unit, task_id: str, retries: int | None) -> None:
    """Set how often a task may still fail; more than 0 resolves its incident."""
    if retries is None:
        raise RestProblem(400, "InvalidRequestException", "The number of job retries cannot be null.")
    if retries < 0:
        raise RestProblem(400, "BadUserRequestException", "The number of retries cannot be negative", 0)
    row = task_row(unit, task_id)
    core = unit.load(row["instance_id"])
    assert core is not None
    core.changes.update("external_task", task_id, retries=retries)
    _incident(core, core.state.executions[row["execution_id"]], {**row, "retries": retries})
    unit.save(core)
    unit.topics.add(row["topic"])


def lock(unit: Unit, task_id: str, worker: str | None, duration_ms: int | None) -> None:
    """Lock one task for a worker."""
    if worker is None:
        raise RestProblem(500, "NullValueException", "workerId is null", 0)
    if not duration_ms or duration_ms <= 0:
        raise RestProblem(400, "RestException", "lockDuration is not greater than 0", 0)
    row = task_row(unit, task_id)
    if row["worker_id"] not in {None, worker} and (row["lock_until"] or 0) > unit.now:
        message = f"External Task {task_id} cannot be locked by worker '{worker}'. It is locked by worker"
        raise RestProblem(400, "RestException", f"{message} '{row['worker_id']}'.", 0)
    _set(unit, task_id, worker_id=worker, lock_until=unit.now + duration_ms)


def extend(unit: Unit, task_id: str, worker: str | None, duration_ms: int | None) -> None:
    """Make a lock end later, counted from now. A lock that is over cannot be extended."""
    if worker is None:
        raise RestProblem(500, "NullValueException", "workerId is null", 0)
    if not duration_ms or duration_ms <= 0:
        raise RestProblem(400, "RestException", "lockTime is not greater than 0", 0)
    row = task_row(unit, task_id)
    if row["worker_id"] != worker:
        message = f"The lock of the External Task {task_id} cannot be extended by worker '{worker}''. It is locked by"
        raise RestProblem(400, "RestException", f"{message} worker '{row['worker_id'] or 'null'}'.", 0)
    if row["suspended"]:
        raise RestProblem(400, "RestException", f"ENGINE-03043 ExternalTask with id '{task_id}' is suspended.", 0)
    if (row["lock_until"] or 0) < unit.now:
        message = "Cannot extend a lock that expired: lockExpirationTime is not greater than or equal to"
        raise RestProblem(400, "RestException", f"{message} {unit.now}", 0)
    _set(unit, task_id, lock_until=unit.now + duration_ms)


def unlock(unit: Unit, task_id: str) -> None:
    """Give a task back, whoever holds it."""
    row = task_row(unit, task_id)
    _set(unit, task_id, worker_id=None, lock_until=None)
    unit.topics.add(row["topic"])


def set_priority(unit: Unit, task_id: str, priority: int) -> None:
    """Set a task's priority; higher is fetched first where the worker asks for it."""
    task_row(unit, task_id)
    _set(unit, task_id, priority=priority)


def _set(unit: Unit, task_id: str, **changed: Any) -> None:
    unit.connection.execute(update(tables.external_task).where(_TASK.id == task_id).values(changed))
