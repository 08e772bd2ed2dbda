"""How cases belong together, and what was dispensed on which day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('repeats', 'reminds', 'copies', 'cancels', 'corrects', 'conflicts')"


def upgrade() -> None:
    op.add_column("invoices", sa.Column("refers_to", sa.Text(), nullable=True))
    op.add_column("invoices", sa.Column("subtype", sa.String(length=10), server_default="normal", nullable=False))
    op.add_column("positions", sa.Column("day", sa.Date(), nullable=True))
    op.create_index("ix_invoices_refers_to", "invoices", ["refers_to"])
    op.create_index("ix_invoices_client_id", "invoices", ["client_id"])
    op.create_table(
        "links",
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("other_id", types.Key, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.CheckConstraint(_KINDS, name="ck_links_kind"),
        sa.CheckConstraint("invoice_id <> other_id", name="ck_links_of_another"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_links_invoice_id_invoices"),
        sa.ForeignKeyConstraint(["other_id"], ["invoices.id"], name="fk_links_other_id_invoices"),
        sa.PrimaryKeyConstraint("invoice_id", "other_id", name="pk_links"),
    )
    op.create_index("ix_links_other_id", "links", ["other_id"])
    _fill()
    _retype_reasons(sa.Text())


def _retype_reasons(kind: sa.types.TypeEngine[str]) -> None:
    """A case's reason codes, in a column of another type: SQLite changes none in place."""
    op.add_column("invoices", sa.Column("new_reasons", kind, server_default="", nullable=False))
    op.execute("UPDATE invoices SET new_reasons = reasons")
    op.drop_column("invoices", "reasons")
    op.alter_column("invoices", "new_reasons", new_column_name="reasons")


def _fill() -> None:
    """What the cases so far say about themselves."""
    begin = "content -> 'treatment' ->> 'begin'"
    if op.get_bind().dialect.name == "postgresql":
        begin = f"CAST({begin} AS DATE)"
    op.execute("UPDATE invoices SET refers_to = content ->> 'refers_to'")
    op.execute("UPDATE invoices SET subtype = coalesce(content ->> 'subtype', 'normal')")
    op.execute(
        f"UPDATE positions SET day = coalesce(date, (SELECT coalesce({begin}, invoice_date)"  # noqa: S608
        " FROM invoices WHERE invoices.id = positions.invoice_id))"
    )
    op.execute(
        "INSERT INTO links (invoice_id, other_id, kind, made_at)"
        " SELECT id, duplicate_of, 'repeats', received_at FROM invoices WHERE duplicate_of IS NOT NULL"
    )


def downgrade() -> None:
    _retype_reasons(sa.String(length=400))
    op.drop_table("links")
    op.drop_index("ix_invoices_client_id", "invoices")
    op.drop_index("ix_invoices_refers_to", "invoices")
    op.drop_column("positions", "day")
    op.drop_column("invoices", "subtype")
    op.drop_column("invoices", "refers_to")
