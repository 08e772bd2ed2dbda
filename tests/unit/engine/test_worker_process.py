"""A worker as a process of its own, stopped the way a supervisor stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_engine import ScriptedEngine, task_dto

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
        assert process.stdout is not None
        for _ in range(2):
            assert any(line.startswith("began") for line in process.stdout)
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


def test_the_readmes_worker_works_as_it_stands(engine: ScriptedEngine, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    readme = (root / "pulse" / "engine" / "README.md").read_text("utf-8")
    script = readme.partition("```python\n")[2].partition("```")[0]
    script = script.replace("http://localhost:8080/engine-rest", engine.url)
    shop = "class shop:\n    charge = staticmethod(lambda amount, key: f'{key}: {amount}')\n"
    (tmp_path / "worker.py").write_text(shop + script, "utf-8")
    amounts = {1: "80.35", 2: "5000.05"}
    for number, amount in amounts.items():
        variables = {"amount": {"type": "String", "value": amount, "valueInfo": {}}}
        engine.add(task_dto(number, "charge-card", variables=variables))
    process = subprocess.Popen([sys.executable, str(tmp_path / "worker.py")], cwd=root, env=_with_path(root))
    try:
        (complete,) = engine.wait_for("/task-1/complete", timeout_s=30)
        (error,) = engine.wait_for("/task-2/bpmnError")
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    assert complete.body["variables"]["receipt"]["value"] == "step:1: 80.35"
    assert error.body["errorCode"] == "limit_exceeded"


def _with_path(root: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(root)}
