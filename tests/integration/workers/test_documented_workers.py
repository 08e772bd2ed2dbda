"""The workers of the documentation, as they stand there, against an engine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from embedded_engine import bpmn, flows
from engines import ENGINES, EngineAddress, an_engine
from serving import serving

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "how-to" / "write-a-worker.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineAddress]:
    with an_engine(request.param, request, tmp_path) as address:
        yield address


def model(key: str) -> bytes:
    """A process of one external task, whose topic is the process's key."""
    task = f'<serviceTask id="work" camunda:type="external" camunda:topic="{key}"/>'
    body = f'<startEvent id="start"/>{task}<endEvent id="end"/>' + flows("start-work", "work-end")
    return bpmn(body, key=key).encode()


def run_until_ended(engine: EngineAddress, script: str, process: str, amount: str, folder: Path) -> dict[str, object]:
    """The variables of a process that the script has worked on; it then ends on SIGTERM with 0."""
    script = script.replace("http://localhost:8080/engine-rest", engine.url).replace(', auth=Bearer("secret")', "")
    options = "poll_ms=500, " + ("" if engine.auth is None else f"auth={engine.auth!r}, ")
    script = script.replace("Worker(", f"Worker({options}")
    (folder / "worker.py").write_text(script, "utf-8")
    with engine.client() as client:
        client.deploy(process, {f"{process}.bpmn": model(process)})
        instance = client.start_process(process, variables={"amount": amount})
        running = subprocess.Popen(
            [sys.executable, "worker.py"], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        try:
            deadline = time.monotonic() + 150
            while client.process_instances(process_instance_ids=[instance.id]):
                assert running.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            found = client.get("/history/variable-instance", process_instance_id=instance.id)
            running.terminate()
            assert running.wait(60) == 0
        finally:
            running.kill()
            running.wait()
    return {variable["name"]: variable["value"] for variable in found}


def test_ten_lines_are_a_worker(engine: EngineAddress, tmp_path: Path) -> None:
    assert len([line for line in BLOCKS[0].splitlines() if line.strip()]) <= 10
    variables = run_until_ended(engine, BLOCKS[0], "charge-card", "80.35", tmp_path)
    assert variables == {"amount": "80.35", "receipt": "CHF 80.35"}


class Bank(BaseHTTPRequestHandler):
    """Pays, but is away for its first two questions."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        if self.asked <= 2:
            self.close_connection = True
            return
        given = parse_qs(urlsplit(self.path).query)
        answer = f"paid {given['amount'][0]}" if given else "well"
        assert self.path == "/health" or given["key"][0]
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        pass


def test_the_longer_worker_waits_for_its_bank_and_pays(engine: EngineAddress, tmp_path: Path) -> None:
    bank = HTTPServer(("127.0.0.1", 0), type("OneBank", (Bank,), {}))
    with serving(bank):
        script = BLOCKS[1].replace("http://localhost:9090", f"http://127.0.0.1:{bank.server_address[1]}")
        variables = run_until_ended(engine, script, "pay", "80.35", tmp_path)
    assert variables == {"amount": "80.35", "receipt": "paid 80.35", "charged": "80.35"}


CRASHING = """
import os
from pulse.engine.worker import Retry, Worker, topic

@topic("crash", may_crash=True, lock_ms=500, retry=Retry(attempts=2))
def crash(task):
    os._exit(9)

Worker(engine_url="http://localhost:8080/engine-rest", topics=[crash], poll_ms=300).run()
"""


def test_a_task_that_kills_every_worker_becomes_an_incident(engine: EngineAddress, tmp_path: Path) -> None:
    login = "" if engine.auth is None else f"auth={engine.auth!r}, "
    script = CRASHING.replace("http://localhost:8080/engine-rest", engine.url).replace("\nWorker(", f"\nWorker({login}")
    with engine.client() as client:
        client.deploy("crash", {"crash.bpmn": model("crash")})
        instance = client.start_process("crash")
        deaths = 0
        while not client.incidents(instance.id):
            with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.DEVNULL) as worker:
                while worker.poll() is None and not client.incidents(instance.id):
                    time.sleep(0.05)
                deaths += worker.poll() == 9
                worker.terminate()
            assert deaths <= 2
        (incident,) = client.incidents(instance.id)
        assert (deaths, incident.incident_message) == (2, "its worker died during each attempt")
        # An operator who says so gets another attempt, which ends well here.
        client.set_retries(str(incident.configuration), 1)
        script = script.replace("os._exit(9)", "return {}")
        with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.DEVNULL) as worker:
            while client.process_instances(process_instance_ids=[instance.id]):
                assert worker.poll() is None
                time.sleep(0.05)
            worker.terminate()
        assert client.incidents(instance.id) == []
