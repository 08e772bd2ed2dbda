"""External tasks: fetching with a lock, and what a worker reports. Rules and wordings are the real engine's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, or_, select, update

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.core import Core
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.state import Execution, Row
from pulse.engine.embedded.store import Store, find, update_of
from pulse.engine.embedded.values import TypedValue

LONGEST_MESSAGE: Final = 666
_TASK: Final = tables.external_task.c
_LOCK: Final = ("worker_id", "lock_until")
_VARIABLE: Final = tables.variable.c
_VARIABLES: Final = select(_VARIABLE.execution_id, _VARIABLE.name, _VARIABLE.value).where(
    _VARIABLE.instance_id.in_(bindparam("asking", expanding=True)), _VARIABLE.live, _VARIABLE.task_id.is_(None)
)
Given = Mapping[str, TypedValue]


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


@cache
def _query(topics: int) -> Select[Any]:
    """Free tasks of so many topics, `asked_0` and on. Kept, since building a statement costs more than running it."""
    wanted = (_TASK.topic == bindparam(f"asked_{number}") for number in range(topics))
    free = (
        or_(_TASK.lock_until.is_(None), _TASK.lock_until <= bindparam("now")),
        or_(_TASK.retries.is_(None), _TASK.retries > 0),
        _TASK.suspended.is_(False),
    )
    return select(tables.external_task).where(or_(*wanted), *free).order_by(_TASK.id).limit(bindparam("most"))


def _free(connection: Connection, fetch: Fetch, now: int, *, lock: Store | None = None) -> list[Row]:
    """The free tasks that a fetch asks for; with a store they are locked for this transaction."""
    known: Row = {f"asked_{number}": topic.name for number, topic in enumerate(fetch.topics)}
    query = _query(len(fetch.topics))
    if fetch.order:
        query = query.order_by(None).order_by(*fetch.order, _TASK.id)
    if any(topic.conditions for topic in fetch.topics):
        query = query.where(or_(*(and_(_TASK.topic == topic.name, *topic.conditions) for topic in fetch.topics)))
    query = query if lock is None else lock.locking(query, skip_locked=True)
    most = fetch.most if lock is not None else 1
    return [dict(row) for row in connection.execute(query, known | {"now": now, "most": most}).mappings()]


def any_free(connection: Connection, fetch: Fetch, now: int) -> bool:
    """Whether a fetch would find anything; takes no lock."""
    return bool(_free(connection, fetch, now))


def fetch_and_lock(unit: Unit, fetch: Fetch) -> list[Fetched]:
    """Lock free tasks for a worker. Tasks that another worker takes at the same time are left out."""
    rows = _free(unit.connection, fetch, unit.now, lock=unit.engine.store)
    topics = {topic.name: topic for topic in fetch.topics}
    for row in rows:
        row |= {"worker_id": fetch.worker, "lock_until": unit.now + topics[row["topic"]].lock_ms}
    if rows:
        locks = [{"_id": row["id"], **{name: row[name] for name in _LOCK}} for row in rows]
        unit.connection.execute(update_of("external_task", _LOCK), locks)
    asking = {row["instance_id"] for row in rows if topics[row["topic"]].variables != frozenset()}
    kept: dict[str, dict[str, Row]] = {}
    for execution, name, value in unit.connection.execute(_VARIABLES, {"asking": list(asking)}) if asking else ():
        kept.setdefault(execution, {})[name] = value
    return [Fetched(row, topics[row["topic"]], _seen(row, topics[row["topic"]], kept)) for row in rows]


def _seen(row: Row, topic: Topic, kept: Mapping[str, Mapping[str, Row]]) -> dict[str, TypedValue]:
    """The variables that a topic asks for, from the inside out; `kept` holds them by execution."""
    seen: dict[str, TypedValue] = {}
    for scope in [row["execution_id"]] if topic.local else row["scopes"]:
        for name, value in kept.get(scope, {}).items():
            if name not in seen and (topic.variables is None or name in topic.variables):
                seen[name] = values.load(value)
    return seen


# --- what a worker reports ---


@dataclass(frozen=True, slots=True)
class BusinessError:
    """A BPMN error that a worker reports."""

    code: str | None
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A technical failure; no retries left makes an incident, `wait_ms` keeps the task from being fetched."""

    message: str | None
    details: str | None
    retries: int
    wait_ms: int
    given: Given
    local: Given


def complete(unit: Unit, task_id: str, worker: str | None, given: Given, local: Given) -> None:
    """The work is done: `given` go to the process, `local` live in the task's scope until it is left."""
    _check_named("workerId", worker)
    row, core, execution = _loaded(unit, task_id)
    _check_held(row, worker, f"External Task {task_id} cannot be completed by worker '{worker}'")
    _set_variables(core, execution, given, local)
    core.log_external(execution, "success")
    core.complete(execution)
    unit.save(core)


def bpmn_error(unit: Unit, task_id: str, worker: str | None, error: BusinessError, given: Given) -> None:
    """A business error: to the boundary event that catches it, else the path ends silently."""
    _check_named("errorCode", error.code)
    _check_named("workerId", worker)
    row, core, execution = _loaded(unit, task_id)
    _check_held(row, worker, f"Bpmn error of External Task {task_id} cannot be reported by worker '{worker}'")
    _set_variables(core, execution, given)
    # An error removes the task, caught or not; only what completes it resolves its incident.
    core.resolve_incidents(execution, task_id, state="deleted")
    core.error(execution, error.code or "", error.message)
    unit.save(core)


def fail(unit: Unit, task_id: str, worker: str | None, failure: Failure) -> None:
    """A technical failure."""
    for name, number in (("retries", failure.retries), ("retryDuration", failure.wait_ms)):
        if number < 0:
            raise RestProblem(500, "ProcessEngineException", f"{name} is not greater than or equal to 0", 0)
    _check_named("workerId", worker)
    row, core, execution = _loaded(unit, task_id)
    _check_held(row, worker, f"Failure of External Task {task_id} cannot be reported by worker '{worker}'")
    _set_variables(core, execution, failure.given, failure.local)
    message = None if failure.message is None else failure.message[:LONGEST_MESSAGE]
    log_id = core.log_external(execution, "failure", error_message=message, error_details=failure.details)
    changed: Row = {"error_message": message, "retries": failure.retries, "lock_until": unit.now + failure.wait_ms}
    if failure.details is not None:
        changed["error_details"] = failure.details
    core.changes.update("external_task", task_id, **changed)
    _settle(core, execution, row | changed, log_id=log_id)
    unit.save(core)


def checked_retries(retries: int | None) -> int:
    """How often a task may still fail, as a request says it. RestProblem 400 for none or less than 0."""
    if retries is None:
        raise RestProblem(400, "InvalidRequestException", "The number of retries cannot be null.")
    if retries < 0:
        message = "The number of retries cannot be negative: retries is not greater than or equal to 0"
        raise RestProblem(400, "BadUserRequestException", message, 0)
    return retries


def set_retries(unit: Unit, task_id: str, retries: int) -> None:
    """Set how often a task may still fail; more than 0 resolves its incident."""
    row, core, execution = _loaded(unit, task_id)
    core.changes.update("external_task", task_id, retries=retries)
    _settle(core, execution, row | {"retries": retries})
    unit.save(core)
    unit.topics.add(row["topic"])


def _row(unit: Unit, task_id: str) -> Row:
    row = find(unit.connection, "external_task", task_id)
    if row is None:
        raise RestProblem(404, "RestException", f"External task with id {task_id} does not exist", 0)
    return row


def _loaded(unit: Unit, task_id: str) -> tuple[Row, Core, Execution]:
    """A task with its instance. RestProblem 404 where it is not there."""
    core = unit.load(_row(unit, task_id)["instance_id"])
    row = _row(unit, task_id)  # as it is behind the instance's lock
    assert core is not None
    core.changes.know("external_task", row)
    return row, core, core.state.executions[row["execution_id"]]


def _check_named(name: str, value: object) -> None:
    if value is None:
        raise RestProblem(500, "NullValueException", f"{name} is null", 0)


def _check_held(row: Row, worker: str | None, doing: str) -> None:
    """A worker that does not hold a task is refused. An expired lock that nobody took over still counts."""
    if row["worker_id"] != worker:
        raise _refused(f"{doing}. It is locked by worker '{row['worker_id'] or 'null'}'.")
    if row["suspended"]:
        raise _refused(f"ENGINE-03043 ExternalTask with id '{row['id']}' is suspended.")


def _refused(message: str) -> RestProblem:
    return RestProblem(400, "RestException", message, 0)


def _set_variables(core: Core, execution: Execution, given: Given, local: Given | None = None) -> None:
    core.set_variables(execution, given)
    for name, value in (local or {}).items():
        core.set_local(execution, name, value)


def _settle(core: Core, execution: Execution, row: Row, **more: Any) -> None:
    """Make or resolve the incident of a task, by the retries that it has left."""
    if row["retries"] == 0:
        core.open_incident(execution, "failedExternalTask", row, row["error_message"], **more)
    else:
        core.resolve_incidents(execution, row["id"])


# --- locks ---


def lock(unit: Unit, task_id: str, worker: str | None, duration_ms: int | None) -> None:
    """Lock one task for a worker."""
    _check_named("workerId", worker)
    until, row = _until(unit, "lockDuration", duration_ms), _row(unit, task_id)
    if row["worker_id"] not in {None, worker} and (row["lock_until"] or 0) > unit.now:
        doing = f"External Task {task_id} cannot be locked by worker '{worker}'"
        raise _refused(f"{doing}. It is locked by worker '{row['worker_id']}'.")
    _set(unit, task_id, worker_id=worker, lock_until=until)


def extend(unit: Unit, task_id: str, worker: str | None, duration_ms: int | None) -> None:
    """Make a lock end later, counted from now. A lock that is over cannot be extended."""
    _check_named("workerId", worker)
    until, row = _until(unit, "lockTime", duration_ms), _row(unit, task_id)
    _check_held(row, worker, f"The lock of the External Task {task_id} cannot be extended by worker '{worker}''")
    if (row["lock_until"] or 0) < unit.now:
        message = "Cannot extend a lock that expired: lockExpirationTime is not greater than or equal to"
        raise _refused(f"{message} {unit.now}")
    _set(unit, task_id, lock_until=until)


def unlock(unit: Unit, task_id: str) -> None:
    """Give a task back, whoever holds it."""
    unit.topics.add(_row(unit, task_id)["topic"])
    _set(unit, task_id, worker_id=None, lock_until=None)


def set_priority(unit: Unit, task_id: str, priority: int) -> None:
    """Set a task's priority; higher is fetched first where the worker asks for it."""
    _row(unit, task_id)
    _set(unit, task_id, priority=priority)


def _until(unit: Unit, name: str, duration_ms: int | None) -> int:
    if not duration_ms or duration_ms <= 0:
        raise _refused(f"{name} is not greater than 0")
    return unit.now + duration_ms


def _set(unit: Unit, task_id: str, **changed: Any) -> None:
    unit.connection.execute(update(tables.external_task).where(_TASK.id == task_id).values(changed))
