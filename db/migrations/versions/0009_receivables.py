"""Receivables and the money that comes in for them; payments of differences on cases that were paid before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OPEN = "state NOT IN ('rejected', 'returned', 'withdrawn')"


def upgrade() -> None:
    _number_payments("part")
    op.create_table(
        "receivables",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("cause_id", types.Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("debtor", sa.String(length=10), nullable=False),
        sa.Column("client_id", types.Key, nullable=True),
        sa.Column("provider_id", types.Key, nullable=True),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("amount", types.Money(), nullable=False),
        sa.Column("received", types.Money(), server_default="0", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=11), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=True),
        sa.Column("reference", sa.String(length=27), nullable=True),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.CheckConstraint("debtor IN ('client', 'provider')", name=op.f("ck_receivables_debtor")),
        sa.CheckConstraint("purpose IN ('cost_share', 'repayment')", name=op.f("ck_receivables_purpose")),
        sa.CheckConstraint("state IN ('open', 'paid', 'written_off', 'withdrawn')", name=op.f("ck_receivables_state")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_receivables_invoice_id_invoices")),
        sa.ForeignKeyConstraint(["cause_id"], ["invoices.id"], name=op.f("fk_receivables_cause_id_invoices")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_receivables_client_id_clients")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_receivables_provider_id_providers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receivables")),
        sa.UniqueConstraint("invoice_id", "number", name=op.f("uq_receivables_invoice_id_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_receivables_reference")),
    )
    op.create_index(op.f("ix_receivables_cause_id"), "receivables", ["cause_id"], unique=False)
    op.create_index(op.f("ix_receivables_client_id"), "receivables", ["client_id"], unique=False)
    op.create_index(op.f("ix_receivables_state"), "receivables", ["state"], unique=False)
    op.create_table(
        "bank_statements",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=35), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("read_by", sa.String(length=100), nullable=False),
        sa.Column("read_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["documents.sha256"], name=op.f("fk_bank_statements_sha256_documents")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_bank_statements")),
    )
    op.create_table(
        "incoming_payments",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("statement_sha256", sa.String(length=64), nullable=False),
        sa.Column("receivable_id", types.Key, nullable=True),
        sa.Column("amount", types.Money(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(length=140), server_default="", nullable=False),
        sa.Column("payer", sa.String(length=70), server_default="", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=20), server_default="", nullable=False),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.CheckConstraint("state IN ('matched', 'for_a_person', 'settled')", name=op.f("ck_incoming_payments_state")),
        sa.ForeignKeyConstraint(
            ["statement_sha256"],
            ["bank_statements.sha256"],
            name=op.f("fk_incoming_payments_statement_sha256_bank_statements"),
        ),
        sa.ForeignKeyConstraint(
            ["receivable_id"], ["receivables.id"], name=op.f("fk_incoming_payments_receivable_id_receivables")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_payments")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_incoming_payments_bank_reference")),
    )
    op.create_index(op.f("ix_incoming_payments_receivable_id"), "incoming_payments", ["receivable_id"], unique=False)
    op.create_index(op.f("ix_incoming_payments_state"), "incoming_payments", ["state"], unique=False)


def downgrade() -> None:
    op.drop_table("incoming_payments")
    op.drop_table("bank_statements")
    op.drop_table("receivables")
    op.execute("DELETE FROM payments WHERE part > 0")
    _number_payments(None)


def _number_payments(part: str | None) -> None:
    """Lets several payments of one decision stand side by side, told apart by their part; or takes that back."""
    op.drop_index("uq_payments_alive", table_name="payments")
    before, after = ("invoice_id", "round", "attempt"), ("invoice_id", "round", "part", "attempt")
    old, new = (before, after) if part else (after, before)
    with op.batch_alter_table("payments") as batch:
        batch.drop_constraint(op.f(f"uq_payments_{'_'.join(old)}"), type_="unique")
        if part:
            batch.add_column(sa.Column("part", sa.Integer(), server_default="0", nullable=False))
            batch.add_column(sa.Column("cause_id", types.Key, nullable=True))
            batch.create_foreign_key(op.f("fk_payments_cause_id_invoices"), "invoices", ["cause_id"], ["id"])
        else:
            batch.drop_constraint(op.f("fk_payments_cause_id_invoices"), type_="foreignkey")
            batch.drop_index(op.f("ix_payments_cause_id"))
            batch.drop_column("cause_id")
            batch.drop_column("part")
        batch.create_unique_constraint(op.f(f"uq_payments_{'_'.join(new)}"), list(new))
    if part:
        op.create_index(op.f("ix_payments_cause_id"), "payments", ["cause_id"], unique=False)
    op.create_index(
        "uq_payments_alive",
        "payments",
        ["invoice_id", "round", *([part] if part else [])],
        unique=True,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
