"""The tasks in our hands: their locks are renewed, and the engine is told how each ended until it has heard."""

from __future__ import annotations

import re
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from pulse.engine import errors
from pulse.engine.client import EngineClient, ExternalTask
from pulse.engine.worker.attempts import Attempts
from pulse.engine.worker.metrics import Metrics
from pulse.engine.worker.topic import BpmnError, DependencyDown, Fatal, Outcome, Postpone, Result, Topic
from pulse.engine.worker.waits import backoff

log = structlog.get_logger(__name__)

#: Of the engine's words for 400 (HandleExternalTaskCmd.validateWorkerViolation).
ANOTHERS = "It is locked by worker"
#: First and longest wait before a report is repeated.
REPEAT_WAIT_S = (0.2, 30.0)
#: What can hold somebody's data in a foreign exception's message: quoted values, addresses, longer numbers.
PRIVATE = re.compile(r"'[^']*'|\"[^\"]*\"|\S+@\S+|\d[\d.\-/ ]{2,}\d")


@dataclass(slots=True, eq=False)
class Held:
    """A task that the engine has locked for us. Times are the worker's own monotonic clock, never the engine's."""

    task: ExternalTask
    topic: Topic
    locked_until: float = 0.0
    renew_at: float = 0.0
    #: Its failure is being reported, so the engine may hand it out anew before we have heard the answer.
    failed: bool = False
    #: Given back at the end of the grace period: whatever its handler still does is reported no more.
    released: bool = False
    #: Its lock ran out at least once while we worked on it.
    lost: bool = False

    def locked_at(self, now: float) -> None:
        """The engine has just locked it (again)."""
        lock_s = self.topic.lock_ms / 1000
        self.locked_until, self.renew_at = now + lock_s, now + lock_s / 3


class Holder:
    """All held tasks by id, and all that the engine hears about them.

    A thread extends each lock whenever a third of it is over, until the engine says no. Reports that get no answer,
    lose a race or meet a refused login are repeated for as long as we hold the task: the work is done, only its report
    is missing. A 404 after an unanswered report means that it had arrived.
    """

    def __init__(self, client: EngineClient, worker_id: str, metrics: Metrics, tick_s: float) -> None:
        self._client, self._worker_id, self._metrics, self._tick_s = client, worker_id, metrics, tick_s
        self._held: dict[str, Held] = {}
        self._attempts = Attempts(client, worker_id)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew_locks, name="lock renewal", daemon=True)

    def __len__(self) -> int:
        return len(self._held)

    def by_topic(self) -> dict[str, int]:
        """How many tasks of each topic are held."""
        return Counter(held.task.topic for held in list(self._held.values()))

    def start(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def end(self) -> list[Held]:
        """Stop renewing; what is still held is marked as released and handed over."""
        self._ended.set()
        left = list(self._held.values())
        for held in left:
            held.released = True
        self._thread.join(1.0)  # it may be waiting for an engine that hangs
        return left

    def take(self, task: ExternalTask, topic: Topic) -> Held | None:
        """Hold a fetched task. None if its lock ran out while we work on it: then the fetch has only renewed the lock,
        and the handler that runs is the one to go on."""
        running = self._held.get(task.id)
        if running is not None and not running.failed:
            self._lost(running)
            running.locked_at(time.monotonic())
            return None
        held = self._held[task.id] = Held(task, topic)
        held.locked_at(time.monotonic())
        return held

    def let_go(self, held: Held) -> None:
        """Its slot has done with it."""
        if self._held.get(held.task.id) is held:
            del self._held[held.task.id]

    def begin(self, held: Held) -> None:
        """Its handler begins; raises `Fatal` where its attempts are used up."""
        self._attempts.begin(held.task, held.topic)

    def complete(self, held: Held, outcome: Outcome) -> None:
        """Done. If the engine cannot digest that (bad variable, failing expression behind it), it is a failure."""
        done = outcome if isinstance(outcome, Result) else Result(outcome or {})
        self._report(held, "completed", self._client.complete, **vars(done))

    def bpmn_error(self, held: Held, error: BpmnError) -> None:
        """For the model to handle."""
        outcome: dict[str, Any] = {"code": error.code, "message": str(error), "variables": error.variables}
        self._report(held, "bpmn_error", self._client.bpmn_error, **outcome)

    def failure(self, held: Held, error: BaseException) -> None:
        """Failed: one retry less and a rest, or an incident."""
        held.failed = True
        task, retry = held.task, held.topic.retry
        left = 0 if isinstance(error, Fatal) else retry.left(task.retries)
        about = {"topic": task.topic, "task": task.id, "case": task.business_key, "retries": left}
        log.warning("task failed", action="fail", error=type(error).__name__, **about)
        outcome: dict[str, Any] = {"message": describe(error), "details": frames(error), "retries": left}
        event = "failed" if left else "incident"
        self._report(held, event, self._client.failure, **outcome, retry_timeout_ms=retry.rest_ms(left))

    def give_back(self, held: Held, why: DependencyDown) -> None:
        """Untouched, for whoever can reach what it needs."""
        held.failed = True
        about = {"topic": held.task.topic, "task": held.task.id, "case": held.task.business_key}
        log.info("task given back", action="give_back", dependency=why.name, **about)
        if held.topic.may_crash:  # the retry that the attempt took comes back with it
            self._rest(held, "given_back", str(why), 0)
        else:
            self._report(held, "given_back", lambda task_id, _: self._client.unlock(task_id), foreign=True)

    def postpone(self, held: Held, why: Postpone) -> None:
        """It rests, with the retries it had."""
        held.failed = True
        self._rest(held, "postponed", str(why), round(1000 * why.rest_s))

    def _rest(self, held: Held, event: str, message: str, rest_ms: int) -> None:
        retries = held.topic.retry.attempts if held.task.retries is None else held.task.retries
        outcome: dict[str, Any] = {"message": message, "details": "", "retries": retries, "retry_timeout_ms": rest_ms}
        self._report(held, event, self._client.failure, **outcome)

    def _report(
        self, held: Held, event: str, tell: Callable[..., None], *, foreign: bool = False, **outcome: Any
    ) -> None:
        """`foreign`: the engine does not ask whose lock it is, so it is told only while the lock is ours."""
        waits, unanswered = backoff(*REPEAT_WAIT_S), False
        while not held.released and not (foreign and held.locked_until <= time.monotonic()):
            try:
                tell(held.task.id, self._worker_id, **outcome)
            except (errors.EngineUnavailable, errors.Conflict, errors.Unauthorized) as error:
                unanswered = unanswered or isinstance(error, errors.EngineUnavailable)
                self._ended.wait(next(waits))
                continue
            except errors.NotFound:
                event = event if unanswered else "gone"
            except errors.EngineError as error:
                if ANOTHERS in str(error):
                    self._lost(held)
                    event = "lost"
                elif not held.failed:
                    return self.failure(held, error)
                else:
                    event = "refused"
                    log.warning("report refused", action="report", task=held.task.id, error=type(error).__name__)
            if event != "lost":
                self._attempts.ended(held.task)
            return self._metrics.count(event, held.task.topic)
        return None

    def _lost(self, held: Held) -> None:
        if not held.lost:
            held.lost = True
            self._attempts.lost(held.task)

    def _renew_locks(self) -> None:
        while not self._ended.wait(self._tick_s):
            for held in list(self._held.values()):
                if held.renew_at <= time.monotonic():
                    self._renew(held)

    def _renew(self, held: Held) -> None:
        task, asked = held.task, time.monotonic()
        try:
            self._client.extend_lock(task.id, self._worker_id, held.topic.lock_ms)
        except (errors.BadRequest, errors.NotFound) as error:
            if task.id in self._held:
                log.warning("lock not renewed", action="renew", task=task.id, topic=task.topic, status=error.status)
                if isinstance(error, errors.BadRequest):
                    self._lost(held)
            held.renew_at = float("inf")
        except errors.EngineError:
            held.renew_at = asked + held.topic.lock_ms / 12_000
        else:
            held.locked_at(asked)


def describe(error: BaseException) -> str:
    """One line for the incident: class and message, with everything that could be personal data left out."""
    if isinstance(error, Fatal | errors.UnsupportedVariable):
        return str(error)
    first_line = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {PRIVATE.sub('…', first_line)}".rstrip(": ")


def frames(error: BaseException) -> str:
    """Where it happened: classes, modules, lines and functions, the cause first; no message, no source, no values."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [frames(before), "then"] if before is not None else []
    for frame, line in traceback.walk_tb(error.__traceback__):
        lines.append(f"  {frame.f_globals.get('__name__')}:{line} in {frame.f_code.co_name}")
    return "\n".join([*lines, type(error).__qualname__])
