"""Counts attempts of one origin and says when there were too many."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import timedelta

from pulse.base.clock import Clock


class Throttle:
    """At most `most` attempts of one origin in `window`; remembers the newest 10 000 origins of this process."""

    def __init__(self, clock: Clock, *, most: int, window: timedelta) -> None:
        self._clock, self._most, self._window_s = clock, most, window.total_seconds()
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def hit(self, origin: str) -> int:
        """Counts an attempt; seconds to wait where it was one too many, else 0."""
        now = self._clock.now().timestamp()
        with self._lock:
            began, count = self._counts.pop(origin, (now, 0))
            if now - began >= self._window_s:
                began, count = now, 0
            self._counts[origin] = (began, count + 1)
            while len(self._counts) > 10_000:
                self._counts.popitem(last=False)
        return 0 if count < self._most else max(1, int(began + self._window_s - now))
