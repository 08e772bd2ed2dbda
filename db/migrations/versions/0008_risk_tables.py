"""Versions of the risk tables that judged cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "risk_tables",
        sa.Column("definition_id", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("first_used_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("definition_id", name=op.f("pk_risk_tables")),
    )


def downgrade() -> None:
    op.drop_table("risk_tables")
