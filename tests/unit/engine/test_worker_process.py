"""A worker as a process of its own, stopped the way a supervisor stops it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_engine import ScriptedEngine, task_dto

ROOT = Path(__file__).resolve().parents[3]
WORKER = """
import os, sys, time
from pulse.engine.worker import Worker, topic

@topic("quick")
def quick(task):
    os.write(1, b"began\\n")
    time.sleep(0.3)

@topic("endless")
def endless(task):
    os.write(1, b"began\\n")
    time.sleep(60)

Worker(engine_url=sys.argv[1], topics=[quick, endless], slots=2, poll_ms=300, grace_s=float(sys.argv[2])).run()
print("ended")
"""


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine() as engine:
        yield engine


@contextlib.contextmanager
def working(engine: ScriptedEngine, grace_s: float) -> Iterator[subprocess.Popen[str]]:
    """The worker with one quick and one endless task begun."""
    engine.add(task_dto(1, "quick"), task_dto(2, "endless"))
    command = [sys.executable, "-c", WORKER, engine.url, str(grace_s)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for _ in range(2):
                assert any(line.startswith("began") for line in process.stdout)
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("stop", [(signal.SIGTERM,), (signal.SIGINT,), (signal.SIGINT, signal.SIGTERM, signal.SIGTERM)])
def test_a_signal_drains_gives_back_what_is_left_and_exits_0(
    engine: ScriptedEngine, stop: tuple[signal.Signals, ...]
) -> None:
    with working(engine, grace_s=3.0) as process:
        for number in stop:
            process.send_signal(number)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output.endswith("ended\n")
    assert len(engine.requests("/external-task/task-1/complete")) == 1
    assert len(engine.requests("/external-task/task-2/unlock")) == 1
    assert engine.requests("task-2/complete") == []


def test_a_second_interrupt_ends_the_grace(engine: ScriptedEngine) -> None:
    with working(engine, grace_s=600) as process:
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert any("stopping" in line for line in process.stdout)  # two signals at once would be one
        engine.wait_for("/external-task/task-1/complete")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert len(engine.requests("/external-task/task-2/unlock")) == 1


def test_the_readmes_worker_works_as_it_stands(engine: ScriptedEngine, tmp_path: Path) -> None:
    readme = (ROOT / "pulse" / "engine" / "README.md").read_text("utf-8")
    script = readme.partition("```python\n")[2].partition("```")[0]
    script = script.replace("http://localhost:8080/engine-rest", engine.url)
    shop = "class shop:\n    charge = staticmethod(lambda amount, key: f'{key}: {amount}')\n"
    (tmp_path / "worker.py").write_text(shop + script, "utf-8")
    amounts = {1: "80.35", 2: "5000.05"}
    for number, amount in amounts.items():
        variables = {"amount": {"type": "String", "value": amount, "valueInfo": {}}}
        engine.add(task_dto(number, "charge-card", variables=variables))
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "worker.py")], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        (complete,) = engine.wait_for("/task-1/complete")
        (error,) = engine.wait_for("/task-2/bpmnError")
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    assert complete.body["variables"]["receipt"]["value"] == "step:1: 80.35"
    assert error.body["errorCode"] == "limit_exceeded"
