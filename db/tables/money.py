"""Accounts of cost sharing: what each insured person bore of what, year by year."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    UniqueConstraint,
)

from db.tables.base import metadata
from db.types import Key, Moment, Money

#: One row a client and calendar year of treatment: who changes the account holds it.
accounts = Table(
    "accounts",
    metadata,
    Column("client_id", ForeignKey("clients.id"), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("opened_at", Moment, nullable=False),
)

#: Append-only. A line's booking has revision 1; where it counts no more, a row with the opposite amounts `reverses` it,
#: and the next revision books anew. `cause_id` is the case whose decision led to the entry. Line 0 is an invoice whose
#: lines do not tell their parts.
account_entries = Table(
    "account_entries",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("client_id", Key, nullable=False),
    Column("year", Integer, nullable=False),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("line", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("day", Date, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("amount", Money, nullable=False),
    Column("franchise", Money, nullable=False),
    Column("copayment", Money, nullable=False),
    Column("paid", Money, nullable=False),
    Column("reverses", ForeignKey("account_entries.id"), unique=True),
    Column("cause_id", ForeignKey("invoices.id"), nullable=False),
    Column("made_at", Moment, nullable=False),
    ForeignKeyConstraint(["client_id", "year"], ["accounts.client_id", "accounts.year"]),
    UniqueConstraint("invoice_id", "round", "line", "revision"),
    CheckConstraint("percent IN (0, 10, 20, 40)", name="percent"),
    Index(None, "client_id", "year"),
    Index(None, "cause_id"),
)
