"""Consents, terms of cost sharing, accounts of clients, approvals of costs, packs of other lists, Pharmacodes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES_LAST_FIRST = ("pharmacodes", "packages", "approvals", "maternities", "franchises", "consents")


def upgrade() -> None:
    op.add_column("clients", sa.Column("iban", sa.String(length=34), nullable=True))
    op.add_column("clients", sa.Column("family_id", sa.String(length=35), nullable=True))
    op.add_column("clients", sa.Column("source", sa.String(length=20), server_default="register", nullable=False))
    op.create_index(op.f("ix_clients_family_id"), "clients", ["family_id"])
    op.create_table(
        "consents",
        sa.Column("client_id", types.Key, nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=20), server_default="register", nullable=False),
        sa.CheckConstraint("purpose IN ('mail', 'data_use')", name=op.f("ck_consents_purpose")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_consents_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", "purpose", "given_on", name=op.f("pk_consents")),
    )
    op.create_table(
        "franchises",
        sa.Column("client_id", types.Key, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount", types.Money(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_franchises_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", "year", name=op.f("pk_franchises")),
    )
    op.create_table(
        "maternities",
        sa.Column("client_id", types.Key, nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_maternities_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", "begins", name=op.f("pk_maternities")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("client_id", types.Key, nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("atc", sa.String(length=10), nullable=True),
        sa.Column("indication_code", sa.String(length=8), nullable=True),
        sa.Column("packs", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(length=35), server_default="", nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=True),
        sa.CheckConstraint("(gtin IS NULL) <> (atc IS NULL)", name=op.f("ck_approvals_pack_or_group")),
        sa.CheckConstraint("packs IS NULL OR packs > 0", name=op.f("ck_approvals_packs")),
        sa.CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name=op.f("ck_approvals_days")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_approvals_client_id_clients")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_client_id"), "approvals", ["client_id"])
    op.create_table(
        "packages",
        sa.Column("list", sa.String(length=10), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=300), server_default="", nullable=False),
        sa.Column("substances", sa.Text(), server_default="", nullable=False),
        sa.Column("holder", sa.String(length=200), server_default="", nullable=False),
        sa.Column("atc", sa.String(length=10), nullable=True),
        sa.Column("category", sa.String(length=3), nullable=True),
        sa.Column("narcotic_list", sa.String(length=1), nullable=True),
        sa.CheckConstraint("list IN ('swissmedic', 'refdata', 'aplus')", name=op.f("ck_packages_list")),
        sa.PrimaryKeyConstraint("list", "gtin", "valid_from", name=op.f("pk_packages")),
    )
    op.create_index(op.f("ix_packages_gtin"), "packages", ["gtin"])
    op.create_table(
        "pharmacodes",
        sa.Column("pharmacode", sa.String(length=7), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.PrimaryKeyConstraint("pharmacode", "valid_from", name=op.f("pk_pharmacodes")),
    )


def downgrade() -> None:
    for table in _TABLES_LAST_FIRST:
        op.drop_table(table)
    op.drop_index(op.f("ix_clients_family_id"), "clients")
    for column in ("source", "family_id", "iban"):
        op.drop_column("clients", column)
