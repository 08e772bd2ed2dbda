"""Tokens of an OAuth2 authorization server (RFC 6749): asked for once, kept until shortly before they expire."""

from __future__ import annotations

import base64
import contextlib
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode, urlsplit

import orjson

if TYPE_CHECKING:
    from pulse.engine.client.assertion import ClientCertificate

#: A token is renewed this long before it expires, or after 9/10 of its life if that is later.
EARLY_S = 30.0
#: A token that is refused within this time after it was given would be refused again.
FRESH_S = 5.0
_TIMEOUT_S = 10.0
_MAX_ANSWER_BYTES = 256 * 1024
#: Codes alone (RFC 6749 §5.2, and Microsoft's own beside it): the words around them may name a person.
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_MICROSOFTS = re.compile(r"AADSTS\d+")
#: How servers say no (§5.2); 428 is Google's "not yet" to who waits for a person.
_NO = {400, 401, 403, 428}

#: Opens a connection: host, port, seconds to wait.
Connect = Callable[[str, int, float], socket.socket]


class TokenServerAway(Exception):
    """The authorization server gives no answer, or none with a token."""


class TokenRefused(Exception):
    """The authorization server says no. `error` is its code, e.g. `invalid_client`, empty where it gave none."""

    def __init__(self, status: int, error: str = "") -> None:
        super().__init__(f"the authorization server gives no token (status {status})")
        self.status, self.error = status, error


@dataclass(frozen=True, kw_only=True)
class Given:
    """A token, how many seconds it lives, and what came with it."""

    token: str = field(repr=False)
    life_s: float
    #: Takes the place of the refresh token that was handed in (§6).
    refresh_token: str | None = field(default=None, repr=False)
    scope: str | None = None


@dataclass(frozen=True, kw_only=True)
class TokenEndpoint:
    """Where tokens are had, and who asks: a client with a secret says so by basic auth (§2.3.1), one with a certificate
    by a signed statement, another by its id; without an id, what it asks with says enough.

    Environment proxies are not read; `connect` goes another way to the server.
    """

    url: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    certificate: ClientCertificate | None = None
    connect: Connect = field(default=lambda host, port, timeout_s: socket.create_connection((host, port), timeout_s))
    ssl_context: ssl.SSLContext | None = None
    timeout_s: float = _TIMEOUT_S

    def ask(self, form: Mapping[str, str]) -> Given:
        """Sends one grant. Raises `TokenRefused`, `TokenServerAway`."""
        given = self.request(form)
        try:
            return Given(
                token=str(given["access_token"]),
                life_s=float(given.get("expires_in") or "inf"),
                refresh_token=given.get("refresh_token") or None,
                scope=given.get("scope"),
            )
        except (ValueError, KeyError, TypeError):
            raise TokenServerAway("the authorization server answers no token") from None

    def request(self, form: Mapping[str, str], url: str | None = None) -> dict[str, Any]:
        """What the server answers this client, here or at another of its addresses. Raises `TokenRefused`,
        `TokenServerAway`."""
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        if self.client_secret is not None:
            client = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"  # encoded as in a form
            headers["Authorization"] = f"Basic {base64.b64encode(client.encode()).decode()}"
        elif self.certificate is not None:
            form = {**self.certificate.shown(self.client_id, self.url), **form}
        elif self.client_id:
            form = {"client_id": self.client_id, **form}
        try:
            status, body = self._post(url or self.url, urlencode(form), headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise TokenServerAway(f"no answer from the authorization server: {type(error).__name__}") from error
        if status in _NO:
            raise TokenRefused(status, _error_code(body))
        try:
            answer = orjson.loads(body)
        except ValueError:
            answer = None
        if status != 200 or not isinstance(answer, dict):
            raise TokenServerAway(f"the authorization server answers nothing of use (status {status})")
        return answer

    def _post(self, url: str, body: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        with contextlib.ExitStack() as stack:
            connection = http.client.HTTPConnection(parts.netloc.rpartition("@")[2], timeout=self.timeout_s)
            opened = self.connect(host, parts.port or (443 if secure else 80), self.timeout_s)
            if secure:
                context = self.ssl_context or ssl.create_default_context()
                opened = context.wrap_socket(opened, server_hostname=host)
            connection.sock = opened
            stack.callback(connection.close)
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body.encode("ascii"), dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read(_MAX_ANSWER_BYTES)


class KeptToken:
    """The token that is valid now. Of threads that need a new one at once, one asks and the others wait."""

    def __init__(self, ask: Callable[[], Given], *, now: Callable[[], float] = time.monotonic) -> None:
        """What `ask` raises goes to whoever wants a token."""
        self._ask, self._now = ask, now
        self._lock = threading.Lock()
        self._value = ""
        self._given_at = self._until = float("-inf")

    def value(self) -> str:
        """The token; asked for where there is none, or none that lives long enough."""
        if self._now() >= self._until:
            with self._lock:
                if self._now() >= self._until:
                    self._renew()
        return self._value

    def renewed(self, refused: str) -> bool:
        """Whether there is another token now that this one was refused: then it is worth to try again."""
        with self._lock:
            if self._value == refused:
                if self._now() - self._given_at < FRESH_S:
                    return False
                self._renew()
        return True

    def _renew(self) -> None:
        given = self._ask()
        self._value, self._given_at = given.token, self._now()
        self._until = self._given_at + max(given.life_s - EARLY_S, given.life_s * 0.9)


def _error_code(body: bytes) -> str:
    try:
        said = orjson.loads(body)
        return error_code(said["error"], said.get("error_description"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def error_code(error: str, description: object = "") -> str:
    """The codes in what an authorization server says, without its words."""
    found = (_CODE.fullmatch(error), _MICROSOFTS.search(str(description)))
    return " ".join(one[0] for one in found if one)
