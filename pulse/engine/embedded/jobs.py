"""Jobs: timers and asynchronous continuations, run by one thread as they fall due.

A job is taken, run and removed in one transaction. Its row lock is the lease: it ends with the process that held it,
so after a crash the next process goes on at once.
"""

from __future__ import annotations

import threading
import time
import traceback
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import structlog
from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select

from pulse.engine.embedded import tables
from pulse.engine.embedded.deployments import remove_history
from pulse.engine.embedded.engine import Engine, Unit, find, new_id
from pulse.engine.embedded.errors import EmbeddedError, RestProblem
from pulse.engine.embedded.timers import to_ms

log = structlog.get_logger(__name__)

LONGEST_WAIT_S: Final = 1.0
"""How soon a job made by another process is seen."""
LONGEST_MESSAGE: Final = 4_000
CLEAN_EVERY_S: Final = 3_600
CLEAN_AT_ONCE: Final = 100

_JOB: Final = tables.job.c


def _runnable() -> ColumnElement[bool]:
    return and_(_JOB.retries > 0, _JOB.suspended.is_(False))


def definition_id_of(definition_id: str, activity_id: str, kind: str) -> str:
    """The id of what an activity makes jobs by; it follows from the model, so it is not stored."""
    return str(uuid5(NAMESPACE_URL, f"{definition_id}/{activity_id}/{kind}"))


def run(unit: Unit, job_id: str) -> None:
    """Run a job of the store. RestProblem 404 where it is gone; what the process raises goes through."""
    row = find(unit.connection, "job", job_id)
    core = unit.load(row["instance_id"]) if row is not None else None
    execution = core.state.executions.get(row["execution_id"]) if row is not None and core is not None else None
    if row is None or core is None or execution is None or job_id not in execution.jobs:
        raise RestProblem(404, "InvalidRequestException", f"ENGINE-14026 No job found with id '{job_id}'")
    activity = core.process.activities[row["activity_id"]]
    del execution.jobs[job_id]
    core.changes.delete("job", job_id)
    for incident, configuration in list(execution.incidents.items()):
        if configuration == job_id:
            del execution.incidents[incident]
            core.changes.update("incident", incident, end_time=core.now, state="resolved")
    if row["kind"] == "timer":
        core.trigger(execution, activity)
    else:
        core.resume(execution, activity, row["kind"], row["config"])
    unit.save(core)


def record_failure(unit: Unit, job_id: str, problem: Exception) -> None:
    """Take one retry from a job that failed; the last one makes an incident."""
    row = find(unit.connection, "job", job_id)
    core = unit.load(row["instance_id"]) if row is not None else None
    if row is None or core is None:
        return
    message = str(problem)[:LONGEST_MESSAGE]
    details = "".join(traceback.format_exception(problem))
    retries = max(row["retries"] - 1, 0)
    cycle = core.process.activities[row["activity_id"]].retries
    due = unit.now + cycle.wait_ms if cycle.wait_ms and retries else row["due"]
    changed = {"retries": retries, "due": due, "exception_message": message, "exception_details": details}
    core.changes.update("job", job_id, failed_activity_id=row["activity_id"], **changed)
    execution = core.state.executions[row["execution_id"]]
    if retries == 0 and job_id not in execution.incidents.values():
        incident = new_id()
        execution.incidents[incident] = job_id
        values = {name: row[name] for name in _PLACE}
        values |= {"id": incident, "type": "failedJob", "time": unit.now, "message": message, "configuration": job_id}
        values |= {"failed_activity_id": row["activity_id"], "end_time": None, "state": "open"}
        values["job_definition_id"] = definition_id_of(row["definition_id"], row["activity_id"], row["kind"])
        core.changes.insert("incident", values)
    unit.save(core)


_PLACE: Final = ("instance_id", "execution_id", "activity_id", "definition_id", "definition_key")


def execute(engine: Engine, job_id: str, user: str | None = None) -> None:
    """Run a job now. What it raises goes through, after a retry was taken from it."""
    try:
        engine.write(lambda unit: run(unit, job_id), user)
    except EmbeddedError as problem:
        if isinstance(problem, RestProblem) and problem.status == 404:
            raise
        cause = problem
        engine.write(lambda unit: record_failure(unit, job_id, cause))
        raise


def clean(unit: Unit) -> int:
    """Remove instances whose history has lived as long as their model says, some at a time; how many."""
    column = tables.instance.c
    over = select(column.id).where(column.removal_time < unit.now).limit(CLEAN_AT_ONCE)
    instances = list(unit.connection.scalars(over))
    remove_history(unit, instances)
    decision = tables.decision_instance
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
                if self.run_due():
                    continue
                wait_s = self._engine.read(self._until_next)
            except Exception:
                log.exception("the job executor stumbled", action="jobs.failed")
                wait_s = LONGEST_WAIT_S
            waiting.jobs.wait(wait_s)

    def run_due(self) -> bool:
        """Run the next job that is due; whether there was one."""
        ready = self._engine.read(self._next)
        if ready is None:
            return False
        taken: list[str] = []
        try:
            self._engine.write(lambda unit: self._take(unit, taken))
        except Exception as problem:
            failure = problem
            if not taken:
                raise
            log.warning("a job failed", action="jobs.failed", job=taken[-1], error=type(problem).__name__)
            self._engine.write(lambda unit: record_failure(unit, taken[-1], failure))
        return True

    def _due(self) -> ColumnElement[bool]:
        now = to_ms(self._engine.clock())
        return and_(_runnable(), or_(_JOB.due.is_(None), _JOB.due <= now))

    def _next(self, connection: Connection) -> str | None:
        order = (_JOB.priority.desc(), _JOB.due, _JOB.id)
        return connection.scalar(select(_JOB.id).where(self._due()).order_by(*order).limit(1))

    def _take(self, unit: Unit, taken: list[str]) -> None:
        order = (_JOB.priority.desc(), _JOB.due, _JOB.id)
        query = select(_JOB.id).where(self._due()).order_by(*order).limit(1)
        if not self._engine.store.sqlite:
            query = query.with_for_update(skip_locked=True)
        job_id = unit.connection.scalar(query)
        if job_id is not None:
            taken.append(job_id)
            run(unit, job_id)

    def _until_next(self, connection: Connection) -> float:
        due = connection.scalar(select(func.min(_JOB.due)).where(_runnable()))
        if due is None:
            return LONGEST_WAIT_S
        wait_s: float = (due - to_ms(self._engine.clock())) / 1000
        return min(max(wait_s, 0.0), LONGEST_WAIT_S)
