"""The embedded engine in tests: short models, a client of few words, a server process that can be killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

TIMEOUT_S = 120
SERVE = (
    "import sys; from pulse.engine.embedded.server import serve; "
    "serve(sys.argv[1], '127.0.0.1', 0, lambda url: print(url, flush=True))"
)
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
             xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test">
"""


def bpmn(body: str, *, key: str = "p", before: str = "", attributes: str = 'camunda:historyTimeToLive="P30D"') -> str:
    """A model with one process around the given elements."""
    return f'{HEAD}{before}<process id="{key}" isExecutable="true" {attributes}>\n{body}\n</process></definitions>'


def flows(*pairs: str) -> str:
    """Sequence flows: `a-b` goes from a to b and is called a_b; `a-b:${x}` has a condition."""
    made = []
    for pair in pairs:
        ends, _, condition = pair.partition(":")
        start, _, end = ends.partition("-")
        inner = (
            f"<conditionExpression xsi:type='tFormalExpression'>{condition}</conditionExpression>" if condition else ""
        )
        made.append(f'<sequenceFlow id="{start}_{end}" sourceRef="{start}" targetRef="{end}">{inner}</sequenceFlow>')
    return "".join(made)


def external(name: str, inner: str = "", attributes: str = "") -> str:
    """An external task whose topic is its id."""
    return f'<serviceTask id="{name}" camunda:type="external" camunda:topic="{name}" {attributes}>{inner}</serviceTask>'


class Rest:
    """Calls of the engine's REST interface; a wrong status is an AssertionError with the answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.auth = ("demo", "demo")

    def call(self, method: str, path: str, body: Any = None, *, status: int | None = None, **more: Any) -> Any:
        answer = self._session.request(method, self.url + path, json=body, timeout=TIMEOUT_S, **more)
        assert answer.status_code == status if status else answer.ok, f"{answer.status_code} {answer.text}"
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        return answer.json() if is_json else answer.text

    def get(self, path: str, *, status: int | None = None) -> Any:
        return self.call("GET", path, status=status)

    def post(self, path: str, body: Any = None, *, status: int | None = None) -> Any:
        return self.call("POST", path, {} if body is None else body, status=status)

    def deploy(self, *models: str, status: int | None = None, **files: bytes) -> Any:
        parts = [(f"m{n}", (f"m{n}.bpmn", model.encode())) for n, model in enumerate(models)]
        parts += [(name, (name.replace("_", "."), data)) for name, data in files.items()]
        form = {"deployment-name": "test"}
        answer = self._session.post(self.url + "/deployment/create", data=form, files=parts, timeout=TIMEOUT_S)
        assert answer.status_code == status if status else answer.ok, answer.text
        return answer.json()

    def start(self, key: str = "p", business_key: str | None = None, **variables: Any) -> str:
        given = {name: {"value": value} for name, value in variables.items()}
        body = {"businessKey": business_key, "variables": given}
        return str(self.post(f"/process-definition/key/{key}/start", body)["id"])

    def fetch(self, *topics: str, worker: str = "w", lock_ms: int = 60_000, wait_ms: int = 0, most: int = 10) -> Any:
        asked = [{"topicName": topic, "lockDuration": lock_ms} for topic in topics]
        body = {"workerId": worker, "maxTasks": most, "topics": asked, "asyncResponseTimeout": wait_ms}
        return self.post("/external-task/fetchAndLock", body)

    def complete(self, task: str, worker: str = "w", *, status: int = 204, **variables: Any) -> Any:
        given = {name: {"value": value} for name, value in variables.items()}
        return self.post(f"/external-task/{task}/complete", {"workerId": worker, "variables": given}, status=status)

    def history(self, instance: str) -> Any:
        return self.get(f"/history/process-instance/{instance}")

    def close(self) -> None:
        self._session.close()


class EngineProcess:
    """The engine as a process of its own, over a store that outlives it."""

    def __init__(self, store_url: str) -> None:
        self._store_url = store_url
        self._process: subprocess.Popen[str] | None = None
        self.rest: Rest = self.start()

    def start(self) -> Rest:
        command = [sys.executable, "-c", SERVE, self._store_url]
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)
        assert self._process.stdout is not None
        self.rest = Rest(self._process.stdout.readline().strip())
        return self.rest

    def end(self, *, kill: bool) -> int:
        """End the process, by SIGKILL or SIGTERM; its exit status."""
        self.rest.close()
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.kill() if kill else self._process.terminate()
        status = self._process.wait(timeout=TIMEOUT_S)
        self._process.stdout.close()
        self._process = None
        return status

    def kill_and_restart(self) -> Rest:
        self.end(kill=True)
        return self.start()

    def __enter__(self) -> EngineProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            self.end(kill=True)
