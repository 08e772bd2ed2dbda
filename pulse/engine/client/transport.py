"""What pycamunda's requests are sent through: kept-alive connections, a timeout on every call, orjson, real errors.

pycamunda opens a connection per call, waits for ever and drops the engine's error. It only ever calls
`session.request(…)` and reads `.json()`, `.text`, `.content` and the truth of what comes back, so a session of our own
fits under every request class it has.
"""

from __future__ import annotations

import contextlib
import socket
import weakref
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import httptools
import orjson
from urllib3.filepost import encode_multipart_formdata
from urllib3.util.wait import wait_for_read

from pulse.engine import errors
from pulse.engine.client.auth import Auth, Basic
from pulse.engine.client.nodes import Node, Nodes

CONNECT_TIMEOUT_S = 5.0
_RECEIVE_BYTES = 64 * 1024
#: Before it come interim answers, behind which the real one follows.
_FIRST_FINAL_STATUS = 200

Names = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer, in the shape pycamunda expects of `requests.Response`."""

    status_code: int
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Raises `EngineUnavailable` if the body is no JSON: then something else than the engine has answered."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            raise errors.EngineUnavailable("the answer is no JSON: is the URL an engine's?") from None


class _Incoming:
    """An answer on its way in; the methods named `on_…` are called by the parser."""

    def __init__(self) -> None:
        self.status = 0
        self.parts: list[bytes] = []
        self.complete = False
        self.stays_open = False
        self._has_length = False
        self._parser: Any = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Takes what the connection gave, nothing at its end. Raises `HttpParserError`, `ConnectionError`."""
        if data:
            self._parser.feed_data(data)
        elif self.parts and not self._has_length:
            self.complete = True
        else:
            raise ConnectionError("the answer is cut off")

    def on_header(self, name: bytes, _value: bytes) -> None:
        self._has_length |= name.lower() in {b"content-length", b"transfer-encoding"}

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self.stays_open = self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        self.parts.append(data)

    def on_message_complete(self) -> None:
        self.complete = self.status >= _FIRST_FINAL_STATUS


class Transport:
    """Connections to one engine, shared by threads: one a call in flight, up to `keep` left open for the next.

    `url` is the base of the REST API, e.g. `http://127.0.0.1:8080/engine-rest`, or the bases of its nodes with commas
    between them; requests are written for `base`, the first of them. Environment proxies are not read.
    """

    def __init__(self, url: str, *, auth: tuple[str, str] | Auth | None, timeout_s: float, keep: int) -> None:
        self._nodes = Nodes(url)
        self.base = self._nodes.base
        self.timeout_s = timeout_s
        self._auth = Basic(*auth) if isinstance(auth, tuple) else auth
        #: Open connections, the last used on the right.
        self._idle: deque[tuple[Node, socket.socket]] = deque()
        self._keep = keep
        weakref.finalize(self, _close_all, self._idle)

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Names = None,
        json: Any = None,
        files: Names = None,
        timeout_s: float = 0,
    ) -> Answer:
        """Send one request; `files` (name → text or (filename, bytes)) makes it multipart/form-data.

        Raises `EngineUnavailable`, the `EngineRejected` that the answer stands for, or ValueError for a bad URL.
        """
        target = url.removeprefix(self._nodes.origin) + ("?" + urlencode(params) if params else "")
        if not target.isprintable() or " " in target:
            raise ValueError("an id or filter is not quoted")
        body, content_type = b"", ""
        if files:
            body, content_type = encode_multipart_formdata(files)
        elif method not in {"GET", "DELETE"}:
            body, content_type = orjson.dumps(json or {}), "application/json"
        described = f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n" if content_type else ""
        head = f"{method} {target} HTTP/1.1\r\nAccept: application/json\r\n{described}"
        status, content = self._authorized(head, body, timeout_s or self.timeout_s)
        if 200 <= status < 300:
            return Answer(status, content)
        raise errors.from_answer(status, content)

    def within(self, timeout_s: float) -> Any:
        """The same connections as a session with another timeout, for one request object."""
        return SimpleNamespace(request=partial(self.request, timeout_s=timeout_s))

    def close(self) -> None:
        """Close the idle connections; later calls open new ones."""
        _close_all(self._idle)

    def _authorized(self, head: str, body: bytes, timeout_s: float) -> tuple[int, bytes]:
        """A refused login has done nothing, so with a new one the request is sent once more."""
        if self._auth is None:
            return self._exchange(head, body, timeout_s)
        login = self._auth.header()
        status, content = self._exchange(f"{head}Authorization: {login}\r\n", body, timeout_s)
        if status == 401 and self._auth.renewed(login):
            return self._exchange(f"{head}Authorization: {self._auth.header()}\r\n", body, timeout_s)
        return status, content

    def _exchange(self, head: str, body: bytes, timeout_s: float) -> tuple[int, bytes]:
        node, connection = None, None
        try:
            node, connection = self._kept() or self._nodes.connect(min(timeout_s, CONNECT_TIMEOUT_S))
            connection.settimeout(timeout_s)
            # Head and body at once, which http.client would send apart.
            connection.sendall(f"{head}Host: {node.netloc}\r\n\r\n".encode("ascii") + body)
            answer = _Incoming()
            while not answer.complete:
                answer.feed(connection.recv(_RECEIVE_BYTES))
        except (OSError, httptools.HttpParserError) as error:
            if node is not None and connection is not None:
                self._nodes.leave(node)
                connection.close()
            silent = node is not None and isinstance(error, TimeoutError)
            kind = errors.EngineSilent if silent else errors.EngineUnavailable
            raise kind(f"no answer from the engine: {type(error).__name__}") from error
        if answer.stays_open and len(self._idle) < self._keep:
            self._idle.append((node, connection))
        else:
            connection.close()
        return answer.status, b"".join(answer.parts)

    def _kept(self) -> tuple[Node, socket.socket] | None:
        """An idle connection to the current node that the other side has not closed: that would make it readable."""
        with contextlib.suppress(IndexError):  # none is left; other threads may take the last one
            while True:
                node, connection = self._idle.pop()
                if node is self._nodes.current and not wait_for_read(connection, 0):
                    return node, connection
                connection.close()
        return None


def _close_all(idle: deque[tuple[Node, socket.socket]]) -> None:
    with contextlib.suppress(IndexError):
        while True:
            idle.pop()[1].close()
