"""A real HTTP server that answers chats as a script says: well, wrongly, slowly, without end."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Desk:
    """Where the server is, what it was asked, and an event that ends whatever still drips."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[dict[str, Any]] = []
        self.closed = threading.Event()


#: Writes an answer to the handler's connection.
Script = Callable[[BaseHTTPRequestHandler, Desk], None]


def said(text: object, *, finish: object = "stop", usage: object = None, **more: Any) -> bytes:
    """A chat completion with this text as its one choice."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage, **more}).encode()


def answers(body: bytes, status: int = 200, **headers: str) -> Script:
    """The same answer to everybody."""

    def write(handler: BaseHTTPRequestHandler, _desk: Desk) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return write


def in_turn(*scripts: Script) -> Script:
    """One script a request."""
    left = iter(scripts)

    def write(handler: BaseHTTPRequestHandler, desk: Desk) -> None:
        next(left)(handler, desk)

    return write


def drips(before: bytes, drop: bytes, every_s: float) -> Script:
    """`before`, and then one drop after the other, for ever."""

    def write(handler: BaseHTTPRequestHandler, desk: Desk) -> None:
        handler.wfile.write(before)
        while not desk.closed.wait(every_s):
            handler.wfile.write(drop)
            handler.wfile.flush()

    return write


def hangs_up(handler: BaseHTTPRequestHandler, _desk: Desk) -> None:
    """Ends the connection without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def chat_server(script: Script) -> Iterator[Desk]:
    """Serves on a free port; `desk.url` ends in `/v1`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            desk.asked.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
            self._answer()

        def do_GET(self) -> None:
            desk.asked.append({"path": self.path, "key": self.headers.get("Authorization")})
            self._answer()

        def _answer(self) -> None:
            self.close_connection = True
            with suppress(OSError):  # whoever asked may have gone
                script(self, desk)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    desk = Desk(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield desk
    finally:
        desk.closed.set()
        server.shutdown()
        thread.join()
        server.server_close()
