"""Waits that grow and never fall in step."""

from __future__ import annotations

import random
from collections.abc import Iterator


def backoff(first_s: float, longest_s: float) -> Iterator[float]:
    """Ever longer waits, never in step with other processes: each is drawn from the upper half of `first_s`, then of
    twice as much up to `longest_s`."""
    wait_s = first_s
    while True:
        yield wait_s * random.uniform(0.5, 1.0)  # noqa: S311  no secret
        wait_s = min(longest_s, wait_s * 2)
