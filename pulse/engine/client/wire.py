"""One kept-alive HTTP/1.1 connection (RFC 9112), as little of it as an engine needs.

`http.client` reads headers with an email parser and sends head and body apart: four times the cost of this for answers
that are mostly a bare 204. With several threads at work that cost is what bounds a worker.
"""

from __future__ import annotations

import socket
import ssl
from typing import BinaryIO

from urllib3.util.wait import wait_for_read

MAX_LINE = 65_536


class BrokenAnswer(OSError):
    """What came is not HTTP."""


class Connection:
    """Opened at once; `exchange` sends one request and reads its answer. Not for two threads at a time.

    All errors are `OSError`, timeouts included; after one the connection must be closed.
    """

    def __init__(self, host: str, port: int, *, tls: ssl.SSLContext | None, timeout_s: float) -> None:
        self._socket = socket.create_connection((host, port), timeout_s)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                self._socket = tls.wrap_socket(self._socket, server_hostname=host)
        except OSError:
            self._socket.close()
            raise
        self._stream: BinaryIO = self._socket.makefile("rb")

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def ended(self) -> bool:
        """Whether an idle connection was closed by the other side (or has something to say that nobody asked for)."""
        return wait_for_read(self._socket, 0)

    def exchange(self, request: bytes, timeout_s: float) -> tuple[int, bytes, bool]:
        """Status, body, and whether the connection can be used again. `timeout_s` bounds each wait for the engine."""
        self._socket.settimeout(timeout_s)
        self._socket.sendall(request)
        status, headers = self._head()
        while status < 200:  # 100 Continue and its like come before the answer
            status, headers = self._head()
        content, delimited = b"", True
        if b"chunked" in headers.get(b"transfer-encoding", b""):
            content = self._chunks()
        elif b"content-length" in headers:
            content = self._exactly(int(headers[b"content-length"]))
        elif status not in {204, 304}:
            content, delimited = self._stream.read(), False
        return status, content, delimited and headers.get(b"connection", b"").lower() != b"close"

    def _head(self) -> tuple[int, dict[bytes, bytes]]:
        version, _, rest = self._line().partition(b" ")
        if version != b"HTTP/1.1" or not rest[:3].isdigit():
            raise BrokenAnswer("no HTTP/1.1")
        headers = {}
        while line := self._line():
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        return int(rest[:3]), headers

    def _line(self) -> bytes:
        line = self._stream.readline(MAX_LINE)
        if not line.endswith(b"\n"):
            raise BrokenAnswer("the answer ends in its head" if line else "closed without an answer")
        return line.rstrip(b"\r\n")

    def _chunks(self) -> bytes:
        chunks = []
        while size := int(self._line().partition(b";")[0], 16):
            chunks.append(self._exactly(size))
            self._line()
        while self._line():  # trailers
            pass
        return b"".join(chunks)

    def _exactly(self, size: int) -> bytes:
        content = self._stream.read(size)
        if len(content) < size:
            raise BrokenAnswer("the answer ends in its body")
        return content
