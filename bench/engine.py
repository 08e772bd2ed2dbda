"""Process instances per second: the embedded engine beside SpiffWorkflow, in turns, in one run.

The process has the shape of our invoice process (bench/engine_model.py). Both write what they know to SQLite on disk at
each step, with the same durability (write-ahead log, synchronous FULL: a commit is on disk). Ours loads the instance,
checks its version and keeps its whole history as well. With --operaton the process is also run by our worker over REST,
on the embedded engine's server and on Operaton.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog
from engine_embedded import Embedded
from engine_model import FACTS, KEY, RESULTS, STEPS, model
from engine_spiff import Spiff
from engines import Engine, embedded_engine, operaton
from worker_clients import LOCK_MS, POLL_MS, SLOTS, Until

from pulse.engine.client import EngineClient, ExternalTask
from pulse.engine.worker import Topic, Worker

Run = Callable[[int], None]


def compare(sides: Mapping[str, Run], instances: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each round by side, in turns, after one instance that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for run in sides.values():
        run(1)
    names = list(sides)
    for number in range(rounds):
        for name in names if number % 2 else reversed(names):
            began = time.perf_counter()
            sides[name](instances)
            seconds[name].append(time.perf_counter() - began)
    return seconds


def figures_of(seconds: Mapping[str, list[float]], instances: int) -> dict[str, float]:
    """Instances per second of each side; how many times faster the first is than each other, median of the pairs."""
    figures = {
        f"{name}_instances_per_s": round(statistics.median(instances / one for one in taken), 1)
        for name, taken in seconds.items()
    }
    (_, ours), *others = seconds.items()
    for name, theirs in others:
        pairs = zip(ours, theirs, strict=True)
        figures[f"to_{name}"] = round(statistics.median(other / own for own, other in pairs), 2)
    return figures


def in_process(instances: int, rounds: int) -> dict[str, float]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sides = {
            "embedded": stack.enter_context(contextlib.closing(Embedded(folder))),
            "spiffworkflow": stack.enter_context(contextlib.closing(Spiff(folder, in_memory=False))),
            "spiffworkflow_in_memory": stack.enter_context(contextlib.closing(Spiff(folder, in_memory=True))),
        }
        runs = {name: side.run for name, side in sides.items()}
        return figures_of(compare(runs, instances, rounds), instances)


def over_rest(instances: int, rounds: int) -> dict[str, float]:
    with contextlib.ExitStack() as stack:
        engines = {"embedded_rest": stack.enter_context(embedded_engine()), "operaton": stack.enter_context(operaton())}
        sides = {name: _driven(engine, stack) for name, engine in engines.items()}
        return figures_of(compare(sides, instances, rounds), instances)


def _driven(engine: Engine, stack: contextlib.ExitStack) -> Run:
    """Starts instances over REST and lets our worker run them to their end."""
    client = stack.enter_context(EngineClient(engine.url, auth=engine.auth, timeout_s=60))
    client.deploy("bench", {"invoice.bpmn": model()})

    def run(instances: int) -> None:
        until = Until(instances * STEPS)
        topics = [Topic(name=name, handler=_handler(name), lock_ms=LOCK_MS) for name in RESULTS]
        worker = Worker(
            engine_url=engine.url, auth=engine.auth, topics=topics, slots=SLOTS, poll_ms=POLL_MS, metrics=until
        )
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            for _ in range(instances):
                client.start_process(KEY, variables=FACTS)
            if not until.done.wait(120):
                raise RuntimeError(f"only {until['completed']} of {until.tasks} tasks completed")
        finally:
            worker.stop()
            thread.join()

    return run


def _handler(topic: str) -> Callable[[ExternalTask], dict[str, object]]:
    return lambda task: RESULTS[topic]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--instances", type=int, default=20, help="instances a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--operaton", action="store_true", help="also over REST, beside Operaton")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    figures: dict[str, float] = {"instances": arguments.instances, "rounds": arguments.rounds, "steps": STEPS}
    figures |= in_process(arguments.instances, arguments.rounds)
    if arguments.operaton:
        figures |= over_rest(arguments.instances, arguments.rounds)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:40} {value}")


if __name__ == "__main__":
    main()
