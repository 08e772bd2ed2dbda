"""The wire under pycamunda's requests: kept-alive connections, a timeout on every call, orjson, real errors.

pycamunda opens a connection per call, waits for ever and drops the engine's error. It only ever calls
`session.request(…)` and reads `.json()`, `.text`, `.content` and the truth of what comes back, so a session of our own
fits under every request class it has. It is `http.client`: urllib3 costs twice, requests six times as much a call.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import ssl
import time
import weakref
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from urllib3.filepost import encode_multipart_formdata
from urllib3.util.wait import wait_for_read

from pulse.engine import errors

CONNECT_TIMEOUT_S = 5.0
#: An idle connection is looked at before use after this long, and not used at all after the second.
CHECK_AFTER_S, DISCARD_AFTER_S = 1.0, 55.0

#: Open connections with the moment of their last use, the last used on the right.
Idle = deque[tuple[http.client.HTTPConnection, float]]


class Answer:
    """A 2xx answer, in the shape pycamunda expects of `requests.Response`."""

    __slots__ = ("content", "status_code")

    def __init__(self, status_code: int, content: bytes) -> None:
        self.status_code = status_code
        self.content = content

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Raises `EngineUnavailable` if the body is no JSON: then something else than the engine has answered."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            raise errors.EngineUnavailable("the answer is no JSON: is the URL an engine's?") from None


class Transport:
    """Connections to one engine, shared by threads: one a call in flight, kept open for the next.

    `url` is the base of the REST API, e.g. `http://127.0.0.1:8080/engine-rest`; environment proxies are not read.
    """

    def __init__(
        self, url: str, *, auth: tuple[str, str] | None = None, timeout_s: float = 20.0, keep: int = 16
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"not an engine's URL: {parts.scheme}://{parts.hostname}")
        self.timeout_s = timeout_s
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._address = (parts.hostname, parts.port)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._headers = {"Accept": "application/json"}
        self._idle: Idle = deque()
        self._keep = keep
        weakref.finalize(self, _close_all, self._idle)
        if auth is not None:
            self._headers["Authorization"] = _basic(auth)

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, object] | None = None,
        json: object = None,
        files: Mapping[str, Any] | None = None,
        auth: tuple[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """Send one request; `files` (name → text or (filename, bytes)) makes it multipart/form-data.

        Raises `EngineUnavailable`, or the `EngineRejected` that the answer's status and code stand for.
        """
        target = url.removeprefix(self._origin)
        if params:
            target += "?" + urlencode(params)
        headers = self._headers if auth is None else {**self._headers, "Authorization": _basic(auth)}
        body: bytes | None = None
        if files:
            body, content_type = encode_multipart_formdata(files)
            headers = {**headers, "Content-Type": content_type}
        elif json is not None and method not in {"GET", "DELETE"}:
            body = orjson.dumps(json)
            headers = {**headers, "Content-Type": "application/json"}
        status, content = self._exchange(method, target, body, headers, timeout_s or self.timeout_s)
        if 200 <= status < 300:
            return Answer(status, content)
        raise errors.from_answer(status, _json_or_none(content), content[:300].decode("utf-8", "replace"))

    def within(self, timeout_s: float) -> Session:
        """The same connections with another timeout, for one request object."""
        return Session(self, timeout_s)

    def close(self) -> None:
        """Close the idle connections; later calls open new ones."""
        _close_all(self._idle)

    def _exchange(
        self, method: str, target: str, body: bytes | None, headers: dict[str, str], timeout_s: float
    ) -> tuple[int, bytes]:
        connection = self._connection(timeout_s)
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise errors.EngineUnavailable(f"no answer from the engine: {type(error).__name__}") from error
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._idle.append((connection, time.monotonic()))
            if len(self._idle) > self._keep:
                _close_all(self._idle, self._keep)
        return response.status, content

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        now = time.monotonic()
        # One that has something to read was closed by the other side.
        with contextlib.suppress(IndexError):  # no idle connection left
            while True:
                connection, used = self._idle.pop()
                idle_s = now - used
                if idle_s < DISCARD_AFTER_S and (idle_s < CHECK_AFTER_S or not wait_for_read(connection.sock, 0)):
                    connection.sock.settimeout(timeout_s)
                    return connection
                connection.close()
        host, port = self._address
        connect_s = min(timeout_s, CONNECT_TIMEOUT_S)
        if self._tls is None:
            connection = http.client.HTTPConnection(host, port, timeout=connect_s)
        else:
            connection = http.client.HTTPSConnection(host, port, timeout=connect_s, context=self._tls)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise errors.EngineUnavailable(f"no connection to the engine: {type(error).__name__}") from error
        connection.sock.settimeout(timeout_s)
        return connection


class Session:
    """What a pycamunda request takes as its `.session`: a transport with the timeout of that request."""

    __slots__ = ("_timeout_s", "_transport")

    def __init__(self, transport: Transport, timeout_s: float) -> None:
        self._transport = transport
        self._timeout_s = timeout_s

    def request(self, method: str, url: str, **arguments: Any) -> Answer:
        return self._transport.request(method, url, timeout_s=self._timeout_s, **arguments)


def _close_all(idle: Idle, left: int = 0) -> None:
    """Close the longest unused until `left` remain; other threads may take some at the same time."""
    with contextlib.suppress(IndexError):
        while len(idle) > left:
            idle.popleft()[0].close()


def _basic(auth: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(auth).encode()).decode()


def _json_or_none(content: bytes) -> object:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
