"""Logging in with a token instead of a password: OAuth2 tokens, and XOAUTH2 that IMAP and SMTP carry them in.

XOAUTH2 is Google's, and Microsoft's too: the answer to a refused token is a challenge with JSON, to which the client
says nothing, and then the server says no.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import structlog

from mail_gateway.connection.network import connect
from mail_gateway.connection.patience import Patience
from mail_gateway.connection.tls import context
from pulse.base.errors import Misconfigured
from pulse.engine.client.oauth import Given, KeptToken, TokenEndpoint, TokenRefused

log = structlog.get_logger(__name__)

_TIMEOUT_S = 10.0


class Tokens:
    """Access tokens for one mailbox or mail server, by client credentials or, with a refresh token, in a person's name.

    Threads share it. An authorization server that refuses is left alone for a while, and longer each time.
    """

    def __init__(
        self,
        *,
        token_url: str,
        client_id: str,
        client_secret: str | None = None,
        scope: str | None = None,
        refresh_token: str | None = None,
        folder: Path | None = None,
        proxy: str | None = None,
        ca_file: str | Path | None = None,
        timeout_s: float = _TIMEOUT_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`folder` is where a refresh token is kept that the server gives in place of `refresh_token`."""
        self.url = token_url
        #: What the last token was given for, where that is known.
        self.granted = ""
        self._endpoint = TokenEndpoint(
            url=token_url,
            client_id=client_id,
            client_secret=client_secret,
            connect=partial(connect, proxy=proxy),
            ssl_context=context("tls", ca_file),
            timeout_s=timeout_s,
        )
        self._scope, self._refresh_token, self._folder = scope, refresh_token, folder
        self._kept = KeptToken(self._ask, now=now)
        self._patience = Patience(now)

    def current(self) -> str:
        """A token that is valid as far as we know. Raises `TokenRefused`, `TokenServerAway`, `Misconfigured`."""
        return self._kept.value()

    def renewed(self, refused: str) -> bool:
        """Whether there is another token now that the mail server refused this one. Raises as `current` does."""
        return self._kept.renewed(refused)

    def _ask(self) -> Given:
        self._patience.keep()
        try:
            given = self._refreshed() if self._refresh_token else self._endpoint.ask(self._form("client_credentials"))
        except TokenRefused as error:
            self._patience.refused(error)
            raise
        self._patience.accepted()
        self.granted = given.scope or _rights(given.token)
        return given

    def _form(self, grant: str) -> dict[str, str]:
        return {"grant_type": grant} | ({"scope": self._scope} if self._scope else {})

    def _refreshed(self) -> Given:
        """By refresh token: of processes on one data folder one asks at a time, as the next needs what it was given."""
        with _Rotated(self._folder, self._refresh_token or "") as rotated:
            given = self._endpoint.ask(self._form("refresh_token") | {"refresh_token": rotated.token})
            if given.refresh_token and given.refresh_token != rotated.token:
                rotated.keep(given.refresh_token)
                log.info("refresh token rotated", action="mail:login:rotated")
        return given


def _rights(token: str) -> str:
    """What a JWT says that it allows, as Microsoft's tokens are; for a person to read, so nothing is verified."""
    try:
        body = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        roles = claims.get("roles") or str(claims.get("scp", "")).split()
        return " ".join(map(str, roles))[:300]
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""


class _Rotated:
    """The refresh token that is valid now, locked between `__enter__` and `__exit__`; its file is its owner's alone.

    The file is named after the first token, the one in the settings: with a new one there begins a new file.
    """

    def __init__(self, folder: Path | None, first: str) -> None:
        self._file = folder / hashlib.sha256(first.encode()).hexdigest()[:32] if folder else None
        self.token = first
        self._lock: int | None = None

    def __enter__(self) -> _Rotated:
        if self._file is not None:
            try:
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._lock = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._lock, fcntl.LOCK_EX)
                if self._file.exists():
                    self.token = self._file.read_text(encoding="ascii")
            except OSError as error:
                message = "The folder that refresh tokens are kept in cannot be used."
                raise Misconfigured(message, folder=str(self._file.parent)) from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.close(self._lock)

    def keep(self, token: str) -> None:
        """From now on this one is valid."""
        if self._file is None:
            return
        written = self._file.with_suffix(".new")
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(token)
            file.flush()
            os.fsync(file.fileno())
        written.replace(self._file)


class Xoauth2:
    """One login: called with each challenge of the server, it gives the answer."""

    def __init__(self, user: str, token: str) -> None:
        self._first = f"user={user}\x01auth=Bearer {token}\x01\x01"
        #: What the server said to a token that it does not take.
        self.refusal: dict[str, Any] = {}

    def __call__(self, challenge: bytes | None = None) -> str:
        if not challenge:
            return self._first
        try:
            said = orjson.loads(challenge)
        except orjson.JSONDecodeError:
            said = None
        self.refusal = said if isinstance(said, dict) else {"status": "unknown"}
        return ""


class TokenNotTaken(Exception):
    """The mail server does not take the token."""

    def __init__(self, said: dict[str, Any]) -> None:
        """`said` is the server's JSON: `status` and, where it wants others, `scope`."""
        super().__init__()
        self.said = said


def log_in(user: str, tokens: Tokens, attempt: Callable[[Xoauth2], object], refused: type[Exception]) -> None:
    """Tries the token in hand, and once more with a new one where the server refuses the old; `attempt` raises
    `refused` then. Raises `TokenNotTaken`, `TokenRefused`, `TokenServerAway`."""
    token = tokens.current()
    for last in (False, True):
        login = Xoauth2(user, token)
        try:
            attempt(login)
        except refused as error:
            if last or not tokens.renewed(token):
                raise TokenNotTaken(login.refusal) from error
            token = tokens.current()
        else:
            return
