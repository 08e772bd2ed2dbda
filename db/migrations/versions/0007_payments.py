"""Payments, their runs and what the bank said; answers to invoices that came as XML."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_runs",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String(length=35), nullable=False),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("total", types.Money(), nullable=False),
        sa.Column("debtor_name", sa.String(length=140), nullable=False),
        sa.Column("debtor_iban", sa.String(length=34), nullable=False),
        sa.Column("debtor_bic", sa.String(length=11), nullable=True),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("released_by", sa.String(length=100), nullable=True),
        sa.Column("released_at", types.Moment(), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("sent_by", sa.String(length=100), nullable=True),
        sa.Column("sent_at", types.Moment(), nullable=True),
        sa.CheckConstraint("state IN ('made', 'released', 'sent', 'withdrawn')", name=op.f("ck_payment_runs_state")),
        sa.CheckConstraint(
            "state NOT IN ('released', 'sent') OR (released_by IS NOT NULL AND file_sha256 IS NOT NULL)",
            name=op.f("ck_payment_runs_released_with_a_file"),
        ),
        sa.CheckConstraint("released_by IS NULL OR released_by <> made_by", name=op.f("ck_payment_runs_four_eyes")),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["documents.sha256"], name=op.f("fk_payment_runs_file_sha256_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_runs")),
        sa.UniqueConstraint("message_id", name=op.f("uq_payment_runs_message_id")),
    )
    op.create_table(
        "invoice_responses",
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_responses_invoice_id_invoices")),
        sa.ForeignKeyConstraint(["sha256"], ["documents.sha256"], name=op.f("fk_invoice_responses_sha256_documents")),
        sa.PrimaryKeyConstraint("invoice_id", "kind", "round", name=op.f("pk_invoice_responses")),
    )
    op.create_table(
        "payment_reports",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=35), nullable=False),
        sa.Column("run_id", types.Key, nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("read_by", sa.String(length=100), nullable=False),
        sa.Column("read_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["payment_runs.id"], name=op.f("fk_payment_reports_run_id_payment_runs")),
        sa.ForeignKeyConstraint(["sha256"], ["documents.sha256"], name=op.f("fk_payment_reports_sha256_documents")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_payment_reports")),
    )
    op.create_index(op.f("ix_payment_reports_run_id"), "payment_reports", ["run_id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("payee", sa.String(length=10), nullable=False),
        sa.Column("amount", types.Money(), nullable=False),
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("street", sa.String(length=100), server_default="", nullable=False),
        sa.Column("zip", sa.String(length=10), server_default="", nullable=False),
        sa.Column("city", sa.String(length=100), server_default="", nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=True),
        sa.Column("reference_type", sa.String(length=4), server_default="NON", nullable=False),
        sa.Column("reference", sa.String(length=140), server_default="", nullable=False),
        sa.Column("end_to_end_id", sa.String(length=35), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), server_default="", nullable=False),
        sa.Column("bank_status", sa.String(length=4), server_default="", nullable=False),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("run_id", types.Key, nullable=True),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.CheckConstraint("payee IN ('client', 'provider')", name=op.f("ck_payments_payee")),
        sa.CheckConstraint(
            "state IN ('waiting', 'proposed', 'in_run', 'released', 'sent', 'accepted', 'rejected', 'returned',"
            " 'withdrawn', 'settled')",
            name=op.f("ck_payments_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('in_run', 'released', 'sent', 'accepted') OR (run_id IS NOT NULL AND iban IS NOT NULL)",
            name=op.f("ck_payments_in_a_run"),
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_payments_invoice_id_invoices")),
        sa.ForeignKeyConstraint(["run_id"], ["payment_runs.id"], name=op.f("fk_payments_run_id_payment_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("end_to_end_id", name=op.f("uq_payments_end_to_end_id")),
        sa.UniqueConstraint("invoice_id", "round", "attempt", name=op.f("uq_payments_invoice_id_round_attempt")),
    )
    op.create_index(op.f("ix_payments_run_id"), "payments", ["run_id"], unique=False)
    op.create_index(op.f("ix_payments_state"), "payments", ["state"], unique=False)
    op.create_index(
        "uq_payments_alive",
        "payments",
        ["invoice_id", "round"],
        unique=True,
        sqlite_where=sa.text("state NOT IN ('rejected', 'returned', 'withdrawn')"),
        postgresql_where=sa.text("state NOT IN ('rejected', 'returned', 'withdrawn')"),
    )


def downgrade() -> None:
    op.drop_index("uq_payments_alive", table_name="payments")
    op.drop_index(op.f("ix_payments_state"), table_name="payments")
    op.drop_index(op.f("ix_payments_run_id"), table_name="payments")
    op.drop_table("payments")
    op.drop_index(op.f("ix_payment_reports_run_id"), table_name="payment_reports")
    op.drop_table("payment_reports")
    op.drop_table("invoice_responses")
    op.drop_table("payment_runs")
