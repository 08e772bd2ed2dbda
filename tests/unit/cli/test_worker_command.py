"""`pulse worker` as its operators run it: a process, its signals, its health, its line on a terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import office
import pytest
import requests
from scripted_engine import ScriptedEngine, task_dto

ROOT = Path(__file__).resolve().parents[3]
CHECKS = ["check-client", "check-medication", "assess-risk", "settle"]
TOPICS = [*CHECKS, "check-decision", "write-letter", "send-letter", "notify"]


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine() as engine:
        engine.on("/version", (200, {"version": "7.24.0"}))
        yield engine


@pytest.fixture
def environment(engine: ScriptedEngine, tmp_path: Path) -> dict[str, str]:
    office.new_database(tmp_path).close()
    settings = {"DATA_DIR": str(tmp_path), "ENGINE_URL": engine.url, "WORKER_POLL_S": "0.3", "SMTP_PORT": "9"}
    settings |= {"SMTP_TLS": "none", "IMAP_TLS": "none", "IMAP_PORT": "9"}
    return {"PATH": os.environ["PATH"], **{f"PULSE_{name}": value for name, value in settings.items()}}


@contextlib.contextmanager
def worker(environment: dict[str, str], *options: str, **popen: Any) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "pulse", "worker", *options]
    popen = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, **popen}
    with subprocess.Popen(command, env=environment, cwd=ROOT, text=True, **popen) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def until(look: Callable[[], Any], what: str, timeout_s: float = 120) -> Any:
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return found


def unknown_case(number: int) -> dict[str, Any]:
    """A task of a case that is not there: its incident shows that the handler ran, with the database."""
    return task_dto(number, "check-client", variables={"invoice_id": {"type": "Long", "value": number}})


def workers_that_polled(engine: ScriptedEngine) -> set[str]:
    return {seen.body["workerId"] for seen in engine.requests("fetchAndLock")}


def pid_of(worker_id: str) -> int:
    return int(worker_id.split(":")[-2])


def test_an_unknown_topic_is_wrong_usage_and_the_known_ones_are_named(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "pulse", "worker", "--topics", "settle,setle"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    said = re.sub(r"[\s│]+", " ", done.stderr)
    assert "setle: no such topic" in said
    for topic in TOPICS:
        assert topic in said


def test_one_process_works_on_the_chosen_topics_tells_its_health_and_ends_clean(
    engine: ScriptedEngine, environment: dict[str, str]
) -> None:
    engine.add(unknown_case(7))
    with worker(environment, "--topics", "check-client,settle", "--slots", "2", "--health-port", "0") as process:
        url = first_line(process)
        (failure,) = engine.wait_for("task-7/failure")
        fetch = engine.requests("fetchAndLock")[0].body
        ready = until(
            lambda: requests.get(url + "/readyz", timeout=60).ok and requests.get(url + "/readyz", timeout=60), ""
        )
        live = requests.get(url + "/healthz", timeout=60)
        figures = requests.get(url + "/metrics", timeout=60).text
        assert requests.get(url + "/secrets", timeout=60).status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert failure.body["errorMessage"].startswith("case_missing")
    assert [topic["topicName"] for topic in fetch["topics"]] == ["check-client", "settle"]
    assert (fetch["maxTasks"], fetch["topics"][0]["variables"]) == (2, ["invoice_id"])
    assert (ready.json(), live.status_code) == ({"missing": []}, 200)
    assert 'worker_tasks_total{event="incident",topic="check-client"} 1.0' in figures
    assert "worker_engine_connected 1.0" in figures
    assert 'worker_dependency_up{dependency="database"} 1.0' in figures


def test_what_is_missing_makes_it_not_ready_but_alive(engine: ScriptedEngine, environment: dict[str, str]) -> None:
    with worker(environment, "--topics", "check-client,send-letter", "--health-port", "0") as process:
        url = first_line(process)
        missing = {"missing": ["smtp"]}  # nobody listens at port 9
        until(lambda: requests.get(url + "/readyz", timeout=60).json() == missing, "the mail server is missed")
        assert requests.get(url + "/readyz", timeout=60).status_code == 503
        assert requests.get(url + "/healthz", timeout=60).status_code == 200
        polled = until(lambda: [s for s in engine.requests("fetchAndLock") if len(s.body["topics"]) == 1], "a poll")
        assert polled[0].body["topics"][0]["topicName"] == "check-client"


def test_several_processes_are_watched_and_restarted_and_do_not_outlive_their_supervisor(
    engine: ScriptedEngine, environment: dict[str, str]
) -> None:
    options = ("--topics", "check-client", "--slots", "1", "--processes", "2", "--health-port", "0")
    with worker(environment, *options) as process:
        url = first_line(process)
        until(lambda: len(workers_that_polled(engine)) == 2, "two workers")
        until(lambda: requests.get(url + "/readyz", timeout=60).ok, "both are ready")
        engine.add(*(unknown_case(number) for number in range(1, 5)))
        engine.wait_for("failure", 4)
        counted = 'worker_tasks_total{event="incident",topic="check-client"} 4.0'
        until(lambda: counted in requests.get(url + "/metrics", timeout=60).text, "the sum of both")
        assert "worker_slots 2.0" in requests.get(url + "/metrics", timeout=60).text
        first = workers_that_polled(engine)
        victim = pid_of(sorted(first)[0])
        assert victim != process.pid
        os.kill(victim, signal.SIGKILL)
        until(lambda: len(workers_that_polled(engine)) == 3, "a third worker in the dead one's place")
        assert counted in requests.get(url + "/metrics", timeout=60).text  # what the dead one did still counts
        children = [pid_of(worker_id) for worker_id in workers_that_polled(engine)]
        process.kill()
        process.wait(60)
        until(lambda: not [pid for pid in children if _runs(pid)], "the end of both")


def _runs(pid: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_terminal_shows_a_line_of_progress_below_the_logs_of_all_processes(
    engine: ScriptedEngine, environment: dict[str, str]
) -> None:
    engine.add(unknown_case(7))
    leader, follower = pty.openpty()
    written: list[bytes] = []

    def read() -> None:
        with contextlib.suppress(OSError):
            while data := os.read(leader, 4096):
                written.append(data)

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    terminal = {**environment, "TERM": "xterm", "COLUMNS": "150"}
    options = ("--topics", "check-client", "--slots", "2", "--processes", "2")
    with worker(terminal, *options, stderr=follower) as process:
        os.close(follower)
        line = "done 0 · failed 1 · active 0/4 · 0.0/s · engine: connected"
        until(lambda: line in b"".join(written).decode("utf-8", "replace"), "the line")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stdout is not None
        assert process.stdout.read() == ""
    reading.join(60)
    os.close(leader)
    shown = b"".join(written).decode("utf-8", "replace")
    assert shown.count("worker started") == 2
    assert "Traceback" not in shown
