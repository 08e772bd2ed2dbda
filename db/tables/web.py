"""What the web room remembers between two requests."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table

from db.tables.base import metadata
from db.types import Key, Moment

#: Who is logged in. Only the SHA-256 of a session's secret is kept; logging out deletes the row.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

#: The answer to a request with an `Idempotency-Key`; `status` is empty while it is being worked out.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", String(32), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("request_digest", String(64), nullable=False),
    Column("status", Integer),
    Column("answer", JSON),
    Column("created_at", Moment, nullable=False),
    Index(None, "created_at"),
)

#: Pages as pictures: rendered once, kept in the document store.
page_images = Table(
    "page_images",
    metadata,
    Column("document_sha256", ForeignKey("documents.sha256"), primary_key=True),
    Column("page", Key, primary_key=True, autoincrement=False),
    Column("image_sha256", String(64), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
)
