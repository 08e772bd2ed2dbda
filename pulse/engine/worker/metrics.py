"""What a worker counts. Give `Worker` your own `Metrics` to feed whatever you have; `prometheus` reads `Counters`."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from typing import Protocol

#: Upper bounds of the buckets of durations, in seconds; one more bucket holds what is longer.
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics(Protocol):
    """Called from the worker's threads, so it must be quick and safe to share.

    Events of a task: fetched, completed, failed, incident, bpmn_error, given_back (a dependency is down), postponed,
    lost (another has it), gone (cancelled), unlocked, refused (the engine takes no report). Of the worker, with an
    empty topic: unreachable.
    """

    def count(self, event: str, topic: str) -> None:
        """One more."""

    def took(self, topic: str, seconds: float) -> None:
        """How long a handler ran."""


class Durations:
    """How many lasted how long: a count for each bucket, and their sum."""

    def __init__(self, counts: list[int] | None = None, sum_s: float = 0.0) -> None:
        self.counts = counts or [0] * (len(BUCKETS_S) + 1)
        self.sum_s = sum_s

    def add(self, seconds: float) -> None:
        """One more."""
        self.counts[bisect_left(BUCKETS_S, seconds)] += 1
        self.sum_s += seconds


class Counters:
    """Counts in memory: `counters["completed"]` over all topics, `counters["completed", "check-client"]` for one.

    What it hears goes on to `also`. `durations` has the run times of handlers by topic, `polls` those of the polls.
    """

    def __init__(self, also: Metrics | None = None) -> None:
        self._counts: Counter[str | tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._also = also
        self.durations: dict[str, Durations] = {}
        self.polls = Durations()

    def count(self, event: str, topic: str) -> None:
        with self._lock:
            self._counts[event] += 1
            self._counts[event, topic] += 1
        if self._also is not None:
            self._also.count(event, topic)

    def took(self, topic: str, seconds: float) -> None:
        with self._lock:
            durations = self.durations.get(topic)
            if durations is None:
                durations = self.durations[topic] = Durations()
            durations.add(seconds)
        if self._also is not None:
            self._also.took(topic, seconds)

    def __getitem__(self, key: str | tuple[str, str]) -> int:
        with self._lock:
            return self._counts[key]

    def read(self, into: Callable[[str, str, int], None]) -> None:
        """Every count: event, topic, how many."""
        with self._lock:
            counts = list(self._counts.items())
        for key, number in counts:
            if isinstance(key, tuple):
                into(*key, number)
