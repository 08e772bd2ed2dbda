"""The tasks in our hands and the renewal of their locks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from pulse.engine import errors
from pulse.engine.client.calls import ExternalTaskCalls
from pulse.engine.client.records import ExternalTask
from pulse.engine.worker.topic import Topic

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Held:
    """A task that the engine has locked for us. Times are the worker's own monotonic clock, never the engine's."""

    task: ExternalTask
    topic: Topic
    locked_until: float
    renew_at: float
    #: Its failure is being reported, so the engine may hand it out anew before we have heard the answer.
    failed: bool = False
    #: Given back at the end of the grace period: whatever its handler still does is reported no more.
    released: bool = False

    @property
    def id(self) -> str:
        return self.task.id

    def locked_at(self, now: float) -> None:
        """The engine has just locked it (again)."""
        lock_s = self.topic.lock_ms / 1000
        self.locked_until, self.renew_at = now + lock_s, now + lock_s / 3


class Holder:
    """All held tasks by id. Its thread extends each lock whenever a third of it is over, until the engine says no."""

    def __init__(self, client: ExternalTaskCalls, worker_id: str, clock: Callable[[], float], tick_s: float) -> None:
        self._client = client
        self._worker_id = worker_id
        self._clock = clock
        self._tick_s = tick_s
        self._held: dict[str, Held] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lock renewal", daemon=True)

    def __len__(self) -> int:
        return len(self._held)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> list[Held]:
        """Stop renewing; what is still held is marked as released and handed over."""
        self._ended.set()
        left = list(self._held.values())
        for held in left:
            held.released = True
        self._thread.join(1.0)  # it may be waiting for an engine that hangs
        return left

    def pause(self, seconds: float) -> None:
        """Sleep, but not past the end."""
        self._ended.wait(seconds)

    def take(self, task: ExternalTask, topic: Topic) -> Held | None:
        """Hold a fetched task. None if its lock ran out while we work on it: then the fetch has only renewed the lock,
        and the handler that runs is the one to go on."""
        held = self._held.get(task.id)
        if held is not None and not held.failed:
            held.locked_at(self._clock())
            return None
        held = self._held[task.id] = Held(task, topic, 0.0, 0.0)
        held.locked_at(self._clock())
        return held

    def let_go(self, held: Held) -> None:
        if self._held.get(held.id) is held:
            del self._held[held.id]

    def _run(self) -> None:
        while not self._ended.wait(self._tick_s):
            for held in list(self._held.values()):
                if held.renew_at <= self._clock():
                    self._renew(held)

    def _renew(self, held: Held) -> None:
        asked = self._clock()
        try:
            self._client.extend_lock(held.id, self._worker_id, held.topic.lock_ms)
        except (errors.BadRequest, errors.NotFound) as error:
            if held.id in self._held:
                log.warning(
                    "lock not renewed", action="renew", task=held.id, topic=held.task.topic, status=error.status
                )
            held.renew_at = float("inf")
        except errors.EngineError:
            held.renew_at = asked + held.topic.lock_ms / 12_000
        else:
            held.locked_at(asked)
