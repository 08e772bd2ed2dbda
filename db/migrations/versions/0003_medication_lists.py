"""Dated lists of medications: terms, prices and limitations of each day, and what was imported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_imports",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("list_date", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=2), server_default="", nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("overridden", sa.String(length=100), server_default="", nullable=False),
        sa.Column("imported_at", types.Moment(), nullable=False),
        sa.Column("imported_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_imports")),
    )
    op.create_index(op.f("ix_list_imports_kind_list_date"), "list_imports", ["kind", "list_date"])
    op.create_table(
        "medication_terms",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("cost_share_percent", sa.Integer(), server_default="10", nullable=False),
        sa.Column("price_model", sa.Boolean(), nullable=False),
        sa.Column("category", sa.String(length=2), nullable=True),
        sa.ForeignKeyConstraint(["gtin"], ["medications.gtin"], name=op.f("fk_medication_terms_gtin_medications")),
        sa.PrimaryKeyConstraint("gtin", "valid_from", name=op.f("pk_medication_terms")),
    )
    op.create_table(
        "medication_limitations",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("indication_codes", sa.String(length=500), server_default="", nullable=False),
        sa.Column("packs", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("text_de", sa.Text(), nullable=True),
        sa.Column("text_fr", sa.Text(), nullable=True),
        sa.Column("text_it", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["gtin"], ["medications.gtin"], name=op.f("fk_medication_limitations_gtin_medications")
        ),
        sa.PrimaryKeyConstraint("gtin", "code", "valid_from", name=op.f("pk_medication_limitations")),
    )
    op.add_column("medication_prices", sa.Column("valid_until", sa.Date(), nullable=True))
    op.execute(
        "INSERT INTO medication_terms (gtin, valid_from, valid_until, price_model) "
        "SELECT gtin, listed_from, listed_until, false FROM medications"
    )


def downgrade() -> None:
    op.drop_column("medication_prices", "valid_until")
    op.drop_table("medication_limitations")
    op.drop_table("medication_terms")
    op.drop_table("list_imports")
