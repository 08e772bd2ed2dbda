"""Ways to log in at an engine: basic, a bearer token, a token in a file, OAuth2 client credentials."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import quote_plus, urlencode

import orjson

from pulse.engine import errors

#: A token is renewed this long before it expires, or after 9/10 of its life if that is later.
EARLY_S = 30.0
#: A token that is refused within this time after it was given would be refused again.
FRESH_S = 5.0
_TIMEOUT_S = 10.0


class Auth(Protocol):
    """Threads share it."""

    def header(self) -> str:
        """The value of `Authorization`. Raises `EngineError` where there is none to be had."""

    def renewed(self, refused: str) -> bool:
        """Whether there is another value now that this one was answered with 401: then the request is sent again."""


class Basic:
    """User and password."""

    def __init__(self, user: str, password: str) -> None:
        self._value = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"

    def header(self) -> str:
        return self._value

    def renewed(self, refused: str) -> bool:
        return False


class Bearer:
    """A token that stays the same."""

    def __init__(self, token: str) -> None:
        self._value = f"Bearer {token}"

    def header(self) -> str:
        return self._value

    def renewed(self, refused: str) -> bool:
        return False


class TokenFile:
    """A token in a file that somebody else renews; read again whenever the file has changed."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._read: tuple[tuple[int, int], str] | None = None

    def header(self) -> str:
        try:
            stat = self._path.stat()
            stamp, known = (stat.st_mtime_ns, stat.st_ino), self._read
            if known is None or known[0] != stamp:
                known = self._read = stamp, f"Bearer {self._path.read_text('ascii').strip()}"
        except (OSError, UnicodeDecodeError) as error:
            raise errors.Unauthorized(f"the token's file cannot be read: {type(error).__name__}") from None
        return known[1]

    def renewed(self, refused: str) -> bool:
        self._read = None
        return self.header() != refused


class ClientCredentials:
    """Tokens of an authorization server (RFC 6749 §4.4): one is kept until shortly before it expires.

    Of threads that need a new one at once, one asks and the others wait. The client says who it is by basic auth.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        client = Basic(quote_plus(client_id), quote_plus(client_secret))  # §2.3.1 wants them encoded as in a form
        self._headers = {"Authorization": client.header(), "Accept": "application/json"}
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._url, self._body, self._now = token_url, urlencode(form), now
        self._lock = threading.Lock()
        self._value = ""
        self._given_at = self._until = float("-inf")

    def header(self) -> str:
        if self._now() >= self._until:
            with self._lock:
                if self._now() >= self._until:
                    self._renew()
        return self._value

    def renewed(self, refused: str) -> bool:
        with self._lock:
            if self._value == refused:
                if self._now() - self._given_at < FRESH_S:
                    return False
                self._renew()
        return True

    def _renew(self) -> None:
        import urllib3  # noqa: PLC0415  only this way of logging in needs it

        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            with urllib3.PoolManager(retries=False, timeout=_TIMEOUT_S) as pool:
                answer = pool.request("POST", self._url, body=self._body, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise errors.EngineUnavailable(
                f"no answer from the authorization server: {type(error).__name__}"
            ) from error
        if answer.status in {400, 401, 403}:
            raise errors.Unauthorized(f"the authorization server gives no token (status {answer.status})")
        try:
            given = orjson.loads(answer.data)
            self._value, life_s = f"Bearer {given['access_token']}", float(given.get("expires_in") or "inf")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise errors.EngineUnavailable(
                f"the authorization server answers no token (status {answer.status})"
            ) from None
        self._given_at = self._now()
        self._until = self._given_at + max(life_s - EARLY_S, life_s * 0.9)
