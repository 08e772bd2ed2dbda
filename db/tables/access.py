"""Who may come in, and who did what."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, String, Table

from db.tables.base import metadata
from db.types import Key, Moment

users = Table(
    "users",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("password_hash", String(300), nullable=False),
    Column("groups", String(200), nullable=False, server_default=""),
    Column("active", Boolean, nullable=False, server_default="1"),
    Column("failed_logins", Key, nullable=False, server_default="0"),
    Column("locked_until", Moment),
    Column("created_at", Moment, nullable=False),
)

#: Only the SHA-256 of a token is kept; the token has 256 random bits, so no salt is needed.
tokens = Table(
    "tokens",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", String(300), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)

#: Append-only; each row's digest covers the row before it, so that an edit by hand shows.
audit_events = Table(
    "audit_events",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(80), nullable=False),
    Column("invoice_id", ForeignKey("invoices.id"), index=True),
    Column("details", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
)
