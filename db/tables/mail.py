"""The mailbox: every mail ever seen, the rules that sort them, and the questions that wait for an answer."""

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
    text,
)

from db.tables.base import metadata
from db.types import Key, Moment

#: Few of many: the database finds them without reading the others.
_FOR_A_PERSON = text("outcome IN ('person', 'failed')")
_AGAIN = text("again_at IS NOT NULL")

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
    #: When the mail server got it; a sender's own date proves nothing.
    Column("received_at", Moment),
    Column("subject", String(1000), nullable=False, server_default=""),
    #: What the sender wrote, as plain text, for mails that a person may want to read.
    Column("text", Text, nullable=False, server_default=""),
    #: The whole mail as it came, in the document store.
    Column("source_sha256", String(64)),
    #: What a trusted server found out about the sender: pass, fail, none; empty where none was asked.
    Column("authenticity", String(10), nullable=False, server_default=""),
    #: The name of the rule that took it.
    Column("rule", String(80), nullable=False, server_default=""),
    #: The question of ours that it answers.
    Column("question_id", String(32)),
    #: A person wants it looked at once more.
    Column("again_at", Moment),
    Column("again_by", String(100)),
    UniqueConstraint("account", "folder", "uid_validity", "uid"),
    CheckConstraint(
        "outcome IN ('pending', 'invoice', 'returned', 'ignored', 'person', 'failed')",
        name="outcome",
    ),
    Index(None, "message_id"),
    Index(None, "content_hash"),
    Index(None, "seen_at"),
    Index(None, "source_sha256"),
    Index("ix_mails_for_a_person", "outcome", sqlite_where=_FOR_A_PERSON, postgresql_where=_FOR_A_PERSON),
    Index("ix_mails_again_at", "again_at", sqlite_where=_AGAIN, postgresql_where=_AGAIN),
    Index(None, "sender", "settled_at"),
)

#: What was done about a mail after its first settlement: `again` and `ignored` by a person, `looked_again` by the
#: gateway. `outcome` and `reason` are those of the moment: before the wish, after the look.
mail_events = Table(
    "mail_events",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("mail_id", ForeignKey("mails.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("what", String(20), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("reason", String(40), nullable=False, server_default=""),
    Column("comment", Text, nullable=False, server_default=""),
)

mail_documents = Table(
    "mail_documents",
    metadata,
    Column("mail_id", ForeignKey("mails.id"), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("sha256", ForeignKey("documents.sha256"), nullable=False, index=True),
    Column("filename", String(255), nullable=False, server_default=""),
    Column("invoice_id", ForeignKey("invoices.id")),
    Column("reason", String(40), nullable=False, server_default=""),
)

#: Asked in the order of `position`; the first that fits takes the mail.
mail_rules = Table(
    "mail_rules",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("position", Integer, nullable=False),
    Column("name", String(80), nullable=False, unique=True),
    Column("enabled", Boolean, nullable=False, server_default="1"),
    Column("conditions", JSON, nullable=False),
    Column("action", String(10), nullable=False),
    #: Whom to forward to, or what to reply.
    Column("argument", Text, nullable=False, server_default=""),
    Column("afterwards", String(10), nullable=False, server_default="file"),
    Column("afterwards_folder", String(200), nullable=False, server_default=""),
    Column("changed_by", String(100), nullable=False),
    Column("changed_at", Moment, nullable=False),
)

#: What a provider was asked about a case; `state` is open, answered, given_up or withdrawn.
questions = Table(
    "questions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("number", Integer, nullable=False),
    #: Of the token that the mail carries: whoever reads the database cannot answer in a provider's name.
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("questions", JSON, nullable=False),
    Column("asked_by", String(100), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("remind_at", Moment, nullable=False),
    Column("give_up_at", Moment, nullable=False),
    Column("state", String(10), nullable=False, server_default="open"),
    #: What the provider said, in whatever way; a new invoice of theirs stands in `document_sha256`.
    Column("answer", Text, nullable=False, server_default=""),
    Column("answered_by", String(100), nullable=False, server_default=""),
    Column("answered_at", Moment),
    Column("mail_id", ForeignKey("mails.id")),
    Column("document_sha256", ForeignKey("documents.sha256")),
    #: When the case went on, or came to its end, without it.
    Column("closed_at", Moment),
    UniqueConstraint("invoice_id", "number"),
)

#: When each folder was last looked into, and what was in the way since: who asks may be another process.
mailbox_looks = Table(
    "mailbox_looks",
    metadata,
    Column("account", String(200), primary_key=True),
    Column("folder", String(200), primary_key=True),
    Column("looked_at", Moment),
    Column("failed_at", Moment),
    #: Why the last look failed; empty after one that did not.
    Column("reason", String(40), nullable=False, server_default=""),
)
