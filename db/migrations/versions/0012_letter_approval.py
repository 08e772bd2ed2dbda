"""Letters that wait for a person: who approved them, since when they may leave, and every change of their wording."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decisions", sa.Column("decided_in", sa.String(length=40), server_default="", nullable=False))
    op.add_column("letters", sa.Column("released_at", types.Moment()))
    op.add_column("letters", sa.Column("approved_by", sa.String(length=100)))
    op.add_column("letters", sa.Column("heard_task", sa.String(length=64)))
    op.create_table(
        "letter_revisions",
        sa.Column("letter_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_letter_revisions_letter_id_letters")),
        sa.PrimaryKeyConstraint("letter_id", "number", name=op.f("pk_letter_revisions")),
    )


def downgrade() -> None:
    op.drop_table("letter_revisions")
    op.drop_column("letters", "heard_task")
    op.drop_column("letters", "approved_by")
    op.drop_column("letters", "released_at")
    op.drop_column("decisions", "decided_in")
