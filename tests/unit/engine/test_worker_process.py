"""A worker as a process of its own, stopped the way a supervisor stops it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_engine import ScriptedEngine, task_dto

WORKER = """
import sys, time
from pulse.engine.worker import Worker, topic

@topic("quick")
def quick(task):
    time.sleep(0.3)

@topic("endless")
def endless(task):
    time.sleep(60)

Worker(engine_url=sys.argv[1], topics=[quick, endless], slots=2, poll_ms=300, grace_s=1.0).run()
print("ended")
"""


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine() as engine:
        yield engine


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_gives_back_what_is_left_and_exits_0(engine: ScriptedEngine, stop: signal.Signals) -> None:
    root = Path(__file__).resolve().parents[3]
    engine.add(task_dto(1, "quick"), task_dto(2, "endless"))
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, engine.url], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        engine.wait_until(lambda: bool(engine.requests("fetchAndLock")) and not engine.parked, timeout_s=30)
        process.send_signal(stop)
        output, problems = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, problems
    assert output.endswith("ended\n")
    assert len(engine.requests("/external-task/task-1/complete")) == 1
    assert len(engine.requests("/external-task/task-2/unlock")) == 1
    assert engine.requests("task-2/complete") == []
