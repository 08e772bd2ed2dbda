"""API tokens: shown once, kept as a digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from db.rows import every, first
from db.tables import tokens

SCOPES = (
    "invoices:read",
    "invoices:write",
    "clients:read",
    "medications:read",
    "letters:send",
    "payments:read",
    "receivables:read",
    "tasks:read",
    "tasks:write",
    "all",
)


@dataclass(frozen=True, kw_only=True)
class Token:
    """What a token may do."""

    id: str
    name: str
    digest: str
    scopes: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    def allows(self, scope: str) -> bool:
        """Whether the token carries the scope, or all."""
        return bool({scope, "all"} & set(self.scopes.split()))


def digest_of(secret: str) -> str:
    """SHA-256 in hex; the secret has 256 random bits, so it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add(connection: Connection, token_id: str, *, name: str, secret: str, scopes: list[str], at: datetime) -> None:
    """Keeps a new token's digest."""
    row = {"id": token_id, "name": name, "digest": digest_of(secret), "scopes": " ".join(scopes), "created_at": at}
    connection.execute(insert(tokens).values(**row))


def by_secret(connection: Connection, secret: str) -> Token | None:
    """The token behind a secret, unless it was revoked."""
    where = (tokens.c.digest == digest_of(secret), tokens.c.revoked_at.is_(None))
    return first(connection, select(tokens).where(*where), Token)


def used(connection: Connection, token_id: str, *, at: datetime) -> None:
    """Notes the last use."""
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(last_used_at=at))


def revoke(connection: Connection, token_id: str, *, at: datetime) -> None:
    """The token no longer opens anything."""
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(revoked_at=at))


def everyone(connection: Connection) -> list[Token]:
    """All tokens, newest first."""
    return every(connection, select(tokens).order_by(tokens.c.created_at.desc()), Token)
