"""An engine's REST API by script: real HTTP in this process, answers as the test says, everything remembered."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    raw_path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    content: bytes
    client: tuple[str, int]
    at: float = field(default_factory=time.monotonic)

    @property
    def body(self) -> Any:
        return json.loads(self.content)


Answer = tuple[int, Any]
#: The server reads the request and closes the connection without a word.
DROP: Answer = (0, None)


def task_dto(number: int = 1, topic: str = "work", **changes: Any) -> dict[str, Any]:
    """An external task as fetchAndLock sends it."""
    return {
        "activityId": "step",
        "activityInstanceId": f"step:{number}",
        "errorMessage": None,
        "errorDetails": None,
        "executionId": f"execution-{number}",
        "id": f"task-{number}",
        "lockExpirationTime": "2026-06-10T08:00:30.000+0000",
        "createTime": "2026-06-10T08:00:00.000+0000",
        "processDefinitionId": "p:1:1",
        "processDefinitionKey": "p",
        "processDefinitionVersionTag": None,
        "processInstanceId": f"instance-{number}",
        "retries": None,
        "suspended": False,
        "workerId": "w",
        "topicName": topic,
        "tenantId": None,
        "variables": {},
        "priority": 0,
        "businessKey": f"invoice-{number}",
        "extensionProperties": {},
        **changes,
    }


class ScriptedEngine:
    """`on(pattern, *answers)` scripts a path: each answer once, the last for ever. Unscripted commands answer 204.

    `add(*tasks)` puts external tasks on the shelf; fetchAndLock takes from it and parks like the real one.
    """

    def __init__(self, port: int = 0) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.parked = 0
        self._script: list[tuple[re.Pattern[str], list[Answer | Callable[[Seen], Answer]]]] = []
        self._shelf: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._closing = False
        handler = type("Handler", (_Handler,), {"engine": self})
        self._server = _Server(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> ScriptedEngine:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/engine-rest"

    def on(self, pattern: str, *answers: Answer | Callable[[Seen], Answer]) -> None:
        self._script.insert(0, (re.compile(pattern), list(answers)))

    def add(self, *tasks: dict[str, Any]) -> None:
        with self._changed:
            self._shelf.extend(tasks)
            self._changed.notify_all()

    def requests(self, pattern: str) -> list[Seen]:
        with self._changed:
            return [seen for seen in self.seen if re.search(pattern, seen.path)]

    def wait_for(self, pattern: str, count: int = 1, timeout_s: float = 60.0) -> list[Seen]:
        """Until `count` requests of this path have arrived; fails the test if they do not."""
        self.wait_until(lambda: len(self.requests(pattern)) >= count, f"{count} x {pattern}", timeout_s)
        return self.requests(pattern)

    def wait_until(self, condition: Callable[[], bool], what: str = "condition", timeout_s: float = 60.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            with self._changed:
                self._changed.wait(0.02)
            assert time.monotonic() < deadline, f"waited {timeout_s} s for {what}; seen {[s.path for s in self.seen]}"

    def answer(self, seen: Seen) -> Answer:
        with self._changed:
            self.seen.append(seen)
            self._changed.notify_all()
            for pattern, answers in self._script:
                if pattern.search(f"{seen.method} {seen.path}"):
                    scripted = answers.pop(0) if len(answers) > 1 else answers[0]
                    break
            else:
                scripted = self._fetch if seen.path.endswith("/fetchAndLock") else (204, None)
        return scripted(seen) if callable(scripted) else scripted

    def _fetch(self, seen: Seen) -> Answer:
        wanted = {topic["topicName"] for topic in seen.body["topics"]}
        deadline = seen.at + seen.body.get("asyncResponseTimeout", 0) / 1000
        with self._changed:
            self.parked += 1
            while True:
                taken = [task for task in self._shelf if task["topicName"] in wanted][: seen.body["maxTasks"]]
                left = deadline - time.monotonic()
                if taken or left <= 0 or self._closing:
                    break
                self._changed.wait(left)
            self.parked -= 1
            self._shelf = [task for task in self._shelf if task not in taken]
        return 200, taken


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    engine: ClassVar[ScriptedEngine]

    def setup(self) -> None:
        super().setup()
        self.engine.connections += 1

    def handle_any(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        status, body = self.engine.answer(
            Seen(
                method=self.command,
                path=parts.path.removeprefix("/engine-rest"),
                raw_path=self.path,
                query=parse_qs(parts.query),
                headers=dict(self.headers),
                content=self.rfile.read(length),
                client=self.client_address,
            )
        )
        if status == 0:
            self.close_connection = True
            return
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the names http.server calls

    def log_message(self, *_: object) -> None:
        pass
