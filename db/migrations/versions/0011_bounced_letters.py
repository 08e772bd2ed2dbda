"""Letters that came back as undeliverable; passwords and certificates that letters are protected with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: The first migration's name, to which the naming convention gave its prefix once more.
_STATE = "ck_letters_ck_letters_state"
_BEFORE = "'drafted', 'written', 'waiting_for_approval', 'withdrawn', 'sent', 'unknown', 'by_post'"


def upgrade() -> None:
    _allow_states(f"{_BEFORE}, 'bounced'")
    op.create_table(
        "letter_passwords",
        sa.Column("holder", sa.String(length=30), nullable=False),
        sa.Column("password", sa.String(length=64), nullable=False),
        sa.Column("set_at", types.Moment(), nullable=False),
        sa.Column("set_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_letter_passwords")),
    )
    op.create_table(
        "mail_certificates",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("valid_from", types.Moment(), nullable=False),
        sa.Column("valid_until", types.Moment(), nullable=False),
        sa.Column("added_at", types.Moment(), nullable=False),
        sa.Column("added_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_mail_certificates")),
    )


def downgrade() -> None:
    op.drop_table("mail_certificates")
    op.drop_table("letter_passwords")
    op.execute("UPDATE letters SET state = 'sent' WHERE state = 'bounced'")
    _allow_states(_BEFORE)


def _allow_states(states: str) -> None:
    with op.batch_alter_table("letters") as batch:
        batch.drop_constraint(op.f(_STATE), type_="check")
        batch.create_check_constraint(op.f(_STATE), f"state IN ({states})")
