"""All tables, by what they are about; `metadata` holds them together for the migrations."""

from __future__ import annotations

from db.tables.access import audit_events, tokens, users
from db.tables.base import metadata
from db.tables.claims import (
    assessments,
    decisions,
    documents,
    invoices,
    links,
    positions,
    readings,
    reviews,
    risk_tables,
    steps,
)
from db.tables.ledgers import effects, leases, letter_revisions, letters, outbox
from db.tables.lists import list_imports, medication_limitations, medication_prices, medication_terms, medications
from db.tables.mail import mail_documents, mail_events, mail_rules, mailbox_looks, mails, questions
from db.tables.money import account_entries, accounts
from db.tables.packages import packages, pharmacodes
from db.tables.payments import invoice_responses, payment_reports, payment_runs, payments
from db.tables.protection import letter_passwords, mail_certificates
from db.tables.receivables import bank_statements, incoming_payments, receivables
from db.tables.registers import approvals, clients, consents, franchises, maternities, providers
from db.tables.web import idempotency_keys, page_images, sessions

__all__ = [
    "account_entries",
    "accounts",
    "approvals",
    "assessments",
    "audit_events",
    "bank_statements",
    "clients",
    "consents",
    "decisions",
    "documents",
    "effects",
    "franchises",
    "idempotency_keys",
    "incoming_payments",
    "invoice_responses",
    "invoices",
    "leases",
    "letter_passwords",
    "letter_revisions",
    "letters",
    "links",
    "list_imports",
    "mail_certificates",
    "mail_documents",
    "mail_events",
    "mail_rules",
    "mailbox_looks",
    "mails",
    "maternities",
    "medication_limitations",
    "medication_prices",
    "medication_terms",
    "medications",
    "metadata",
    "outbox",
    "packages",
    "page_images",
    "payment_reports",
    "payment_runs",
    "payments",
    "pharmacodes",
    "positions",
    "providers",
    "questions",
    "readings",
    "receivables",
    "reviews",
    "risk_tables",
    "sessions",
    "steps",
    "tokens",
    "users",
]
