"""Leaves a model alone that fails again and again, so that letters do not wait for it one by one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from letters.language_model import TIME_LIMIT_S, Generated, LanguageModel, ModelUnavailable

log = structlog.get_logger(__name__)

#: So many failures in a row, of whatever kind: one bad prompt or one lost connection is not enough.
MOST_FAILURES = 3
#: So long nobody asks it then; after that one letter tries whether it answers again.
REST_S = 300.0


class CircuitBreaker:
    """A model behind a circuit breaker: while it rests, asking fails at once (`kind` is `resting`).

    An answer that the guard refuses is no failure. The state is this process's own. `clock` counts seconds.
    """

    def __init__(
        self,
        model: LanguageModel,
        *,
        most_failures: int = MOST_FAILURES,
        rest_s: float = REST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model, self._most_failures, self._rest_s, self._clock = model, most_failures, rest_s, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0

    @property
    def revision(self) -> str | None:
        return self._model.revision

    def check(self) -> str:
        return self._model.check()

    def answer(self, prompt: str, *, timeout_s: float = TIME_LIMIT_S) -> Generated:
        """The model's answer. Raises `ModelUnavailable`, and what the model raises."""
        self._enter()
        try:
            generated = self._model.answer(prompt, timeout_s=timeout_s)
        except Exception:
            self._failed()
            raise
        self._answered()
        return generated

    def _enter(self) -> None:
        with self._lock:
            if self._failures < self._most_failures:
                return
            now = self._clock()
            if now < self._rests_until:
                raise ModelUnavailable("The language model rests after failing again and again.", kind="resting")
            self._rests_until = now + self._rest_s  # this one tries; the others go on without it

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures < self._most_failures:
                return
            self._rests_until = self._clock() + self._rest_s
            first = self._failures == self._most_failures
        if first:
            log.error("model rests", action="letter.model_rests", failures=self._most_failures, rest_s=self._rest_s)

    def _answered(self) -> None:
        with self._lock:
            rested, self._failures = self._failures >= self._most_failures, 0
        if rested:
            log.info("model answers again", action="letter.model_back")
