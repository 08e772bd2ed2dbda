"""Waiting longer each time, and never in step with other processes."""

from __future__ import annotations

import random
from collections.abc import Callable


class Backoff:
    """`first_s`, doubled each time up to `longest_s`; each wait is drawn from the upper half of that."""

    def __init__(self, first_s: float, longest_s: float, draw: Callable[[], float] = random.random) -> None:
        self._first_s, self._longest_s, self._draw = first_s, longest_s, draw
        self._wait_s = first_s

    def next_s(self) -> float:
        """How long to wait now."""
        wait_s, self._wait_s = self._wait_s, min(self._longest_s, self._wait_s * 2)
        return wait_s * (0.5 + self._draw() / 2)

    def reset(self) -> None:
        """It went well: begin anew."""
        self._wait_s = self._first_s
