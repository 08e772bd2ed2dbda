"""What a second worker process gains: one slot each, handlers that wait, on the engine that costs nothing.

Started with an engine's URL it is such a process itself.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import structlog
from worker_clients import LOCK_MS, POLL_MS, TOPIC

from pulse.engine.client import EngineClient
from pulse.engine.worker import Worker, topic

WAIT_S = 0.05
_WITHIN_S = 120


def second_process_gain(client: EngineClient, tasks: int, rounds: int) -> float:
    """How many times faster two processes are than one, in turns; median of the pairs."""
    gains = []
    for _ in range(rounds):
        alone = _seconds(client, 1, tasks)
        gains.append(alone / _seconds(client, 2, tasks))
    return round(statistics.median(gains), 2)


def _seconds(client: EngineClient, processes: int, tasks: int) -> float:
    """From the delivery to the last completion; the processes have come up before."""
    with ExitStack() as stack:
        for _ in range(processes):
            command = [sys.executable, str(Path(__file__)), client.url]
            child = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(child.terminate)
            assert child.stdout is not None
            if not child.stdout.readline():
                raise RuntimeError("a worker process has not come up")
        began = time.perf_counter()
        client.transport.request("POST", f"{client.url}/stock?n={tasks}")
        client.transport.request("GET", f"{client.url}/stock/empty", timeout_s=_WITHIN_S)
        return time.perf_counter() - began


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    wait = topic(TOPIC, lock_ms=LOCK_MS)(lambda task: time.sleep(WAIT_S))
    worker = Worker(engine_url=sys.argv[1], topics=[wait], slots=1, poll_ms=POLL_MS)
    print("ready", flush=True)
    worker.run()


if __name__ == "__main__":
    main()
