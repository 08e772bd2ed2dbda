"""Ways to log in at an engine: basic, a bearer token, a token in a file, OAuth2 client credentials."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pulse.engine import errors
from pulse.engine.client.oauth import Given, KeptToken, TokenEndpoint, TokenRefused, TokenServerAway


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
    """Tokens of an authorization server (RFC 6749 §4.4); the client says who it is by basic auth."""

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        endpoint = TokenEndpoint(url=token_url, client_id=client_id, client_secret=client_secret)
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})

        def ask() -> Given:
            try:
                return endpoint.ask(form)
            except TokenRefused as error:
                raise errors.Unauthorized(str(error)) from None
            except TokenServerAway as error:
                raise errors.EngineUnavailable(str(error)) from error

        self._kept = KeptToken(ask, now=now)

    def header(self) -> str:
        return f"Bearer {self._kept.value()}"

    def renewed(self, refused: str) -> bool:
        return self._kept.renewed(refused.removeprefix("Bearer "))
