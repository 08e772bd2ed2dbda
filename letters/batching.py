"""Puts prompts that wait together: what comes while a model is at work goes into its next batch."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from letters.language_model import Generated

#: Letters of one case are asked for at once: so long the first waits for the second.
_LINGER_S = 0.05


@dataclass(frozen=True, eq=False)
class _Waiting:
    prompt: str
    until: float
    answer: Future[Generated] = field(default_factory=Future)


class Batches:
    """Answers prompts of many threads by few calls of `generate`, one at a time, at most `most` prompts each.

    `generate(prompts, until)` gives the answers in the same order, or raises; `until` is the moment (`time.monotonic`)
    at which the last of the askers has gone. It runs in a thread of its own that ends when nothing waits, so that a
    model which hangs holds nobody longer than he wants to wait.
    """

    def __init__(
        self, generate: Callable[[Sequence[str], float], Sequence[Generated]], *, most: int, linger_s: float = _LINGER_S
    ) -> None:
        self._generate = generate
        self._most = most
        self._linger_s = linger_s
        self._arrived = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._at_work = False

    def answer(self, prompt: str, timeout_s: float) -> Generated:
        """Raises what `generate` raised, and `TimeoutError`."""
        mine = _Waiting(prompt, time.monotonic() + timeout_s)
        with self._arrived:
            self._waiting.append(mine)
            self._arrived.notify()
            if not self._at_work:
                threading.Thread(target=self._work, name="language-model", daemon=True).start()
                self._at_work = True
        try:
            return mine.answer.result(timeout_s)
        finally:
            mine.answer.cancel()

    def _work(self) -> None:
        while batch := self._next():
            self._run(batch)

    def _next(self) -> list[_Waiting]:
        with self._arrived:
            if self._waiting:
                self._arrived.wait_for(lambda: len(self._waiting) >= self._most, self._linger_s)
            batch: list[_Waiting] = []
            while self._waiting and len(batch) < self._most:
                one = self._waiting.popleft()
                if one.answer.set_running_or_notify_cancel():
                    batch.append(one)
            self._at_work = bool(batch)
            return batch

    def _run(self, batch: Sequence[_Waiting]) -> None:
        """A batch that fails is tried one by one: it may have been too much at once, or the fault of one prompt."""
        try:
            answers = self._generate([one.prompt for one in batch], max(one.until for one in batch))
            for one, answer in zip(batch, answers, strict=True):
                one.answer.set_result(answer)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
            if len(batch) == 1:
                batch[0].answer.set_exception(error)
                return
            for one in batch:
                self._run([one])
