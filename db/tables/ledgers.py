"""The ledgers that make at-least-once hops once: outbox and effects; with the letters they carry."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from db.tables.base import metadata
from db.types import Key, Moment

#: Work promised in the transaction that made it necessary; a relay does it later, at least once.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("invoice_id", ForeignKey("invoices.id")),
    Column("payload", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("next_try_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", String(200), nullable=False, server_default=""),
    Column("done_at", Moment),
    Index("ix_outbox_open", "done_at", "next_try_at"),
)

#: Claimed before the world is touched, closed with what the world said.
effects = Table(
    "effects",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), index=True),
    Column("mail_id", ForeignKey("mails.id"), index=True),
    Column("message_id", String(200), nullable=False),
    Column("state", String(10), nullable=False),
    Column("claimed_by", String(120), nullable=False),
    Column("claimed_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("settled_at", Moment),
    Column("receipt", JSON),
    CheckConstraint(
        "state IN ('claimed', 'sent', 'refused', 'unknown', 'by_post')",
        name="state",
    ),
)

letters = Table(
    "letters",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("recipient", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("round", Integer, nullable=False),
    Column("language", String(2), nullable=False),
    Column("state", String(22), nullable=False),
    Column("reason_code", String(4), nullable=False, server_default=""),
    Column("facts", JSON, nullable=False),
    Column("paragraphs", JSON),
    Column("wording", JSON),
    Column("pdf_sha256", ForeignKey("documents.sha256")),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    #: Since when it may leave, but for the holding time; empty while it waits for a person.
    Column("released_at", Moment),
    Column("approved_by", String(100)),
    #: The engine's task whose word about this letter has been heard.
    Column("heard_task", String(64)),
    UniqueConstraint("invoice_id", "recipient", "kind", "round"),
    CheckConstraint("recipient IN ('client', 'provider', 'controller')", name="recipient"),
    CheckConstraint(
        "state IN ('drafted', 'written', 'waiting_for_approval', 'withdrawn', 'sent', 'unknown', 'by_post', 'bounced')",
        name="state",
    ),
    Index(None, "state"),
)

#: What people made of a letter's wording, one row a change.
letter_revisions = Table(
    "letter_revisions",
    metadata,
    Column("letter_id", ForeignKey("letters.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("made_at", Moment, nullable=False),
)

#: Who may do a thing that only one process at a time may do.
leases = Table(
    "leases",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("holder", String(120), nullable=False),
    Column("until", Moment, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
)
