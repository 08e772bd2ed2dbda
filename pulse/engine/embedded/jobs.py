"""Jobs: timers and asynchronous continuations, run by one thread as they fall due.

A job is taken, run and removed in one transaction. Its row lock is the lease: it ends with the process that held it,
so after a crash the next process goes on at once.
"""

from __future__ import annotations

import threading
import time
import traceback
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Select, and_, delete, func, or_, select

from pulse.engine.embedded import tables
from pulse.engine.embedded.core import Core
from pulse.engine.embedded.definitions import job_definition_id
from pulse.engine.embedded.deployments import remove_history
from pulse.engine.embedded.engine import Engine, Unit
from pulse.engine.embedded.errors import EmbeddedError, RestProblem
from pulse.engine.embedded.state import Execution, Row
from pulse.engine.embedded.store import find
from pulse.engine.embedded.timers import to_ms

log = structlog.get_logger(__name__)

LONGEST_WAIT_S: Final = 1.0
"""How soon a job made by another process is seen."""
SHORTEST_WAIT_S: Final = 0.05
"""How soon a due job is looked at again that another process holds."""
LONGEST_MESSAGE: Final = 4_000
CLEAN_EVERY_S: Final = 3_600
CLEAN_AT_ONCE: Final = 100

_JOB: Final = tables.job.c
_RUNNABLE: Final = and_(_JOB.retries > 0, _JOB.suspended.is_(False))


def _held(unit: Unit, job_id: str) -> tuple[Row, Core, Execution] | None:
    """A job with its instance; None where one of them is gone."""
    row = find(unit.connection, "job", job_id)
    core = unit.load(row["instance_id"]) if row is not None else None
    execution = core.state.executions.get(row["execution_id"]) if row is not None and core is not None else None
    if row is None or core is None or execution is None or job_id not in execution.jobs:
        return None
    return row, core, execution


def run(unit: Unit, job_id: str) -> None:
    """Run a job of the store. RestProblem 404 where it is gone; what the process raises goes through."""
    held = _held(unit, job_id)
    if held is None:
        raise RestProblem(404, "InvalidRequestException", f"ENGINE-14026 No job found with id '{job_id}'")
    row, core, execution = held
    if core.state.suspended:
        refused = EmbeddedError(f"ENGINE-03043 Execution with id '{execution.id}' is suspended.")
        # What a timer would do fails outside of its activity, a continuation in it.
        refused.activity_id = None if row["kind"] == "timer" else row["activity_id"]
        raise refused
    core.changes.know("job", row)
    activity = core.process.activities[row["activity_id"]]
    del execution.jobs[job_id]
    core.log_job(job_id, "success")
    core.changes.delete("job", job_id)
    core.resolve_incidents(execution, job_id)
    try:
        if row["kind"] == "timer":
            core.trigger(execution, activity)
        else:
            core.resume(execution, activity, row["kind"], row["config"])
    except EmbeddedError as problem:
        problem.activity_id = (core.at or activity).id
        raise
    unit.save(core)


def record_failure(unit: Unit, job_id: str, problem: Exception) -> None:
    """Take one retry from a job that failed; the last one makes an incident."""
    held = _held(unit, job_id)
    if held is None:
        return
    row, core, execution = held
    message = str(problem)[:LONGEST_MESSAGE]
    failed = problem.activity_id if isinstance(problem, EmbeddedError) else row["activity_id"]
    retries, wait_ms = max(row["retries"] - 1, 0), core.process.activities[row["activity_id"]].retry_wait_ms
    changed = {"retries": retries, "failed_activity_id": failed, "exception_message": message}
    changed["due"] = unit.now + wait_ms if wait_ms and retries else row["due"]
    changed["exception_details"] = "".join(traceback.format_exception(problem))
    core.changes.update("job", job_id, **changed)
    told = {name: changed[name] for name in ("failed_activity_id", "exception_message", "exception_details")}
    log_id = core.log_job(job_id, "failure", **told)
    if retries == 0:
        cause = job_definition_id(row["definition_id"], row["activity_id"], row["kind"])
        more = {"failed_activity_id": failed, "job_definition_id": cause, "log_id": log_id}
        core.open_incident(execution, "failedJob", row, message, **more)
    unit.save(core)


def execute(engine: Engine, job_id: str, user: str | None = None) -> None:
    """Run a job now. What it raises goes through, after a retry was taken from it."""
    try:
        engine.write(lambda unit: run(unit, job_id), user)
    except EmbeddedError as problem:
        cause = problem
        # a job that is not there has nothing to record: then this changes nothing
        engine.write(lambda unit: record_failure(unit, job_id, cause))
        raise


def clean(unit: Unit) -> int:
    """Remove instances whose history has lived as long as their model says, some at a time; how many."""
    column, decision = tables.instance.c, tables.decision_instance
    over = select(column.id).where(column.removal_time < unit.now).limit(CLEAN_AT_ONCE)
    instances = list(unit.connection.scalars(over))
    remove_history(unit, instances)
    unit.connection.execute(delete(decision).where(decision.c.removal_time < unit.now))
    if instances:
        log.info("history removed", action="history.removed", instances=len(instances))
    return len(instances)


class JobExecutor:
    """The thread that runs jobs. A job that fails is tried again as its activity says; none stops the thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = threading.Thread(target=self._work, name="engine-jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Wait until the job at work is done; `Waiting.close` has woken the thread."""
        self._thread.join()

    def _work(self) -> None:
        waiting, cleaned = self._engine.waiting, float("-inf")
        while not waiting.closed:
            waiting.jobs.clear()
            try:
                if time.monotonic() > cleaned + CLEAN_EVERY_S and not self._engine.write(clean):
                    cleaned = time.monotonic()
                wait_s = self._engine.read(self._until_next)
                if wait_s <= 0 and self._run_next():
                    continue
            except Exception:
                log.exception("the job executor stumbled", action="jobs.failed")
                wait_s = LONGEST_WAIT_S
            waiting.jobs.wait(max(wait_s, SHORTEST_WAIT_S))

    def _run_next(self) -> bool:
        """Run the next job that is due and that nobody else runs; whether there was one."""
        taken: list[str] = []

        def take(unit: Unit) -> None:
            query = self._engine.store.locking(self._next(unit.now), skip_locked=True)
            for job_id in unit.connection.scalars(query).all():
                taken.append(job_id)
                run(unit, job_id)

        try:
            self._engine.write(take)
        except Exception as problem:
            failure = problem
            if not taken:
                raise
            log.warning("a job failed", action="jobs.failed", job=taken[-1], error=type(problem).__name__)
            self._engine.write(lambda unit: record_failure(unit, taken[-1], failure))
        return bool(taken)

    def _next(self, now: int) -> Select[Any]:
        due = or_(_JOB.due.is_(None), _JOB.due <= now)
        return select(_JOB.id).where(_RUNNABLE, due).order_by(_JOB.priority.desc(), _JOB.due, _JOB.id).limit(1)

    def _until_next(self, connection: Connection) -> float:
        """Seconds until a job is due."""
        now = to_ms(self._engine.clock())
        if connection.scalar(self._next(now)) is not None:
            return 0.0
        due = connection.scalar(select(func.min(_JOB.due)).where(_RUNNABLE))
        return LONGEST_WAIT_S if due is None else min((due - now) / 1000, LONGEST_WAIT_S)
