"""Who is logged in: a session's secret is in the browser, its digest here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from db.rows import first
from db.tables import sessions
from db.tokens import digest_of


@dataclass(frozen=True, kw_only=True)
class Session:
    """One login of one person."""

    digest: str
    user_id: int
    created_at: datetime
    seen_at: datetime


def add(connection: Connection, secret: str, *, user_id: int, at: datetime) -> None:
    """A new login."""
    connection.execute(insert(sessions).values(digest=digest_of(secret), user_id=user_id, created_at=at, seen_at=at))


def by_secret(connection: Connection, secret: str) -> Session | None:
    """The login behind a secret."""
    return first(connection, select(sessions).where(sessions.c.digest == digest_of(secret)), Session)


def seen(connection: Connection, secret: str, *, at: datetime) -> None:
    """Notes that the person is still there."""
    connection.execute(update(sessions).where(sessions.c.digest == digest_of(secret)).values(seen_at=at))


def end(connection: Connection, secret: str) -> None:
    """Logs out: the secret is worth nothing from now on."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest_of(secret)))


def forget(connection: Connection, *, before: datetime) -> None:
    """Removes logins that nobody has used since."""
    connection.execute(delete(sessions).where(sessions.c.seen_at < before))
