"""How a worker is: one value for health checks, metrics and progress, that several processes' can be added up to."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from pulse.engine.worker.metrics import BUCKETS_S, Durations


@dataclass(frozen=True, kw_only=True)
class Status:
    """Counts since the start, the rest as of now. Topic → event → how many; the empty topic is the worker itself."""

    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: Counts of `metrics.BUCKETS_S`, and the sum in seconds: handlers by topic, and polls.
    durations: Mapping[str, tuple[list[int], float]] = field(default_factory=dict)
    polls: tuple[list[int], float] = field(default_factory=lambda: ([0] * (len(BUCKETS_S) + 1), 0.0))
    #: The handlers' own counts: name of a counter → outcome → how many.
    figures: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: Tasks in hand by topic.
    active: Mapping[str, int] = field(default_factory=dict)
    slots: int = 0
    #: Whether the last poll was answered; None: there was none yet.
    connected: bool | None = None
    #: Whether each dependency is up.
    dependencies: Mapping[str, bool] = field(default_factory=dict)
    #: How long ago the poll loop last turned, less the length of a poll.
    overdue_s: float = 0.0

    def total(self, *events: str) -> int:
        """These events over all topics."""
        return sum(counts.get(event, 0) for counts in self.counts.values() for event in events)

    def missing(self) -> list[str]:
        """What keeps it from working: `engine`, and the names of dependencies."""
        down = [name for name, up in self.dependencies.items() if not up]
        return down if self.connected else list(dict.fromkeys(["engine", *down]))

    def ended(self) -> Self:
        """What remains of it once its process is gone: its counts."""
        return dataclasses.replace(self, active={}, slots=0, connected=None, dependencies={}, overdue_s=0.0)

    def to_json(self) -> bytes:
        """One line."""
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        """Raises ValueError."""
        values: dict[str, Any] = orjson.loads(line)
        return cls(**values)


def together(statuses: Iterable[Status]) -> Status:
    """Several workers as one: connected, and a dependency up, where they are for all that know."""
    counts: dict[str, Counter[str]] = {}
    figures: dict[str, Counter[str]] = {}
    durations: dict[str, Durations] = {}
    polls, active, slots, overdue_s = Durations(), Counter[str](), 0, 0.0
    connected: list[bool] = []
    dependencies: dict[str, bool] = {}
    for status in statuses:
        for topic, events in status.counts.items():
            counts.setdefault(topic, Counter()).update(events)
        for name, outcomes in status.figures.items():
            figures.setdefault(name, Counter()).update(outcomes)
        for topic, took in status.durations.items():
            _add(durations.setdefault(topic, Durations()), took)
        _add(polls, status.polls)
        active.update(status.active)
        slots, overdue_s = slots + status.slots, max(overdue_s, status.overdue_s)
        if status.connected is not None:
            connected.append(status.connected)
        for name, up in status.dependencies.items():
            dependencies[name] = up and dependencies.get(name, True)
    return Status(
        counts=counts,
        durations={topic: (took.counts, took.sum_s) for topic, took in durations.items()},
        polls=(polls.counts, polls.sum_s),
        figures=figures,
        active=active,
        slots=slots,
        connected=all(connected) if connected else None,
        dependencies=dependencies,
        overdue_s=overdue_s,
    )


def _add(to: Durations, more: tuple[list[int], float]) -> None:
    counts, sum_s = more
    to.counts = [one + other for one, other in zip(to.counts, counts, strict=True)]
    to.sum_s += sum_s
