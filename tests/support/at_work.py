"""A worker that works in a thread for as long as a test looks on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from pulse.engine.worker import Worker


@contextlib.contextmanager
def at_work(worker: Worker, *, within_s: float = 60) -> Iterator[Worker]:
    """Runs it, and stops it at the end; a worker that does not stop within that time fails the test."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(within_s)
    assert not thread.is_alive()
