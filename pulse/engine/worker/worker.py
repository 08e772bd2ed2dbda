"""The worker: polls for as many tasks as it has free slots, runs their handlers side by side, and ends cleanly."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import structlog

from pulse.engine import errors
from pulse.engine.client import Auth, EngineClient, ExternalTask
from pulse.engine.worker.demand import Demand, Request
from pulse.engine.worker.dependencies import Dependencies
from pulse.engine.worker.held import Held, Holder
from pulse.engine.worker.metrics import Counters, Metrics
from pulse.engine.worker.status import Status
from pulse.engine.worker.topic import BpmnError, DependencyDown, Postpone, Topic
from pulse.engine.worker.waits import backoff

log = structlog.get_logger(__name__)

#: While tasks end one soon after the other, a poll waits up to this long for half of the slots to get free: one poll
#: for five tasks costs the engine less than five for one.
LINGER_S = 0.1
#: First and longest wait after an empty poll that came at once, and after a failed one.
EMPTY_WAIT_S, ERROR_WAIT_S = (0.05, 2.0), (0.5, 15.0)
#: The loop turns at least this often while all slots are busy or nothing may be fetched.
TURN_S = 5.0

#: What is put around each handler, e.g. a trace's span.
Around = Callable[[ExternalTask], contextlib.AbstractContextManager[object]]


class Worker:
    """Runs the handlers of `topics` for one engine, at most `slots` at a time; `run()` blocks until `stop()`.

    `poll_ms` is how long a poll stays parked at the engine, so also how long a stop may wait for it; `grace_s` is how
    long running handlers may go on after a stop. `auth` is a user's name and password, or one of
    `pulse.engine.client.auth`. `handled` counts, `status()` tells all. `around` is entered around each handler.
    `figures` gives the handlers' own counts: name of a counter → outcome → how many. One worker runs once.
    """

    def __init__(
        self,
        *,
        engine_url: str,
        topics: Iterable[Topic],
        slots: int = 8,
        auth: tuple[str, str] | Auth | None = None,
        worker_id: str | None = None,
        poll_ms: int = 5_000,
        timeout_s: float = 20.0,
        grace_s: float = 20.0,
        metrics: Metrics | None = None,
        around: Around | None = None,
        figures: Callable[[], Mapping[str, Mapping[str, int]]] = dict,
    ) -> None:
        wanted = list(topics)
        self._topics = {topic.name: topic for topic in wanted}
        if len(self._topics) != len(wanted) or not wanted or slots < 1:
            raise ValueError("a worker needs a slot, and topics with a handler each")
        # Two processes with one id would complete each other's tasks and never notice a lost lock.
        self.worker_id = worker_id or f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.handled = Counters(metrics)
        #: Whether the last poll was answered (None: there was none yet): readiness for a health check.
        self.connected: bool | None = None
        self._slots, self._poll_ms, self._grace_s, self._around = slots, poll_ms, grace_s, around
        self._figures = figures
        self._client = EngineClient(engine_url, auth=auth, timeout_s=timeout_s, keep=slots + 2)
        tick_s = min(1.0, min(topic.lock_ms for topic in wanted) / 12_000)
        self._holder = Holder(self._client, self.worker_id, self.handled, tick_s)
        self._work: queue.SimpleQueue[Held | None] = queue.SimpleQueue()
        # Tokens that wake the poll loop. A signal handler may put one at any point, which no lock or event survives.
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stop_at: float | None = None
        self._turned_at = time.monotonic()
        self._dependencies = Dependencies(wanted, on_change=lambda: self._wake.put(None))
        self._demand = Demand(wanted, slots, self._dependencies.allow)

    def stop(self) -> None:
        """Take no more tasks, let the running ones end, then `run()` returns. From any thread or signal handler."""
        self._stop_at = time.monotonic() if self._stop_at is None else self._stop_at
        self._wake.put(None)

    def run(self) -> None:
        """Work until `stop()`, which in the main thread SIGTERM and SIGINT call unless the host handles them itself."""
        threads = [threading.Thread(target=self._slot, name=f"slot {n}", daemon=True) for n in range(self._slots)]
        for thread in threads:
            thread.start()
        self._holder.start()
        self._dependencies.start()
        log.info("worker started", action="start", worker=self.worker_id, topics=sorted(self._topics))
        with self._signals():
            try:
                self._poll_until_stopped()
            finally:
                self._drain(threads)
                self._client.close()
                log.info("worker stopped", action="stop", worker=self.worker_id)

    def status(self) -> Status:
        """How it is, from any thread."""
        counts: dict[str, dict[str, int]] = {}
        self.handled.read(lambda event, topic, number: counts.setdefault(topic, {}).update({event: number}))
        durations = {topic: (took.counts[:], took.sum_s) for topic, took in list(self.handled.durations.items())}
        polls = self.handled.polls
        return Status(
            counts=counts,
            durations=durations,
            polls=(polls.counts[:], polls.sum_s),
            figures=self._figures(),
            active=self._holder.by_topic(),
            slots=self._slots,
            connected=self.connected,
            dependencies=self._dependencies.states(),
            overdue_s=max(0.0, time.monotonic() - self._turned_at - self._poll_ms / 1000),
        )

    def _poll_until_stopped(self) -> None:
        empty, failed = backoff(*EMPTY_WAIT_S), backoff(*ERROR_WAIT_S)
        while free := self._free_slots():
            asked = self._demand.request(free, self._holder.by_topic)
            if asked is None:
                self._woken(TURN_S)
                continue
            polled_at = time.monotonic()
            try:
                tasks = self._poll(asked)
            except errors.EngineError as problem:
                self._unreachable(problem)
                self._pause(next(failed))
                continue
            failed = backoff(*ERROR_WAIT_S)
            took_s = time.monotonic() - polled_at
            self.handled.polls.add(took_s)
            if not self.connected:
                self.connected = True
                log.info("engine reached", action="poll", worker=self.worker_id)
            self._demand.answered(asked, tasks)
            for task in tasks:
                self._accept(task)
            if tasks:
                empty = backoff(*EMPTY_WAIT_S)
            elif asked.parked and took_s < self._poll_ms / 2000:
                self._pause(next(empty))  # an engine that parks no polls

    def _poll(self, asked: Request) -> list[ExternalTask]:
        poll_ms = self._poll_ms if asked.parked else None
        return self._client.fetch_and_lock(
            self.worker_id, asked.subscriptions, max_tasks=asked.max_tasks, poll_ms=poll_ms
        )

    def _accept(self, task: ExternalTask) -> None:
        topic = self._topics.get(task.topic)
        if topic is None or self._stop_at is not None or not self._dependencies.allow(task.topic):
            self._unlock(task)
        else:
            self.handled.count("fetched", task.topic)
            if held := self._holder.take(task, topic):
                self._work.put(held)

    def _slot(self) -> None:
        while (held := self._work.get()) is not None:
            try:
                self._handle(held)
            except Exception:
                log.exception("report failed", action="report", task=held.task.id, topic=held.task.topic)
            finally:
                self._holder.let_go(held)
                self._wake.put(None)

    def _handle(self, held: Held) -> None:
        task, began = held.task, time.monotonic()
        try:
            self._holder.begin(held)
            if self._around is None:
                outcome = held.topic(task)
            else:
                with self._around(task):
                    outcome = held.topic(task)
            self.handled.took(task.topic, time.monotonic() - began)
            self._dependencies.worked(task.topic)
            self._holder.complete(held, outcome)
        except BpmnError as error:
            self._holder.bpmn_error(held, error)
        except DependencyDown as error:
            self._dependencies.is_down(error.name, task.topic)
            self._holder.give_back(held, error)
        except Postpone as error:
            self._holder.postpone(held, error)
        except BaseException as error:  # noqa: BLE001 - whatever a handler raises, the slot lives on
            self._holder.failure(held, error)

    def _free_slots(self) -> int:
        """How many tasks to ask for, 0 after a stop; waits for one free slot, and a moment longer for half of them."""
        while True:
            self._turned_at = time.monotonic()
            while not self._wake.empty():
                self._wake.get_nowait()
            if self._stop_at is not None:
                return 0
            free = self._slots - len(self._holder)
            if free * 2 >= self._slots:
                return free
            if not self._woken(2 * LINGER_S / self._slots if free else TURN_S) and free:
                return free

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self._stop_at is None and (left := until - time.monotonic()) > 0:
            self._woken(left)

    def _woken(self, within_s: float | None) -> bool:
        """Wait until a task has ended or a stop was asked for."""
        with contextlib.suppress(queue.Empty):
            self._wake.get(timeout=within_s)
            return True
        return False

    def _drain(self, threads: list[threading.Thread]) -> None:
        self.stop()
        log.info("worker stopping", action="stop", worker=self.worker_id, running=len(self._holder))
        while len(self._holder) and (left := (self._stop_at or 0.0) + self._grace_s - time.monotonic()) > 0:
            self._woken(min(left, 0.5))
        self._dependencies.end()
        left_over = self._holder.end()
        for held in left_over:
            if held.locked_until > time.monotonic():  # the engine would take even another worker's lock away
                self._unlock(held.task)
        for _ in threads:
            self._work.put(None)
        if not left_over:
            for thread in threads:
                thread.join()

    def _unlock(self, task: ExternalTask) -> None:
        try:
            self._client.unlock(task.id)
        except errors.EngineError as error:
            log.warning("task not unlocked", action="unlock", task=task.id, error=type(error).__name__)
        else:
            self.handled.count("unlocked", task.topic)

    def _unreachable(self, problem: errors.EngineError) -> None:
        self.handled.count("unreachable", "")
        if self.connected is not False:
            log.warning("engine not reached", action="poll", error=type(problem).__name__, message=str(problem))
        self.connected = False

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop; a SIGINT after that ends the grace. More SIGTERMs change nothing: they come from
        supervisors that signal a group and its members."""
        before: dict[int, Any] = {}

        def on_signal(number: int, _: object) -> None:
            if number == signal.SIGINT and self._stop_at is not None:
                self._grace_s = 0.0
            self.stop()

        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                if signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}:
                    before[number] = signal.signal(number, on_signal)
        try:
            yield
        finally:
            for earlier in before.items():
                signal.signal(*earlier)
