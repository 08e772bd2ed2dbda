"""Several worker processes under one: started, watched, restarted, ended together."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import IO

import structlog

from pulse.engine.worker.status import Status, together
from pulse.engine.worker.waits import backoff
from pulse.engine.worker.worker import Worker

log = structlog.get_logger(__name__)

#: How often a worker process tells its supervisor how it is.
REPORT_S = 1.0
#: First and longest wait before a process that died is started again; one that lived so long begins anew.
RESTART_WAIT_S, HEALTHY_S = (0.5, 60.0), 60.0


def report(worker: Worker, to_fd: int) -> None:
    """From a worker process to its supervisor: its status, line by line, from a thread. A supervisor that is gone stops
    the worker."""

    def tell() -> None:
        with os.fdopen(to_fd, "wb", buffering=0) as pipe, contextlib.suppress(BrokenPipeError):
            while True:
                pipe.write(worker.status().to_json() + b"\n")
                time.sleep(REPORT_S)
        worker.stop()

    threading.Thread(target=tell, name="report", daemon=True).start()


class Supervisor:
    """Runs `processes` workers; `command` makes the command line of one that calls `report` with this descriptor.

    A process that dies is started again after a growing wait. `run()` blocks until `stop()`, which SIGTERM and SIGINT
    call; then each gets SIGTERM, and what has not ended after `grace_s` is killed.
    """

    def __init__(self, command: Callable[[int], Sequence[str]], processes: int, *, grace_s: float = 60.0) -> None:
        self._command, self._grace_s = command, grace_s
        self._children = [_Child(number) for number in range(1, processes + 1)]
        self._past = Status()
        #: Children that ended; None is a stop, which a signal handler may put at any point.
        self._news: queue.SimpleQueue[_Child | None] = queue.SimpleQueue()

    def stop(self) -> None:
        """From any thread or signal handler."""
        self._news.put(None)

    def status(self) -> Status:
        """All processes as one worker, with the counts of those that died."""
        return together([self._past, *(child.status() for child in self._children)])

    def run(self) -> int:
        """The exit status: 0 if all ended by themselves after the stop."""
        with self._signals():
            for child in self._children:
                self._start(child)
            while (again := self._next()) is not None:
                self._start(again)
            return self._end()

    def _next(self) -> _Child | None:
        """The next one to start again; None after a stop."""
        while True:
            waits = [child.start_at for child in self._children if child.start_at is not None]
            left_s = max(0.0, min(waits) - time.monotonic()) if waits else None
            try:
                died = self._news.get(timeout=left_s)
            except queue.Empty:
                return min((c for c in self._children if c.start_at is not None), key=lambda c: c.start_at or 0.0)
            if died is None:
                return None
            self._bury(died)

    def _start(self, child: _Child) -> None:
        reading, writing = os.pipe()
        try:
            piped = None if sys.stderr is sys.__stderr__ else subprocess.PIPE  # somebody wants to see what is written
            process = subprocess.Popen(list(self._command(writing)), pass_fds=[writing], stderr=piped)  # noqa: S603
        finally:
            os.close(writing)
        child.started(process)
        log.info("worker process started", action="start", process=child.number, pid=process.pid)
        threading.Thread(
            target=self._listen, args=(child, reading), name=f"process {child.number}", daemon=True
        ).start()
        if process.stderr is not None:
            threading.Thread(target=_forward, args=(process.stderr,), daemon=True).start()

    def _listen(self, child: _Child, reading: int) -> None:
        with os.fdopen(reading, "rb") as pipe:
            for line in pipe:
                with contextlib.suppress(ValueError, TypeError):  # it died within the line
                    child.heard(Status.from_json(line))
        assert child.process is not None
        child.process.wait()
        self._news.put(child)

    def _bury(self, child: _Child) -> None:
        self._past = together([self._past, child.status().ended()])
        wait_s = child.died()
        log.warning("worker process died", action="restart", process=child.number, code=child.code, wait_s=wait_s)

    def _end(self) -> int:
        running = [child for child in self._children if child.process is not None]
        for child in running:
            child.signal(signal.SIGTERM)
        kill_at = time.monotonic() + self._grace_s
        for child in running:
            try:
                child.wait(max(0.0, kill_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("worker process killed", action="stop", process=child.number)
                child.signal(signal.SIGKILL)
                child.wait(None)
        # One that was still starting knows no better answer to the signal.
        return 0 if all(child.code in {0, -signal.SIGTERM} for child in running) else 1

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        before = {name: signal.signal(name, lambda *_: self.stop()) for name in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)


def _forward(lines: IO[bytes]) -> None:
    with lines:
        for line in lines:
            sys.stderr.write(line.decode("utf-8", "replace"))


class _Child:
    """One place for a process, and what was last heard of it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: subprocess.Popen[bytes] | None = None
        self.code: int | None = None
        #: When to start it again; None while it runs.
        self.start_at: float | None = None
        self._status = Status()
        self._began = self._heard = 0.0
        self._waits = backoff(*RESTART_WAIT_S)

    def started(self, process: subprocess.Popen[bytes]) -> None:
        self.process, self.start_at, self.code, self._status = process, None, None, Status()
        self._began = self._heard = time.monotonic()

    def heard(self, status: Status) -> None:
        self._status, self._heard = status, time.monotonic()

    def status(self) -> Status:
        """As last heard; silence counts as a loop that does not turn."""
        if self.process is None:
            return Status()
        return dataclasses.replace(self._status, overdue_s=self._status.overdue_s + time.monotonic() - self._heard)

    def died(self) -> float:
        """How long to wait before the next start."""
        assert self.process is not None
        self.code, self.process = self.process.returncode, None
        if time.monotonic() - self._began > HEALTHY_S:
            self._waits = backoff(*RESTART_WAIT_S)
        wait_s = next(self._waits)
        self.start_at = time.monotonic() + wait_s
        return round(wait_s, 1)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)  # which Popen does not where it has ended

    def wait(self, timeout_s: float | None) -> None:
        assert self.process is not None
        self.code = self.process.wait(timeout_s)
