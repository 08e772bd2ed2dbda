"""Worker processes under a supervisor, stopped the way an orchestrator stops them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from scripted_engine import ScriptedEngine, task_dto

ROOT = Path(__file__).resolve().parents[3]
WORKER = """
import signal, sys, time, urllib.request
from pulse.engine.worker import Worker, topic
from pulse.engine.worker.supervisor import report

def began():
    urllib.request.urlopen(url + "/began", data=b"{}").close()

@topic("quick")
def quick(task):
    began()
    time.sleep(0.3)

@topic("endless")
def endless(task):
    began()
    time.sleep(60)

url, stubborn, fd = sys.argv[1:]
worker = Worker(engine_url=url, topics=[quick, endless], slots=1, poll_ms=200, grace_s=3.0)
report(worker, int(fd))
if stubborn == "stubborn":
    signal.signal(signal.SIGTERM, lambda *_: None)
worker.run()
"""
SUPERVISE = """
import sys
from pulse.engine.worker.supervisor import Supervisor
worker, url, kind = sys.argv[1:]
command = lambda fd: [sys.executable, "-c", worker, url, kind, str(fd)]
raise SystemExit(Supervisor(command, 2, grace_s=10 if kind == "mild" else 0.5).run())
"""


@pytest.mark.parametrize(("kind", "code"), [("mild", 0), ("stubborn", 1)])
def test_a_signal_to_the_supervisor_drains_all_and_kills_only_what_will_not_end(kind: str, code: int) -> None:
    with ScriptedEngine() as engine:
        engine.add(task_dto(1, "quick"), task_dto(2, "endless"))
        command = [sys.executable, "-c", SUPERVISE, WORKER, engine.url, kind]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
            try:
                engine.wait_until(lambda: len({s.body["workerId"] for s in engine.requests("fetchAndLock")}) == 2)
                engine.wait_for("/began", 2)
                process.send_signal(signal.SIGTERM)
                assert process.wait(60) == code
            finally:
                process.kill()
        if kind == "mild":
            assert len(engine.requests("/external-task/task-1/complete")) == 1
            assert len(engine.requests("/external-task/task-2/unlock")) == 1
        assert engine.requests("task-2/complete") == []
