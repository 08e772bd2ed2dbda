"""The ledgers that make at-least-once hops once: mails in, outbox, effects; with the letters they carry."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
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

#: Every mail ever seen. `outcome` is pending between the first sight and the decision about it.
mails = Table(
    "mails",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("account", String(200), nullable=False),
    Column("folder", String(200), nullable=False),
    Column("uid_validity", Key, nullable=False),
    Column("uid", Key, nullable=False),
    Column("message_id", String(500)),
    Column("content_hash", String(64)),
    Column("sender", String(254)),
    Column("size", Integer, nullable=False, server_default="0"),
    Column("outcome", String(10), nullable=False, server_default="pending"),
    Column("reason", String(40), nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("answered", Boolean, nullable=False, server_default="0"),
    Column("filed_to", String(200)),
    Column("same_as", ForeignKey("mails.id")),
    Column("seen_at", Moment, nullable=False),
    Column("settled_at", Moment),
    UniqueConstraint("account", "folder", "uid_validity", "uid"),
    CheckConstraint(
        "outcome IN ('pending', 'invoice', 'returned', 'ignored', 'person', 'failed')",
        name="outcome",
    ),
    Index(None, "message_id"),
    Index(None, "content_hash"),
)

mail_documents = Table(
    "mail_documents",
    metadata,
    Column("mail_id", ForeignKey("mails.id"), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("sha256", ForeignKey("documents.sha256"), nullable=False),
    Column("filename", String(255), nullable=False, server_default=""),
    Column("invoice_id", ForeignKey("invoices.id")),
    Column("reason", String(40), nullable=False, server_default=""),
)

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
