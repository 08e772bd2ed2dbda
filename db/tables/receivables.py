"""Money on its way in: what clients and providers owe, what the bank says that came."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Integer, String, Table, UniqueConstraint

from db.tables.base import metadata
from db.types import Key, Moment, Money

#: What a client or a provider owes on a case; `cause_id` is the case whose decision led to it. The reference stands on
#: the bill and comes back with the money; without an account to pay to there is none yet.
receivables = Table(
    "receivables",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("cause_id", ForeignKey("invoices.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("debtor", String(10), nullable=False),
    Column("client_id", ForeignKey("clients.id"), index=True),
    Column("provider_id", ForeignKey("providers.id")),
    Column("purpose", String(10), nullable=False),
    Column("amount", Money, nullable=False),
    Column("received", Money, nullable=False, server_default="0"),
    Column("due_on", Date, nullable=False),
    Column("state", String(11), nullable=False, index=True),
    Column("iban", String(34)),
    Column("reference", String(27), unique=True),
    Column("note", String(200), nullable=False, server_default=""),
    Column("made_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("invoice_id", "number"),
    CheckConstraint("debtor IN ('client', 'provider')", name="debtor"),
    CheckConstraint("purpose IN ('cost_share', 'repayment')", name="purpose"),
    CheckConstraint("state IN ('open', 'paid', 'written_off', 'withdrawn')", name="state"),
)

#: Statements and notices of the bank that were read: the same file again changes nothing.
bank_statements = Table(
    "bank_statements",
    metadata,
    Column("sha256", ForeignKey("documents.sha256"), primary_key=True),
    Column("message_id", String(35), nullable=False),
    Column("credits", Integer, nullable=False),
    Column("read_by", String(100), nullable=False),
    Column("read_at", Moment, nullable=False),
)

#: A credit, once, whatever number of files it stands in: `bank_reference` is the bank's own name for it.
incoming_payments = Table(
    "incoming_payments",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("bank_reference", String(80), nullable=False, unique=True),
    Column("statement_sha256", ForeignKey("bank_statements.sha256"), nullable=False),
    Column("receivable_id", ForeignKey("receivables.id"), index=True),
    Column("amount", Money, nullable=False),
    Column("booked_on", Date),
    Column("reference", String(140), nullable=False, server_default=""),
    Column("payer", String(70), nullable=False, server_default=""),
    Column("state", String(12), nullable=False, index=True),
    Column("reason", String(20), nullable=False, server_default=""),
    Column("note", String(200), nullable=False, server_default=""),
    Column("changed_at", Moment, nullable=False),
    CheckConstraint("state IN ('matched', 'for_a_person', 'settled')", name="state"),
)
