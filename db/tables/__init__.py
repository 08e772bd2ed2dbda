"""All tables, by what they are about; `metadata` holds them together for the migrations."""

from __future__ import annotations

from db.tables.access import audit_events, tokens, users
from db.tables.base import metadata
from db.tables.claims import assessments, decisions, documents, invoices, links, positions, readings, reviews, steps
from db.tables.ledgers import effects, leases, letters, mail_documents, mails, outbox
from db.tables.lists import list_imports, medication_limitations, medication_prices, medication_terms, medications
from db.tables.registers import clients, providers
from db.tables.web import idempotency_keys, page_images, sessions

__all__ = [
    "assessments",
    "audit_events",
    "clients",
    "decisions",
    "documents",
    "effects",
    "idempotency_keys",
    "invoices",
    "leases",
    "letters",
    "links",
    "list_imports",
    "mail_documents",
    "mails",
    "medication_limitations",
    "medication_prices",
    "medication_terms",
    "medications",
    "metadata",
    "outbox",
    "page_images",
    "positions",
    "providers",
    "readings",
    "reviews",
    "sessions",
    "steps",
    "tokens",
    "users",
]
