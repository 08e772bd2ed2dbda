"""Attempts that nobody reports: the engine takes no retry away when a lock runs out, so a task that hangs or kills its
worker would be handed out for ever."""

from __future__ import annotations

from collections import OrderedDict

from pulse.engine.client import EngineClient, ExternalTask
from pulse.engine.worker.topic import Fatal, Topic

#: What stands as the task's error message while an attempt of a topic that may crash is under way.
BEGUN = "an attempt has begun; nobody has reported its end"
LAST_BEGUN = "the last attempt has begun; nobody has reported its end"
#: More tasks than this are not remembered; the oldest are forgotten.
_REMEMBERED = 10_000


class Attempts:
    """Of each task how often this process lost its lock; for topics that `may_crash` the engine keeps count instead:
    a failure is reported before the handler begins, which takes the retry and keeps the lock."""

    def __init__(self, client: EngineClient, worker_id: str) -> None:
        self._client, self._worker_id = client, worker_id
        self._lost: OrderedDict[str, int] = OrderedDict()

    def begin(self, task: ExternalTask, topic: Topic) -> None:
        """Another one, unless they are used up: then `Fatal`."""
        lost = self._lost.get(task.id, 0) if self._lost else 0
        if lost >= topic.retry.attempts:
            self.ended(task)
            raise Fatal(f"its lock was lost {lost} times while it ran")
        if topic.may_crash:
            self._mark(task, topic)

    def lost(self, task: ExternalTask) -> None:
        """Its lock ran out while it was worked on."""
        self._lost[task.id] = self._lost.pop(task.id, 0) + 1
        if len(self._lost) > _REMEMBERED:
            self._lost.popitem(last=False)

    def ended(self, task: ExternalTask) -> None:
        """The engine has heard how it ended."""
        if self._lost:
            self._lost.pop(task.id, None)

    def _mark(self, task: ExternalTask, topic: Topic) -> None:
        if task.error_message == LAST_BEGUN:
            raise Fatal("its worker died during each attempt")
        left = topic.retry.left(task.retries)
        message = BEGUN if left else LAST_BEGUN  # retries 0 would be an incident before anything has happened
        self._client.failure(
            task.id, self._worker_id, message=message, details="", retries=max(1, left), retry_timeout_ms=topic.lock_ms
        )
