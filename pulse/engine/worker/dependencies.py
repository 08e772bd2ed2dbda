"""Servers that handlers need: while one is away the topics that need it are not fetched, and others go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

import structlog

from pulse.engine.worker.topic import Topic
from pulse.engine.worker.waits import backoff

log = structlog.get_logger(__name__)

#: First and longest wait before a dependency is asked again whether it is back.
PROBE_WAIT_S = (0.5, 30.0)


class Dependencies:
    """Which dependencies are down. Each that is gets a thread that asks its probe until it answers.

    A name that no topic declares has no probe: after the wait its topic is simply tried again. Waits go on growing
    while a dependency's probe says yes and its tasks say no. `on_change` is called when one is back.
    """

    def __init__(self, topics: Iterable[Topic], on_change: Callable[[], None]) -> None:
        wanted = list(topics)
        self._probes = {need.name: need.probe for topic in wanted for need in topic.needs}
        self._needs = {topic.name: {need.name for need in topic.needs} for topic in wanted}
        self._waits: dict[str, Iterator[float]] = {}
        self._down: set[str] = set()
        self._on_change = on_change
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def start(self) -> None:
        """Ask each once, beside the first polls: readiness shall not wait for the first task to fail."""
        for name in self._probes:
            threading.Thread(target=self._first_look, args=(name,), name=f"probe of {name}", daemon=True).start()

    def end(self) -> None:
        """Stop asking."""
        self._ended.set()

    def allow(self, topic_name: str) -> bool:
        """Whether everything that the topic needs is there, as far as we know."""
        return not self._down or self._down.isdisjoint(self._needs[topic_name])

    def states(self) -> dict[str, bool]:
        """Every dependency, and whether it is up."""
        return {name: name not in self._down for name in sorted({*self._probes, *self._waits})}

    def is_down(self, name: str, topic_name: str) -> None:
        """A task of this topic found it away."""
        with self._lock:
            self._needs[topic_name].add(name)
            if name in self._down or self._ended.is_set():
                return
            self._down.add(name)
            waits = self._waits.setdefault(name, backoff(*PROBE_WAIT_S))
        log.warning("dependency is down", action="dependency", dependency=name, topic=topic_name)
        threading.Thread(target=self._until_back, args=(name, waits), name=f"probe of {name}", daemon=True).start()

    def worked(self, topic_name: str) -> None:
        """A task of this topic was done, so what it needs is really there."""
        if self._waits:
            for name in self._needs[topic_name]:
                self._waits.pop(name, None)

    def _first_look(self, name: str) -> None:
        if not self._answers(name):
            topic_name = next(topic for topic, needs in self._needs.items() if name in needs)
            self.is_down(name, topic_name)

    def _until_back(self, name: str, waits: Iterator[float]) -> None:
        while not self._ended.wait(next(waits)):
            if self._answers(name):
                self._down.discard(name)
                log.info("dependency is back", action="dependency", dependency=name)
                self._on_change()
                return

    def _answers(self, name: str) -> bool:
        probe = self._probes.get(name)
        try:
            return probe is None or probe() is not False
        except Exception as error:  # noqa: BLE001  whatever a probe raises means no
            log.debug("probe failed", action="dependency", dependency=name, error=type(error).__name__)
            return False
