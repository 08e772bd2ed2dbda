"""A language model behind an OpenAI-compatible endpoint: vLLM, `transformers serve`, or a provider's."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing, suppress
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from letters.language_model import MAX_NEW_TOKENS, TIME_LIMIT_S, Generated, ModelUnavailable

_MAX_ANSWER_BYTES = 1 << 20
_CHECK_S = 10.0
T = TypeVar("T")


class EndpointModel:
    """`POST {url}/chat/completions` with the prompt as the one user message, greedy.

    One try, no redirect followed, and over after the time given, whatever the server does: a letter has its template.
    `thinking`: the model's chat template has a switch for thinking aloud, which is turned off; not every server takes
    the field for it, so others are not sent it. `revision`: what the insurer knows to be served there.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        key: str | None = None,
        revision: str | None = None,
        thinking: bool = False,
        max_new_tokens: int = MAX_NEW_TOKENS,
    ) -> None:
        self._url = url.rstrip("/")
        self._name = name
        self._key = key
        self._wanted_revision = revision
        self._thinking = thinking
        self._max_new_tokens = max_new_tokens
        self._fingerprint: str | None = None

    @property
    def revision(self) -> str | None:
        """The one that was set, else the server's `system_fingerprint`, if it sends one."""
        return self._wanted_revision or self._fingerprint

    def answer(self, prompt: str, *, timeout_s: float = TIME_LIMIT_S) -> Generated:
        """Raises `ModelUnavailable`: no connection, no 200, too late, too long, or not such JSON."""
        body = {
            "model": self._name,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "max_tokens": self._max_new_tokens,
            "stream": False,
        }
        if self._thinking:
            body["chat_template_kwargs"] = {"enable_thinking": False}
        said = self._call("POST", "/chat/completions", body, timeout_s)
        try:
            choice = said["choices"][0]
            text, reason = choice["message"]["content"], choice.get("finish_reason")
        except (LookupError, TypeError, AttributeError) as error:
            raise ModelUnavailable("The endpoint answered something else.", kind="answer") from error
        if not isinstance(text, str):
            raise ModelUnavailable("The endpoint answered something else.", kind="answer")
        fingerprint, usage = said.get("system_fingerprint"), said.get("usage")
        self._fingerprint = fingerprint[:80] if isinstance(fingerprint, str) and fingerprint else None
        return Generated(text, _count(usage, "completion_tokens"), reason == "stop", _count(usage, "prompt_tokens"))

    def check(self) -> str:
        """Asks for the list of models. Raises `ModelUnavailable`."""
        said = self._call("GET", "/models", None, _CHECK_S)
        entries = said.get("data") if isinstance(said, dict) else None
        names = [entry.get("id") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
        if names and self._name not in names:
            raise ModelUnavailable(f"The endpoint does not list {self._name}.", kind="answer")
        return f"{self._name} at {self._url}"

    def _call(self, method: str, path: str, body: dict[str, Any] | None, timeout_s: float) -> Any:
        """The answer's JSON, from a connection that is cut when the time is over."""
        if timeout_s <= 0:
            raise ModelUnavailable(kind="TimeoutError")
        address, until = urlsplit(self._url), time.monotonic() + timeout_s
        with closing(_connection(address, timeout_s)) as connection:

            def exchange() -> tuple[int, bytes]:
                content = None if body is None else json.dumps(body).encode()
                connection.request(method, f"{address.path}{path}", content, self._headers())
                with connection.getresponse() as answer:
                    return answer.status, _read(answer, until)

            try:
                status, data = _within(timeout_s, exchange)
            except (OSError, ValueError, http.client.HTTPException) as error:
                raise ModelUnavailable(kind=type(error).__name__) from error
            finally:
                _cut(connection)
        if status != http.client.OK:
            raise ModelUnavailable(kind=f"http_{status}")
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ModelUnavailable("The endpoint answered something else.", kind="answer") from error

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return headers | ({"Authorization": f"Bearer {self._key}"} if self._key else {})


def _connection(address: SplitResult, timeout_s: float) -> http.client.HTTPConnection:
    host, port = address.hostname or "", address.port
    if address.scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=timeout_s)


def _within(timeout_s: float, call: Callable[[], T]) -> T:
    """What `call` gives, or `TimeoutError`: a server may drip its headers, each drop starts a socket's time anew."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits
            result.set_exception(error)

    threading.Thread(target=run, name="letters-endpoint", daemon=True).start()
    return result.result(timeout_s)


def _cut(connection: http.client.HTTPConnection) -> None:
    """Ends a read that another thread is still in; closing alone would not."""
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _read(answer: http.client.HTTPResponse, until: float) -> bytes:
    """The body, no longer than allowed and no later than `until`."""
    data = b""
    while piece := answer.read1(1 << 16):
        data += piece
        if len(data) > _MAX_ANSWER_BYTES or time.monotonic() > until:
            raise ModelUnavailable("The endpoint's answer has no end.", kind="endless")
    return data


def _count(usage: object, name: str) -> int:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
