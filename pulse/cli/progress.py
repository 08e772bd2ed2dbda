"""A worker's progress as one line at the foot of a terminal."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from pulse.engine.worker import Status

#: The rate is that of this many seconds.
_WINDOW_S = 10.0
_DONE = ("completed", "bpmn_error")
_FAILED = ("failed", "incident", "lost", "refused")


@contextlib.contextmanager
def progress(status: Callable[[], Status]) -> Iterator[None]:
    """Shows the line on stderr while the block runs; what is written there meanwhile goes above it."""
    line = Line(status)
    with Live(get_renderable=line.text, console=Console(stderr=True), refresh_per_second=4, redirect_stdout=False):
        yield


class Line:
    """done · failed · active of slots · rate · engine and what is down."""

    def __init__(self, status: Callable[[], Status], now: Callable[[], float] = time.monotonic) -> None:
        self._status, self._now = status, now
        self._seen: list[tuple[float, int]] = []

    def text(self) -> Text:
        """As of now."""
        status = self._status()
        done, failed = status.total(*_DONE), status.total(*_FAILED)
        engine = {None: "engine: not asked yet", True: "engine: connected", False: "engine: away"}[status.connected]
        down = [f"{name}: down" for name, up in status.dependencies.items() if not up]
        parts = [
            f"done {done}",
            f"failed {failed}",
            f"active {sum(status.active.values())}/{status.slots}",
            f"{self._rate(done):.1f}/s",
            engine,
            *down,
        ]
        return Text(" · ".join(parts), style="bold red" if status.connected is False or down else "bold", no_wrap=True)

    def _rate(self, done: int) -> float:
        now = self._now()
        self._seen = [(at, count) for at, count in self._seen if now - at <= _WINDOW_S]
        self._seen.append((now, done))
        began, before = self._seen[0]
        return (done - before) / (now - began) if now > began else 0.0
