"""The clients that bench/worker.py compares: ours, and others as their documentation configures them for speed.

Each takes an engine with so many no-op tasks in it and works until it has completed them all, at most ten at a time.
All run with their connections, imports and compiled code warm: the bench gives each a first round that does not count.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pycamunda.externaltask
import requests.auth
from camunda.external_task.async_external_task_worker import AsyncExternalTaskWorker
from camunda.external_task.external_task import ExternalTask, TaskResult
from camunda.external_task.external_task_worker import ExternalTaskWorker, NoExternalTaskFound
from engines import Engine

from pulse.engine.worker import Counters, Worker, topic

SLOTS = 10
TOPIC = "bench"
LOCK_MS = 60_000
POLL_MS = 500
_WITHIN_S = 120


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds on the wall, from the first poll to the last completion, and of the client's CPU."""

    wall_s: float
    cpu_s: float


Client = Callable[[Engine, int], Measured]


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


def pulse_worker(engine: Engine, tasks: int) -> Measured:
    """Our worker, its start included."""
    until = Until(tasks)
    no_op = topic(TOPIC, lock_ms=LOCK_MS)(lambda task: None)
    wall, cpu = time.perf_counter(), time.process_time()
    worker = Worker(
        engine_url=engine.url, auth=engine.auth, topics=[no_op], slots=SLOTS, poll_ms=POLL_MS, metrics=until
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        if not until.done.wait(_WITHIN_S):
            raise RuntimeError(f"only {until['completed']} of {tasks} tasks completed")
        return Measured(wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)
    finally:
        worker.stop()
        thread.join()


def pycamunda_loop(engine: Engine, tasks: int) -> Measured:
    """The loop that pycamunda's documentation leads to; it has no worker of its own."""
    auth = requests.auth.HTTPBasicAuth(*engine.auth) if engine.auth else None
    wall, cpu = time.perf_counter(), time.process_time()
    done = 0
    while done < tasks:
        fetch = pycamunda.externaltask.FetchAndLock(engine.url, worker_id="plain", max_tasks=SLOTS)
        fetch.add_topic(TOPIC, lock_duration=LOCK_MS)
        fetch.auth = auth
        for task in fetch():
            complete = pycamunda.externaltask.Complete(engine.url, id_=task.id_, worker_id="plain")
            complete.auth = auth
            complete()
            done += 1
    return Measured(wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)


def _python3_config(engine: Engine, **more: object) -> dict[str, object]:
    config: dict[str, object] = {"lockDuration": LOCK_MS, "asyncResponseTimeout": POLL_MS, **more}
    if engine.auth:
        config["auth_basic"] = {"username": engine.auth[0], "password": engine.auth[1]}
    return config


def _completed(task: ExternalTask) -> TaskResult:
    return task.complete()


def python3_sync(engine: Engine, tasks: int) -> Measured:
    """camunda-external-task-client-python3: what its `subscribe` repeats for ever, until the tasks are done."""
    worker = ExternalTaskWorker("python3", engine.url, _python3_config(engine, maxTasks=SLOTS))
    done = 0

    def no_op(task: ExternalTask) -> TaskResult:
        nonlocal done
        done += 1
        return _completed(task)

    wall, cpu = time.perf_counter(), time.process_time()
    while done < tasks:
        try:
            worker.fetch_and_execute(TOPIC, no_op)
        except NoExternalTaskFound:
            continue
    return Measured(wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)


class _CountingWorker(AsyncExternalTaskWorker):  # type: ignore[misc]  # the package has no types
    """Its asyncio worker; it does not tell when a task is completed."""

    tasks = 0
    done: asyncio.Event

    async def _execute_task(self, task: ExternalTask, action: Callable[[ExternalTask], Any]) -> Any:
        result = await super()._execute_task(task, action)
        self.tasks -= 1
        if not self.tasks:
            self.done.set()
        return result


def python3_async(engine: Engine, tasks: int) -> Measured:
    """The asyncio worker of camunda-external-task-client-python3: it fetches one task a time, for ten at once."""

    async def no_op(task: ExternalTask) -> TaskResult:
        return _completed(task)

    async def run() -> Measured:
        worker = _CountingWorker("python3", engine.url, _python3_config(engine, maxConcurrentTasks=SLOTS))
        worker.tasks, worker.done = tasks, asyncio.Event()
        wall, cpu = time.perf_counter(), time.process_time()
        subscribed = asyncio.create_task(worker.subscribe({TOPIC: no_op}))
        await asyncio.wait_for(worker.done.wait(), _WITHIN_S)
        measured = Measured(wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)
        await worker.stop()
        await asyncio.gather(subscribed, return_exceptions=True)
        return measured

    return asyncio.run(run())


class NodeClient:
    """camunda-external-task-client-js in a node process of its own, which stays so that its code is compiled."""

    def __init__(self, node: str, script: Path) -> None:
        self._process = subprocess.Popen(
            [node, str(script)], cwd=script.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, engine: Engine, tasks: int) -> Measured:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        wanted = {"url": engine.url, "auth": engine.auth, "tasks": tasks, "topic": TOPIC, "slots": SLOTS}
        self._process.stdin.write(json.dumps(wanted | {"lockMs": LOCK_MS, "pollMs": POLL_MS}) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        return Measured(wall_s=told["wallMs"] / 1000, cpu_s=told["cpuMs"] / 1000)

    def __enter__(self) -> NodeClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        with self._process:
            self._process.terminate()
