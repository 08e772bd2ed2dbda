"""No-op tasks per second: our worker beside the clients that others use, in turns, in one run.

First against an engine that costs nothing (bench/stub_engine.py, a process of its own), then against the embedded
engine and, with --operaton, a real one, where the engine's own cost counts too. Every client has at most ten tasks in
its hands; how each is set up says bench/worker_clients.py.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

# How tests install node's packages.
sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from engines import Engine, embedded_engine, operaton, stub_engine
from npm_packages import beside_packages
from worker_clients import (
    POLL_MS,
    SLOTS,
    TOPIC,
    Client,
    Measured,
    NodeClient,
    pulse_worker,
    pycamunda_loop,
    python3_async,
    python3_sync,
)
from worker_processes import second_process_gain

from pulse.engine.client import EngineClient

MODEL = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
             targetNamespace="bench">
  <process id="bench" isExecutable="true" camunda:historyTimeToLive="P1D">
    <startEvent id="start"/>
    <sequenceFlow id="in" sourceRef="start" targetRef="work"/>
    <serviceTask id="work" camunda:type="external" camunda:topic="{TOPIC}"/>
    <sequenceFlow id="out" sourceRef="work" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>
"""
VARIABLES = {
    "invoice_id": 12345678,
    "insurance_number": "12345678",
    "total_amount": "80.35",
    "received_on": "2026-06-10",
    "client_found": True,
    "risk": "low",
    "reasons": "R100 R210",
    "abuse_risk": 0,
}
OURS = "pulse"
#: Key of the ratio over each of the others.
RATIOS = {"pycamunda": "ratio", "python3_client": "to_python3_client", "js_client": "to_js_client"}
#: A first round that does not count is at most so long; a Java engine needs it more than any client.
_WARM_UP = 100
Deliver = Callable[[int], None]


def compare(
    engine: Engine, clients: Mapping[str, Client], tasks: int, rounds: int, deliver: Deliver
) -> dict[str, float]:
    """All in turns, each round begun by another; medians over the rounds, ratios of the pairs."""
    runs: dict[str, list[Measured]] = {name: [] for name in clients}
    for client in clients.values():
        first_round = min(tasks, _WARM_UP)
        deliver(first_round)
        client(engine, first_round)
    names = list(clients)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            deliver(tasks)
            runs[name].append(clients[name](engine, tasks))
    figures: dict[str, float] = {}
    for name, measured in runs.items():
        figures[f"{name}_tasks_per_s"] = round(statistics.median(tasks / run.wall_s for run in measured), 1)
        figures[f"{name}_cpu_ms_per_task"] = round(statistics.median(run.cpu_s * 1000 / tasks for run in measured), 3)
    for name, key in RATIOS.items():
        if name in runs:
            pairs = zip(runs[name], runs[OURS], strict=True)
            figures[key] = round(statistics.median(theirs.wall_s / ours.wall_s for theirs, ours in pairs), 2)
    return figures


def on_the_stub(clients: Mapping[str, Client], tasks: int, rounds: int, waiting_tasks: int) -> dict[str, float]:
    """Also: what the asyncio worker of the python3 client does, with a few tasks; our connections; two processes."""
    with stub_engine() as engine, EngineClient(engine.url) as client:

        def deliver(count: int) -> None:
            client.transport.request("POST", f"{engine.url}/stock?n={count}")

        figures = compare(engine, clients, tasks, rounds, deliver)
        few = max(SLOTS, tasks // 20)
        deliver(few)
        figures["python3_async_tasks_per_s"] = round(few / python3_async(engine, few).wall_s, 1)
        deliver(tasks)
        pulse_worker(engine, tasks)
        figures["connections"] = client.transport.request("GET", f"{engine.url}/stock").json()["connections"]
        figures["connections_per_slot"] = figures["connections"] / SLOTS
        return figures | {"second_process_gain": second_process_gain(client, waiting_tasks, min(rounds, 3))}


def with_instances(engine: Engine, clients: Mapping[str, Client], tasks: int, rounds: int) -> dict[str, float]:
    """On an engine that executes: every task is an instance of its own."""
    with EngineClient(engine.url, auth=engine.auth, timeout_s=60) as client:
        client.deploy("bench", {"bench.bpmn": MODEL.encode()})

        def deliver(count: int) -> None:
            time.sleep(POLL_MS / 1000 + 0.1)  # a poll that its client has left would lock tasks for nobody
            for _ in range(count):
                client.start_process("bench", variables=VARIABLES)

        return compare(engine, clients, tasks, rounds, deliver)


def measured(arguments: argparse.Namespace) -> dict[str, float]:
    clients: dict[str, Client] = {
        OURS: pulse_worker,
        "pycamunda": pycamunda_loop,
        "python3_client": python3_sync,
    }
    node, npm = shutil.which("node"), shutil.which("npm")
    with contextlib.ExitStack() as stack:
        if node and npm:
            script = beside_packages(npm, Path(__file__).with_name("node_client.js"))
            clients["js_client"] = stack.enter_context(NodeClient(node, script))
        figures = on_the_stub(clients, arguments.tasks, arguments.rounds, arguments.waiting_tasks)
        started = {"embedded": (embedded_engine, arguments.embedded_tasks)}
        if arguments.operaton:
            started["operaton"] = (operaton, arguments.operaton_tasks)
        for name, (start, tasks) in started.items():
            with start() as engine:
                there = with_instances(engine, clients, tasks, arguments.rounds)
            figures |= {f"{name}_{key}": figure for key, figure in there.items()}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=500, help="tasks a round on the stub engine")
    parser.add_argument("--embedded-tasks", type=int, default=100, help="the same on the embedded engine")
    parser.add_argument("--operaton-tasks", type=int, default=300, help="the same on Operaton")
    parser.add_argument("--waiting-tasks", type=int, default=40, help="tasks for one and two processes")
    parser.add_argument("--operaton", action="store_true", help="also on Operaton")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    figures = {"tasks": arguments.tasks, "rounds": arguments.rounds, "slots": SLOTS, **measured(arguments)}
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:40} {value}")


if __name__ == "__main__":
    main()
