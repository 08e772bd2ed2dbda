"""All tables, by what they are about; `metadata` holds them together for the migrations."""

from __future__ import annotations

from db.tables.access import audit_events, tokens, users
from db.tables.base import metadata
from db.tables.claims import assessments, decisions, documents, invoices, positions, readings, reviews, steps
from db.tables.ledgers import effects, leases, letters, mail_documents, mails, outbox
from db.tables.registers import clients, medication_prices, medications, providers

__all__ = [
    "assessments",
    "audit_events",
    "clients",
    "decisions",
    "documents",
    "effects",
    "invoices",
    "leases",
    "letters",
    "mail_documents",
    "mails",
    "medication_prices",
    "medications",
    "metadata",
    "outbox",
    "positions",
    "providers",
    "readings",
    "reviews",
    "steps",
    "tokens",
    "users",
]
