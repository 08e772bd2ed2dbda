"""Logging in with a token instead of a password: XOAUTH2, which IMAP and SMTP carry tokens in.

It is Google's, and Microsoft's too: the answer to a refused token is a challenge with JSON, to which the client says
nothing, and then the server says no.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from mail_gateway.connection.tokens import Tokens


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
