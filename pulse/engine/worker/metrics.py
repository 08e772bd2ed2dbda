"""What a worker counts. Give `Worker` your own `Metrics` to feed Prometheus or the like."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Protocol


class Metrics(Protocol):
    """Called from the worker's threads, so it must be quick and safe to share.

    Events of a task: fetched, completed, failed, incident, bpmn_error, lost (another has it), gone (cancelled),
    unlocked, refused (the engine takes no report). Of the worker, with an empty topic: unreachable.
    """

    def count(self, event: str, topic: str) -> None:
        """One more."""

    def took(self, topic: str, seconds: float) -> None:
        """How long a handler ran."""


class Counters:
    """Counts in memory: `counters["completed"]` over all topics, `counters["completed", "check-client"]` for one.

    What it hears goes on to `also`.
    """

    def __init__(self, also: Metrics | None = None) -> None:
        self._counts: Counter[str | tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._also = also

    def count(self, event: str, topic: str) -> None:
        self._add(event, topic, 1)
        if self._also is not None:
            self._also.count(event, topic)

    def took(self, topic: str, seconds: float) -> None:
        self._add("handler_ms", topic, round(seconds * 1000))
        if self._also is not None:
            self._also.took(topic, seconds)

    def _add(self, event: str, topic: str, more: int) -> None:
        with self._lock:
            self._counts[event] += more
            self._counts[event, topic] += more

    def __getitem__(self, key: str | tuple[str, str]) -> int:
        with self._lock:
            return self._counts[key]
