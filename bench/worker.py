"""No-op tasks per second: our worker beside a plain pycamunda loop, in turns, in one run.

The loop does what pycamunda's users write: fetchAndLock with 10 tasks, complete each, one after the other, with the
connections pycamunda opens by itself. Ours runs with 10 slots. First against an engine that costs nothing
(bench/stub_engine.py, a process of its own), then against the embedded engine, where the engine's own cost counts too.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pycamunda.externaltask
import structlog

from pulse.engine.client import EngineClient
from pulse.engine.worker import Counters, Worker, topic

SLOTS = 10
Measured = tuple[float, float]
"""Seconds on the wall and of this process's CPU."""


class Until(Counters):
    """Says when so many tasks are completed."""

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.tasks = tasks
        self.done = threading.Event()

    def count(self, event: str, topic: str) -> None:
        super().count(event, topic)
        if event == "completed" and self["completed"] == self.tasks:
            self.done.set()


def pulse_worker(url: str, tasks: int, deliver: Callable[[int], None]) -> Measured:
    """Our worker, already polling when the tasks arrive."""
    until = Until(tasks)
    no_op = topic("bench", lock_ms=60_000)(lambda task: None)
    worker = Worker(engine_url=url, topics=[no_op], slots=SLOTS, poll_ms=500, metrics=until)
    thread = threading.Thread(target=worker.run)
    thread.start()
    wall, cpu = time.perf_counter(), time.process_time()
    deliver(tasks)
    if not until.done.wait(120):
        raise RuntimeError(f"only {until['completed']} of {tasks} tasks completed")
    measured = time.perf_counter() - wall, time.process_time() - cpu
    worker.stop()
    thread.join()
    return measured


def plain_pycamunda(url: str, tasks: int, deliver: Callable[[int], None]) -> Measured:
    """The loop that pycamunda's documentation leads to."""
    wall, cpu = time.perf_counter(), time.process_time()
    deliver(tasks)
    done = 0
    while done < tasks:
        fetch = pycamunda.externaltask.FetchAndLock(url, worker_id="plain", max_tasks=10)
        fetch.add_topic("bench", lock_duration=60_000)
        for task in fetch():
            pycamunda.externaltask.Complete(url, id_=task.id_, worker_id="plain")()
            done += 1
    return time.perf_counter() - wall, time.process_time() - cpu


def compare(url: str, tasks: int, rounds: int, deliver: Callable[[int], None], prefix: str) -> dict[str, float]:
    """Both in turns, the order changing; medians over the rounds."""
    runs: dict[str, list[Measured]] = {"pulse": [], "pycamunda": []}
    sides = [("pulse", pulse_worker), ("pycamunda", plain_pycamunda)]
    for number in range(rounds):
        for name, run in sides if number % 2 else reversed(sides):
            runs[name].append(run(url, tasks, deliver))
    figures: dict[str, float] = {}
    for name, measured in runs.items():
        figures[f"{prefix}{name}_tasks_per_s"] = round(statistics.median(tasks / wall for wall, _ in measured), 1)
        figures[f"{prefix}{name}_cpu_ms_per_task"] = round(
            statistics.median(cpu * 1000 / tasks for _, cpu in measured), 3
        )
    pairs = zip(runs["pulse"], runs["pycamunda"], strict=True)
    figures[f"{prefix}ratio"] = round(statistics.median(plain[0] / ours[0] for ours, plain in pairs), 2)
    return figures


@contextlib.contextmanager
def stub_engine() -> Iterator[str]:
    """The engine that costs nothing, in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("stub_engine.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def on_the_stub(tasks: int, rounds: int) -> dict[str, float]:
    with stub_engine() as url, EngineClient(url) as client:

        def deliver(count: int) -> None:
            client.transport.request("POST", f"{url}/stock?n={count}")

        return compare(url, tasks, rounds, deliver, "")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=500, help="tasks a round on the stub engine")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    figures: dict[str, object] = {"tasks": arguments.tasks, "rounds": arguments.rounds, "slots": SLOTS}
    figures |= on_the_stub(arguments.tasks, arguments.rounds)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:40} {value}")


if __name__ == "__main__":
    main()
