"""Dated lists of medications: prices, terms, limitations, Swissmedic packages, pharmacodes, imports."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
