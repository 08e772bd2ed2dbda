"""What the next poll asks for: no more tasks than there is room for, of topics that may run now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from pulse.engine.client import ExternalTask
from pulse.engine.worker.topic import Topic


class Request(NamedTuple):
    """One fetchAndLock. `parked`: it may wait at the engine for a first task."""

    subscriptions: list[dict[str, Any]]
    max_tasks: int
    parked: bool


class Demand:
    """Chooses topics for each poll.

    The engine knows one limit a poll, not one a topic. So where a topic with slots of its own has less room than the
    worker, a poll asks for no more than that room; when the others fill it up, they get the next poll for themselves.
    """

    def __init__(self, topics: Iterable[Topic], slots: int, allowed: Callable[[str], bool]) -> None:
        self._topics = list(topics)
        self._subscriptions = {topic.name: topic.subscription() for topic in self._topics}
        self._all = list(self._subscriptions.values())
        self._limited = {topic.name: topic.slots for topic in self._topics if topic.slots and topic.slots < slots}
        self._allowed = allowed
        #: The last poll was cut short for a limited topic, and others filled it.
        self._others_first = False
        self._cut = False

    def request(self, free: int, running: Callable[[], Mapping[str, int]]) -> Request | None:
        """For so many free slots; `running` counts tasks by topic. None: no topic may run now."""
        names = [name for name in self._subscriptions if self._allowed(name)]
        if not names:
            return None
        if not self._limited:
            wanted = self._all if len(names) == len(self._all) else [self._subscriptions[name] for name in names]
            return Request(wanted, free, parked=True)
        counts = running()
        room = {name: slots - counts.get(name, 0) for name, slots in self._limited.items() if name in names}
        names = [name for name in names if room.get(name, 1) > 0]
        others = [name for name in names if name not in room]
        others_alone, self._others_first = self._others_first and bool(others), False
        chosen = others if others_alone else names
        most = min([free, *(room[name] for name in chosen if name in room)])
        self._cut = most < free
        if not chosen:
            return None
        return Request([self._subscriptions[name] for name in chosen], most, parked=not others_alone)

    def answered(self, asked: Request, tasks: Collection[ExternalTask]) -> None:
        """What came of it."""
        if self._cut and len(tasks) == asked.max_tasks:
            self._others_first = not any(task.topic in self._limited for task in tasks)
