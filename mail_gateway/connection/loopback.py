"""Where a browser comes back to after a person's consent: a port of this machine (RFC 8252 §7.3)."""

from __future__ import annotations

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

from pulse.base.errors import Misconfigured

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Pulse</title>
<p>Pulse goes on where <code>pulse mail authorize</code> runs. You can close this window.</p>
</html>
"""


class Loopback:
    """Listens between `__enter__` and `__exit__`, for this machine alone."""

    def __init__(self, port: int = 0) -> None:
        """0 is any free port. Raises `Misconfigured` where the port is taken."""
        answers: queue.Queue[str] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            # Browsers open connections that they never use.
            timeout = 10

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                is_answer = parts.path == "/" and not {"code", "error"}.isdisjoint(parse_qs(parts.query))
                page = _PAGE.encode() if is_answer else b""
                self.send_response(200 if is_answer else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Content-Security-Policy", "default-src 'none'")
                self.send_header("Referrer-Policy", "no-referrer")
                self.end_headers()
                self.wfile.write(page)
                if is_answer:
                    answers.put(parts.query)

            def log_message(self, *_: object) -> None:
                """Nothing: the path holds a code."""

        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        except OSError as error:
            raise Misconfigured(f"Port {port} of this machine cannot be used ({error.strerror}).") from error
        self._server.daemon_threads = True
        self._answers = answers
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        #: Microsoft knows `http://localhost` with any port; with another path or an address it would be another one.
        self.redirect_uri = f"http://localhost:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, timeout_s: float) -> str:
        """The query that the browser came back with; empty where it did not in time."""
        try:
            return self._answers.get(timeout=timeout_s)
        except queue.Empty:
            return ""
