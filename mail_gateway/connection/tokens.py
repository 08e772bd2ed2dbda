"""OAuth2 access tokens for mail: by an application of its own, in a person's name, or by a service account."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import orjson
import structlog

from mail_gateway.connection.network import connect
from mail_gateway.connection.patience import Patience
from mail_gateway.connection.refresh_tokens import NoConsent, RefreshToken
from mail_gateway.connection.tls import context
from pulse.engine.client.assertion import ClientCertificate, ServiceAccount
from pulse.engine.client.oauth import Given, KeptToken, TokenEndpoint, TokenRefused

log = structlog.get_logger(__name__)

_TIMEOUT_S = 10.0


def token_endpoint(
    url: str,
    client_id: str,
    client_secret: str | None = None,
    certificate: ClientCertificate | None = None,
    *,
    proxy: str | None = None,
    ca_file: str | Path | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> TokenEndpoint:
    """An authorization server, reached as mail servers are. Raises `Misconfigured`."""
    return TokenEndpoint(
        url=url,
        client_id=client_id,
        client_secret=client_secret,
        certificate=certificate,
        connect=partial(connect, proxy=proxy),
        ssl_context=context("tls", ca_file),
        timeout_s=timeout_s,
    )


class Grant(Protocol):
    """What a token is asked for with."""

    def ask(self, endpoint: TokenEndpoint) -> Given:
        """Raises `TokenRefused`, `TokenServerAway`, `Misconfigured`."""


@dataclass(frozen=True)
class ByClient:
    """As the application itself (client credentials)."""

    scope: str | None = None

    def ask(self, endpoint: TokenEndpoint) -> Given:
        return endpoint.ask({"grant_type": "client_credentials"} | _scope(self.scope))


@dataclass(frozen=True)
class ByConsent:
    """In the name of a person who consented."""

    refresh_token: RefreshToken
    scope: str | None = None

    def ask(self, endpoint: TokenEndpoint) -> Given:
        with self.refresh_token.held() as held:
            form = {"grant_type": "refresh_token", "refresh_token": held.token} | _scope(self.scope)
            given = endpoint.ask(form)
            if given.refresh_token and given.refresh_token != held.token:
                held.keep(given.refresh_token)
                log.info("refresh token rotated", action="mail:login:rotated")
        return given


@dataclass(frozen=True)
class ByServiceAccount:
    """In the name of a mailbox's user, by a service account that the organisation lets do so."""

    account: ServiceAccount
    user: str
    scope: str

    def ask(self, endpoint: TokenEndpoint) -> Given:
        return endpoint.ask(self.account.grant(self.user, self.scope, endpoint.url))


class Tokens:
    """Access tokens for one mailbox or mail server.

    Threads share it. An authorization server that refuses is left alone for a while, and longer each time.
    """

    def __init__(self, endpoint: TokenEndpoint, grant: Grant, *, now: Callable[[], float] = time.monotonic) -> None:
        self.url = endpoint.url
        #: What the last token was given for, where that is known.
        self.granted = ""
        self._endpoint, self._grant = endpoint, grant
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
            given = self._grant.ask(self._endpoint)
        except NoConsent:
            raise  # no server was asked
        except TokenRefused as error:
            self._patience.refused(error)
            raise
        self._patience.accepted()
        self.granted = given.scope or _rights(given.token)
        return given


def _scope(scope: str | None) -> dict[str, str]:
    return {"scope": scope} if scope else {}


def _rights(token: str) -> str:
    """What a JWT says that it allows, as Microsoft's tokens are; for a person to read, so nothing is verified."""
    try:
        body = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        roles = claims.get("roles") or str(claims.get("scp", "")).split()
        return " ".join(map(str, roles))[:300]
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""
