"""A case: the invoice as received, what was found out about it, and how it was decided."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from db.tables.base import metadata
from db.types import Key, Moment, Money

documents = Table(
    "documents",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("media_type", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    Column("stored_at", Moment, nullable=False),
    #: The document that held this one among others, and where: "3-4" are its third and fourth page.
    Column("part_of", String(64)),
    Column("pages", String(20), nullable=False, server_default=""),
)

#: One row a case. The columns before `content` are copies for searching; `content` is the Invoice as it stands now.
invoices = Table(
    "invoices",
    metadata,
    Column("id", Key, Identity(start=10000001), primary_key=True, autoincrement=True),
    Column("guid", Text),
    Column("biller_gln", Text),
    Column("biller_zsr", Text),
    Column("invoice_number", Text),
    Column("refers_to", Text),
    Column("subtype", String(10), nullable=False, server_default="normal"),
    Column("insurance_number", Text),
    Column("gtin", String(14)),
    Column("invoice_date", Date),
    Column("total_amount", Money),
    Column("biller_mail", Text),
    Column("content", JSON, nullable=False),
    Column("reading", String(10), nullable=False),
    Column("unreadable", String(4)),
    Column("short_form", Boolean, nullable=False, server_default="0"),
    Column("channel", String(10), nullable=False),
    Column("mail_id", ForeignKey("mails.id")),
    Column("document_sha256", ForeignKey("documents.sha256")),
    Column("duplicate_of", ForeignKey("invoices.id")),
    Column("client_id", ForeignKey("clients.id")),
    Column("provider_id", ForeignKey("providers.id")),
    Column("state", String(12), nullable=False),
    Column("risk", String(4)),
    Column("reasons", Text, nullable=False, server_default=""),
    Column("outcome", String(8)),
    Column("payable_amount", Money),
    Column("payee", String(10)),
    Column("closed_as", String(20)),
    Column("process_instance_id", String(64)),
    Column("received_at", Moment, nullable=False),
    Column("remind_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("closed_at", Moment),
    CheckConstraint("reading IN ('complete', 'incomplete', 'doubtful')", name="reading"),
    CheckConstraint("state IN ('in_queue', 'in_progress', 'completed')", name="state"),
    Index(None, "guid"),
    Index(None, "biller_gln", "invoice_number"),
    Index(None, "biller_zsr", "invoice_number"),
    Index(None, "refers_to"),
    Index(None, "insurance_number"),
    Index(None, "client_id"),
    Index(None, "document_sha256"),
    Index(None, "mail_id"),
    Index(None, "received_at"),
    Index(None, "process_instance_id"),
    Index(None, "state", "received_at"),
    sqlite_autoincrement=True,
)

positions = Table(
    "positions",
    metadata,
    Column("invoice_id", ForeignKey("invoices.id"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("date", Date),
    #: The day of treatment: the position's own date, else the treatment's first day, else the invoice's.
    Column("day", Date),
    Column("tariff", Text),
    Column("code", Text),
    Column("gtin", String(14)),
    Column("name", Text),
    Column("quantity", Money),
    Column("unit_price", Money),
    Column("factor", Money),
    Column("amount", Money),
    Column("listed", Boolean),
    Column("listed_price", Money),
    Column("risk_rule", String(20)),
    Column("risk_level", String(4)),
    Column("outcome", String(8)),
    Column("payable", Money),
    Column("reasons", String(200), nullable=False, server_default=""),
)

#: What one document has to do with another: it repeats, reminds of, copies, cancels (storno, refund) or corrects the
#: other (comes after that was returned), or conflicts with it (one number, another content).
links = Table(
    "links",
    metadata,
    Column("invoice_id", ForeignKey("invoices.id"), primary_key=True),
    Column("other_id", ForeignKey("invoices.id"), primary_key=True, index=True),
    Column("kind", String(10), nullable=False),
    Column("made_at", Moment, nullable=False),
    CheckConstraint("kind IN ('repeats', 'reminds', 'copies', 'cancels', 'corrects', 'conflicts')", name="kind"),
    CheckConstraint("invoice_id <> other_id", name="of_another"),
)

#: Every state a reading was in: who changed what from what.
readings = Table(
    "readings",
    metadata,
    Column("invoice_id", ForeignKey("invoices.id"), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("content", JSON, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("made_at", Moment, nullable=False),
)

#: What the decision table was asked and answered, with its version.
assessments = Table(
    "assessments",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("decision_definition_id", String(120), nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("outputs", JSON, nullable=False),
    Column("assessed_at", Moment, nullable=False),
)

#: The risk tables' versions that judged cases, each as the engine held it.
risk_tables = Table(
    "risk_tables",
    metadata,
    Column("definition_id", String(120), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("model", Text, nullable=False),
    Column("first_used_at", Moment, nullable=False),
)

#: A person's per-position amounts, made before the decision that names it.
reviews = Table(
    "reviews",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False, index=True),
    Column("payable", JSON, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("made_at", Moment, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("decision", String(10), nullable=False),
    Column("reason_code", String(4), nullable=False, server_default=""),
    Column("comment", Text, nullable=False, server_default=""),
    Column("review_id", ForeignKey("reviews.id")),
    Column("payable_amount", Money, nullable=False),
    Column("decided_by", String(100), nullable=False),
    Column("automated", Boolean, nullable=False),
    Column("decided_at", Moment, nullable=False),
    #: The task in which it was taken; empty in records of old.
    Column("decided_in", String(40), nullable=False, server_default=""),
    UniqueConstraint("invoice_id", "round"),
    CheckConstraint("decision IN ('approve', 'partial', 'deny', 'ask')", name="decision"),
    CheckConstraint("automated = false OR decision = 'approve'", name="automated_only_approves"),
)

#: What a worker answered for one activity of a case: a task handed out twice is answered, not done, twice.
steps = Table(
    "steps",
    metadata,
    Column("activity_instance_id", String(64), primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False, index=True),
    Column("topic", String(40), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("done_at", Moment, nullable=False),
)
