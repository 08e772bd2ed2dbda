"""Accounts of cost sharing, year by year."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("client_id", types.Key, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_accounts_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", "year", name=op.f("pk_accounts")),
    )
    op.create_table(
        "account_entries",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("client_id", types.Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("amount", types.Money(), nullable=False),
        sa.Column("franchise", types.Money(), nullable=False),
        sa.Column("copayment", types.Money(), nullable=False),
        sa.Column("paid", types.Money(), nullable=False),
        sa.Column("reverses", types.Key, nullable=True),
        sa.Column("cause_id", types.Key, nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.CheckConstraint("percent IN (0, 10, 20, 40)", name=op.f("ck_account_entries_percent")),
        sa.ForeignKeyConstraint(
            ["client_id", "year"],
            ["accounts.client_id", "accounts.year"],
            name=op.f("fk_account_entries_client_id_accounts"),
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_account_entries_invoice_id_invoices")),
        sa.ForeignKeyConstraint(["cause_id"], ["invoices.id"], name=op.f("fk_account_entries_cause_id_invoices")),
        sa.ForeignKeyConstraint(
            ["reverses"], ["account_entries.id"], name=op.f("fk_account_entries_reverses_account_entries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_entries")),
        sa.UniqueConstraint("reverses", name=op.f("uq_account_entries_reverses")),
        sa.UniqueConstraint(
            "invoice_id", "round", "line", "revision", name=op.f("uq_account_entries_invoice_id_round_line_revision")
        ),
    )
    op.create_index(op.f("ix_account_entries_client_id_year"), "account_entries", ["client_id", "year"])
    op.create_index(op.f("ix_account_entries_cause_id"), "account_entries", ["cause_id"])


def downgrade() -> None:
    op.drop_table("account_entries")
    op.drop_table("accounts")
