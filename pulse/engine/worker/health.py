"""A worker's health over HTTP: `/healthz`, `/readyz`, `/metrics`, for an orchestrator and Prometheus."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol, Self

from pulse.engine.worker.status import Status

#: A loop that is overdue by so much hangs: a poll may take its time and its timeout.
STUCK_S = 60.0


class Probes(Protocol):
    """What is asked of a process."""

    def overdue_s(self) -> float:
        """For how long its loop should have turned by now."""

    def missing(self) -> list[str]:
        """What keeps it from working."""

    def metrics(self) -> bytes:
        """The text that Prometheus scrapes. Raises `ImportError` without `prometheus-client`."""


class ProbeServer:
    """Serves between `__enter__` and `__exit__`, in threads of its own; `url` is where.

    * `/healthz`: 200 while the loop turns, else 503;
    * `/readyz`: 200 if nothing is missing, else 503 with what is;
    * `/metrics`: for Prometheus; 404 without `prometheus-client`.
    """

    def __init__(self, probes: Probes, *, host: str = "127.0.0.1", port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"probes": probes})
        self._server = ThreadingHTTPServer((host, port), handler)
        self._server.daemon_threads = True
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="health", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class HealthServer(ProbeServer):
    """A worker's: its loop polls, and it works if the engine answers and no dependency is down."""

    def __init__(self, status: Callable[[], Status], *, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(_WorkerProbes(status), host=host, port=port)


class _WorkerProbes:
    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status

    def overdue_s(self) -> float:
        return self._status().overdue_s

    def missing(self) -> list[str]:
        return self._status().missing()

    def metrics(self) -> bytes:
        from pulse.engine.worker.prometheus import exposition  # noqa: PLC0415  an extra

        return exposition(self._status)


class _Handler(BaseHTTPRequestHandler):
    probes: Probes
    timeout = 10

    def do_GET(self) -> None:
        answer = {"/healthz": self._live, "/readyz": self._ready, "/metrics": self._metrics}.get(self.path)
        status, content, kind = (404, b"", "text/plain") if answer is None else answer()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _live(self) -> tuple[int, bytes, str]:
        overdue_s = self.probes.overdue_s()
        return _json(overdue_s < STUCK_S, {"overdue_s": round(overdue_s, 1)})

    def _ready(self) -> tuple[int, bytes, str]:
        missing = self.probes.missing()
        return _json(not missing, {"missing": missing})

    def _metrics(self) -> tuple[int, bytes, str]:
        try:
            text = self.probes.metrics()
        except ImportError:
            return 404, b"prometheus-client is not installed\n", "text/plain"
        from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4  # noqa: PLC0415  an extra

        return 200, text, CONTENT_TYPE_PLAIN_0_0_4

    def log_message(self, *_: object) -> None:
        """Probes come every few seconds."""


def _json(good: bool, body: dict[str, object]) -> tuple[int, bytes, str]:
    return 200 if good else 503, json.dumps(body).encode() + b"\n", "application/json"
