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
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pycamunda.externaltask
import structlog

from pulse.engine.client import EngineClient
from pulse.engine.worker import Counters, Worker, topic

SLOTS = 10
SERVE = """
import sys
from pulse.engine.embedded.server import serve
serve(sys.argv[1], "127.0.0.1", 0, lambda url: print(url, flush=True))
"""
MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
             targetNamespace="bench">
  <process id="bench" isExecutable="true" camunda:historyTimeToLive="P1D">
    <startEvent id="start"/>
    <sequenceFlow id="in" sourceRef="start" targetRef="work"/>
    <serviceTask id="work" camunda:type="external" camunda:topic="bench"/>
    <sequenceFlow id="out" sourceRef="work" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>
"""

#: Seconds on the wall and of this process's CPU.
Measured = tuple[float, float]


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


def pulse_worker(url: str, tasks: int) -> Measured:
    """Our worker, its start included."""
    until = Until(tasks)
    no_op = topic("bench", lock_ms=60_000)(lambda task: None)
    wall, cpu = time.perf_counter(), time.process_time()
    worker = Worker(engine_url=url, topics=[no_op], slots=SLOTS, poll_ms=500, metrics=until)
    thread = threading.Thread(target=worker.run)
    thread.start()
    if not until.done.wait(120):
        raise RuntimeError(f"only {until['completed']} of {tasks} tasks completed")
    measured = time.perf_counter() - wall, time.process_time() - cpu
    worker.stop()
    thread.join()
    return measured


def plain_pycamunda(url: str, tasks: int) -> Measured:
    """The loop that pycamunda's documentation leads to."""
    wall, cpu = time.perf_counter(), time.process_time()
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
            deliver(tasks)
            runs[name].append(run(url, tasks))
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
def engine(*arguments: str) -> Iterator[str]:
    """An engine in a Python process of its own; its first line is its URL."""
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def on_the_stub(tasks: int, rounds: int) -> dict[str, float]:
    with engine(str(Path(__file__).with_name("stub_engine.py"))) as url, EngineClient(url) as client:

        def deliver(count: int) -> None:
            client.transport.request("POST", f"{url}/stock?n={count}")

        return compare(url, tasks, rounds, deliver, "")


def on_the_embedded_engine(tasks: int, rounds: int) -> dict[str, float]:
    """Every task is an instance of its own, in a store on disk."""
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/engine.db"
        with engine("-c", SERVE, store) as url, EngineClient(url, timeout_s=60) as client:
            client.deploy("bench", {"bench.bpmn": MODEL.encode()})

            def deliver(count: int) -> None:
                for _ in range(count):
                    client.start_process("bench", variables={"invoice_id": 12345678, "total_amount": "80.35"})

            return compare(url, tasks, rounds, deliver, "embedded_")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=500, help="tasks a round on the stub engine")
    parser.add_argument("--embedded-tasks", type=int, default=100, help="the same on the embedded engine")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    figures: dict[str, object] = {"tasks": arguments.tasks, "rounds": arguments.rounds, "slots": SLOTS}
    figures |= on_the_stub(arguments.tasks, arguments.rounds)
    figures |= on_the_embedded_engine(arguments.embedded_tasks, arguments.rounds)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:40} {value}")


if __name__ == "__main__":
    main()
