"""Who calls the API: bearer tokens with scopes (RFC 6750)."""

from __future__ import annotations

from datetime import timedelta

from flask import request

from db import tokens
from db.tokens import Token
from pulse.claims.office import Office
from pulse.web.errors import ScopeMissing, TooManyRequests, Unauthenticated
from pulse.web.throttle import Throttle

_NOTE_USE_AFTER = timedelta(minutes=1)


def authenticate(office: Office, failures: Throttle, scope: str) -> Token:
    """The token of this request; raises `Unauthenticated`, `ScopeMissing`, or `TooManyRequests` to one who guesses."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise Unauthenticated
    with office.database.read() as connection:
        token = tokens.by_secret(connection, secret.strip())
    if token is None:
        wait_s = failures.hit(request.remote_addr or "")
        raise TooManyRequests(wait_s) if wait_s else Unauthenticated("This token is not valid.")
    if not token.allows(scope):
        raise ScopeMissing(scope=scope)
    now = office.clock.now()
    if token.last_used_at is None or now - token.last_used_at > _NOTE_USE_AFTER:
        with office.database.write() as connection:
            tokens.used(connection, token.id, at=now)
    return token
