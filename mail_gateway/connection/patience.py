"""How long a server that refused our login is left alone: who hammers is locked out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_FIRST_S, _LONGEST_S = 30.0, 900.0


class Patience:
    """Half a minute after the first refusal, then twice as long each time, up to a quarter of an hour. Threads share
    it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._refusals = 0
        self._until = float("-inf")
        self._error: Exception | None = None

    def refused(self, error: Exception) -> None:
        """The server said no; `error` is what is raised until it is asked again."""
        with self._lock:
            self._until = self._now() + min(_FIRST_S * 2 ** min(self._refusals, 10), _LONGEST_S)
            self._refusals += 1
            self._error = error

    def accepted(self) -> None:
        """The server said yes."""
        with self._lock:
            self._refusals, self._error = 0, None

    def left_s(self) -> float:
        """How long the server is left alone yet, in seconds."""
        with self._lock:
            return max(self._until - self._now(), 0.0) if self._error is not None else 0.0

    def keep(self) -> None:
        """Raises the refusal again while the server is left alone."""
        if self.left_s() and self._error is not None:
            raise self._error.with_traceback(None)
