"""CPU time, user and system, by stage."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_STARTED_WITHIN_S = 10.0


class Meter:
    """Adds up each thread's CPU seconds by the stage it is in; a stage within a stage counts as itself alone."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._local = threading.local()

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._turn()
        stack: list[str] = self._local.stack
        stack.append(name)
        try:
            yield
        finally:
            self._turn()
            stack.pop()

    def add(self, name: str, seconds: float) -> None:
        with self._lock:
            self.spent[name] += seconds

    def _turn(self) -> None:
        """What this thread spent since its last turn belongs to the stage that it is in."""
        if not hasattr(self._local, "stack"):
            self._local.stack, self._local.since = [], 0.0
        now = time.thread_time()
        if self._local.stack:
            self.add(self._local.stack[-1], now - self._local.since)
        self._local.since = now


def of_process_and_children(pid: int) -> float:
    """CPU seconds of another process and of those of its children that have ended (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS_PER_S


def children_of(pid: int) -> list[int]:
    """The ids of a process's children (of its first thread)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def child_of(pid: int, module: str) -> int:
    """The id of the child process that runs this Python module; waits a moment for one that has just been started."""
    deadline = time.monotonic() + _STARTED_WITHIN_S
    while time.monotonic() < deadline:
        for child in children_of(pid):
            if module in Path(f"/proc/{child}/cmdline").read_text():
                return child
        time.sleep(0.01)
    raise TimeoutError(module)
