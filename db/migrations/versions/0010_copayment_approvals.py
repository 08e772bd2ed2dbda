"""What an approval is of: the costs, or the usual co-payment of a medication that has the raised one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("approvals", sa.Column("kind", sa.String(length=10), server_default="costs", nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM approvals WHERE kind <> 'costs'")
    op.drop_column("approvals", "kind")
