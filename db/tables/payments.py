"""Money on its way out: payments, the runs that take them to the bank, what the bank said, answers to billers' XML."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from db.tables.base import metadata
from db.types import Key, Moment, Money

#: One file for the bank. Who releases it is not who made it: the table refuses what the code would let through.
payment_runs = Table(
    "payment_runs",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("message_id", String(35), nullable=False, unique=True),
    Column("execute_on", Date, nullable=False),
    Column("state", String(10), nullable=False),
    Column("payments", Integer, nullable=False),
    Column("total", Money, nullable=False),
    Column("debtor_name", String(140), nullable=False),
    Column("debtor_iban", String(34), nullable=False),
    Column("debtor_bic", String(11)),
    Column("made_by", String(100), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("released_by", String(100)),
    Column("released_at", Moment),
    Column("file_sha256", ForeignKey("documents.sha256")),
    Column("sent_by", String(100)),
    Column("sent_at", Moment),
    CheckConstraint("state IN ('made', 'released', 'sent', 'withdrawn')", name="state"),
    CheckConstraint("released_by IS NULL OR released_by <> made_by", name="four_eyes"),
    CheckConstraint(
        "state NOT IN ('released', 'sent') OR (released_by IS NOT NULL AND file_sha256 IS NOT NULL)",
        name="released_with_a_file",
    ),
)

_OPEN = "state NOT IN ('rejected', 'returned', 'withdrawn')"

#: What one decision pays out: `part` 0 is the decision's own, others are differences that a later decision on another
#: case (`cause_id`) led to. After a rejection there is another attempt; of one part only one row is ever alive.
payments = Table(
    "payments",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("part", Integer, nullable=False, server_default="0"),
    Column("cause_id", ForeignKey("invoices.id"), index=True),
    Column("attempt", Integer, nullable=False),
    Column("payee", String(10), nullable=False),
    Column("amount", Money, nullable=False),
    Column("name", String(200), nullable=False, server_default=""),
    Column("street", String(100), nullable=False, server_default=""),
    Column("zip", String(10), nullable=False, server_default=""),
    Column("city", String(100), nullable=False, server_default=""),
    Column("iban", String(34)),
    Column("reference_type", String(4), nullable=False, server_default="NON"),
    Column("reference", String(140), nullable=False, server_default=""),
    Column("end_to_end_id", String(35), nullable=False, unique=True),
    Column("state", String(10), nullable=False),
    Column("reason", String(40), nullable=False, server_default=""),
    Column("bank_status", String(4), nullable=False, server_default=""),
    Column("note", String(200), nullable=False, server_default=""),
    Column("run_id", ForeignKey("payment_runs.id"), index=True),
    Column("made_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("invoice_id", "round", "part", "attempt"),
    CheckConstraint("payee IN ('client', 'provider')", name="payee"),
    CheckConstraint(
        "state IN ('waiting', 'proposed', 'in_run', 'released', 'sent', 'accepted', 'rejected', 'returned',"
        " 'withdrawn', 'settled')",
        name="state",
    ),
    CheckConstraint(
        "state NOT IN ('in_run', 'released', 'sent', 'accepted') OR (run_id IS NOT NULL AND iban IS NOT NULL)",
        name="in_a_run",
    ),
    Index(
        "uq_payments_alive",
        "invoice_id",
        "round",
        "part",
        unique=True,
        sqlite_where=text(_OPEN),
        postgresql_where=text(_OPEN),
    ),
    Index(None, "state"),
)

#: Status reports of the bank that were read: the same file again changes nothing.
payment_reports = Table(
    "payment_reports",
    metadata,
    Column("sha256", ForeignKey("documents.sha256"), primary_key=True),
    Column("message_id", String(35), nullable=False),
    Column("run_id", ForeignKey("payment_runs.id"), nullable=False, index=True),
    Column("changed", Integer, nullable=False),
    Column("read_by", String(100), nullable=False),
    Column("read_at", Moment, nullable=False),
)

#: The answer to an invoice that came as XML, as it went out: the same bytes at every try.
invoice_responses = Table(
    "invoice_responses",
    metadata,
    Column("invoice_id", ForeignKey("invoices.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("sha256", ForeignKey("documents.sha256"), nullable=False),
    Column("made_at", Moment, nullable=False),
)
