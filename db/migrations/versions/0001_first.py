"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_VIEWS = {
    "medication": """
        SELECT m.gtin, m.manufacturer, m.name AS description, m.substances,
               (SELECT p.public_price FROM medication_prices p WHERE p.gtin = m.gtin
                ORDER BY p.valid_from DESC LIMIT 1) AS public_price, m.abuse_risk
        FROM medications m""",
    "invoice": """
        SELECT id AS invoice_id, insurance_number, gtin, invoice_date AS date, biller_mail, total_amount
        FROM invoices""",
    "client": """
        SELECT insurance_number, first_name, last_name, street, zip, city, email, risk_score
        FROM clients""",
}

#: In an order in which none is still referred to.
_TABLES_LAST_FIRST = (
    "decisions", "steps", "reviews", "readings", "positions", "outbox", "mail_documents",
    "letters", "effects", "audit_events", "assessments", "medication_prices", "invoices", "users",
    "tokens", "providers", "medications", "mails", "leases", "documents", "clients",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("insurance_number", sa.String(length=35), nullable=False),
        sa.Column("ahv_number", sa.String(length=13), nullable=True),
        sa.Column("card_number", sa.String(length=35), nullable=True),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(length=10), nullable=True),
        sa.Column("street", sa.String(length=100), server_default="", nullable=False),
        sa.Column("zip", sa.String(length=10), server_default="", nullable=False),
        sa.Column("city", sa.String(length=100), server_default="", nullable=False),
        sa.Column("canton", sa.String(length=2), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=2), server_default="de", nullable=False),
        sa.Column("law", sa.String(length=3), server_default="KVG", nullable=False),
        sa.Column("risk_score", sa.String(length=6), server_default="low", nullable=False),
        sa.Column("covered_from", sa.Date(), nullable=False),
        sa.Column("covered_until", sa.Date(), nullable=True),
        sa.CheckConstraint("risk_score IN ('low', 'medium', 'high')", name="ck_clients_risk_score"),
        sa.PrimaryKeyConstraint("id", name="pk_clients"),
        sa.UniqueConstraint("ahv_number", name="uq_clients_ahv_number"),
        sa.UniqueConstraint("card_number", name="uq_clients_card_number"),
        sa.UniqueConstraint("insurance_number", name="uq_clients_insurance_number"),
    )
    op.create_index("ix_clients_birth_date", "clients", ["birth_date"])
    op.create_table(
        "documents",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_documents"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "mails",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("folder", sa.String(length=200), nullable=False),
        sa.Column("uid_validity", types.Key, nullable=False),
        sa.Column("uid", types.Key, nullable=False),
        sa.Column("message_id", sa.String(length=500), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=True),
        sa.Column("size", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", sa.String(length=10), server_default="pending", nullable=False),
        sa.Column("reason", sa.String(length=40), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answered", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("filed_to", sa.String(length=200), nullable=True),
        sa.Column("same_as", types.Key, nullable=True),
        sa.Column("seen_at", types.Moment(), nullable=False),
        sa.Column("settled_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('pending', 'invoice', 'returned', 'ignored', 'person', 'failed')", name="ck_mails_outcome"
        ),
        sa.ForeignKeyConstraint(["same_as"], ["mails.id"], name="fk_mails_same_as_mails"),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        sa.UniqueConstraint(
            "account", "folder", "uid_validity", "uid", name="uq_mails_account_folder_uid_validity_uid"
        ),
    )
    op.create_index("ix_mails_content_hash", "mails", ["content_hash"])
    op.create_index("ix_mails_message_id", "mails", ["message_id"])
    op.create_table(
        "medications",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("substances", sa.Text(), server_default="", nullable=False),
        sa.Column("manufacturer", sa.String(length=200), server_default="", nullable=False),
        sa.Column("atc", sa.String(length=10), nullable=True),
        sa.Column("abuse_risk", sa.Integer(), server_default="0", nullable=False),
        sa.Column("listed_from", sa.Date(), nullable=False),
        sa.Column("listed_until", sa.Date(), nullable=True),
        sa.CheckConstraint("abuse_risk IN (0, 1)", name="ck_medications_abuse_risk"),
        sa.PrimaryKeyConstraint("gtin", name="pk_medications"),
    )
    op.create_table(
        "providers",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("gln", sa.String(length=13), nullable=True),
        sa.Column("zsr", sa.String(length=7), nullable=True),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("street", sa.String(length=100), server_default="", nullable=False),
        sa.Column("zip", sa.String(length=10), server_default="", nullable=False),
        sa.Column("city", sa.String(length=100), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=2), server_default="de", nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_providers"),
    )
    op.create_index("ix_providers_email", "providers", ["email"])
    op.create_index("ix_providers_gln", "providers", ["gln"])
    op.create_index("ix_providers_zsr", "providers", ["zsr"])
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=300), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("last_used_at", types.Moment(), nullable=True),
        sa.Column("revoked_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("digest", name="uq_tokens_digest"),
    )
    op.create_table(
        "users",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=False),
        sa.Column("groups", sa.String(length=200), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("failed_logins", types.Key, server_default="0", nullable=False),
        sa.Column("locked_until", types.Moment(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("login", name="uq_users_login"),
    )
    op.create_table(
        "invoices",
        sa.Column("id", types.Key, sa.Identity(always=False, start=10000001), autoincrement=True, nullable=False),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("biller_gln", sa.Text(), nullable=True),
        sa.Column("biller_zsr", sa.Text(), nullable=True),
        sa.Column("invoice_number", sa.Text(), nullable=True),
        sa.Column("insurance_number", sa.Text(), nullable=True),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("invoice_date", sa.Date(), nullable=True),
        sa.Column("total_amount", types.Money(), nullable=True),
        sa.Column("biller_mail", sa.Text(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("reading", sa.String(length=10), nullable=False),
        sa.Column("unreadable", sa.String(length=4), nullable=True),
        sa.Column("short_form", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("mail_id", types.Key, nullable=True),
        sa.Column("document_sha256", sa.String(length=64), nullable=True),
        sa.Column("duplicate_of", types.Key, nullable=True),
        sa.Column("client_id", types.Key, nullable=True),
        sa.Column("provider_id", types.Key, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("risk", sa.String(length=4), nullable=True),
        sa.Column("reasons", sa.String(length=400), server_default="", nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("payable_amount", types.Money(), nullable=True),
        sa.Column("payee", sa.String(length=10), nullable=True),
        sa.Column("closed_as", sa.String(length=20), nullable=True),
        sa.Column("process_instance_id", sa.String(length=64), nullable=True),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column("remind_at", types.Moment(), nullable=False),
        sa.Column("due_at", types.Moment(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.CheckConstraint("reading IN ('complete', 'incomplete', 'doubtful')", name="ck_invoices_reading"),
        sa.CheckConstraint("state IN ('in_queue', 'in_progress', 'completed')", name="ck_invoices_state"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_invoices_client_id_clients"),
        sa.ForeignKeyConstraint(
            ["document_sha256"], ["documents.sha256"], name="fk_invoices_document_sha256_documents"
        ),
        sa.ForeignKeyConstraint(["duplicate_of"], ["invoices.id"], name="fk_invoices_duplicate_of_invoices"),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name="fk_invoices_mail_id_mails"),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name="fk_invoices_provider_id_providers"),
        sa.PrimaryKeyConstraint("id", name="pk_invoices"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_invoices_biller_gln_invoice_number", "invoices", ["biller_gln", "invoice_number"])
    op.create_index("ix_invoices_biller_zsr_invoice_number", "invoices", ["biller_zsr", "invoice_number"])
    op.create_index("ix_invoices_document_sha256", "invoices", ["document_sha256"])
    op.create_index("ix_invoices_guid", "invoices", ["guid"])
    op.create_index("ix_invoices_insurance_number", "invoices", ["insurance_number"])
    op.create_index("ix_invoices_process_instance_id", "invoices", ["process_instance_id"])
    op.create_index("ix_invoices_state_received_at", "invoices", ["state", "received_at"])
    op.create_table(
        "medication_prices",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("public_price", types.Money(), nullable=False),
        sa.ForeignKeyConstraint(["gtin"], ["medications.gtin"], name="fk_medication_prices_gtin_medications"),
        sa.PrimaryKeyConstraint("gtin", "valid_from", name="pk_medication_prices"),
    )
    op.create_table(
        "assessments",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("decision_definition_id", sa.String(length=120), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("outputs", sa.JSON(), nullable=False),
        sa.Column("assessed_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_assessments_invoice_id_invoices"),
        sa.PrimaryKeyConstraint("id", name="pk_assessments"),
    )
    op.create_index("ix_assessments_invoice_id", "assessments", ["invoice_id"])
    op.create_table(
        "audit_events",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("invoice_id", types.Key, nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_audit_events_invoice_id_invoices"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_invoice_id", "audit_events", ["invoice_id"])
    op.create_table(
        "effects",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("invoice_id", types.Key, nullable=True),
        sa.Column("mail_id", types.Key, nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("claimed_by", sa.String(length=120), nullable=False),
        sa.Column("claimed_at", types.Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="1", nullable=False),
        sa.Column("settled_at", types.Moment(), nullable=True),
        sa.Column("receipt", sa.JSON(), nullable=True),
        sa.CheckConstraint("state IN ('claimed', 'sent', 'refused', 'unknown', 'by_post')", name="ck_effects_state"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_effects_invoice_id_invoices"),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name="fk_effects_mail_id_mails"),
        sa.PrimaryKeyConstraint("key", name="pk_effects"),
    )
    op.create_index("ix_effects_invoice_id", "effects", ["invoice_id"])
    op.create_index("ix_effects_mail_id", "effects", ["mail_id"])
    op.create_table(
        "letters",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("recipient", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=22), nullable=False),
        sa.Column("reason_code", sa.String(length=4), server_default="", nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("paragraphs", sa.JSON(), nullable=True),
        sa.Column("wording", sa.JSON(), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("settled_at", types.Moment(), nullable=True),
        sa.CheckConstraint("recipient IN ('client', 'provider', 'controller')", name="ck_letters_recipient"),
        sa.CheckConstraint(
            "state IN ('drafted', 'written', 'waiting_for_approval', 'withdrawn', 'sent', 'unknown', 'by_post')",
            name="ck_letters_state",
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_letters_invoice_id_invoices"),
        sa.ForeignKeyConstraint(["pdf_sha256"], ["documents.sha256"], name="fk_letters_pdf_sha256_documents"),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
        sa.UniqueConstraint(
            "invoice_id", "recipient", "kind", "round", name="uq_letters_invoice_id_recipient_kind_round"
        ),
    )
    op.create_index("ix_letters_state", "letters", ["state"])
    op.create_table(
        "mail_documents",
        sa.Column("mail_id", types.Key, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(length=255), server_default="", nullable=False),
        sa.Column("invoice_id", types.Key, nullable=True),
        sa.Column("reason", sa.String(length=40), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_mail_documents_invoice_id_invoices"),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name="fk_mail_documents_mail_id_mails"),
        sa.ForeignKeyConstraint(["sha256"], ["documents.sha256"], name="fk_mail_documents_sha256_documents"),
        sa.PrimaryKeyConstraint("mail_id", "part", name="pk_mail_documents"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("invoice_id", types.Key, nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("next_try_at", types.Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=200), server_default="", nullable=False),
        sa.Column("done_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_outbox_invoice_id_invoices"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_open", "outbox", ["done_at", "next_try_at"])
    op.create_table(
        "positions",
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("tariff", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("quantity", types.Money(), nullable=True),
        sa.Column("unit_price", types.Money(), nullable=True),
        sa.Column("factor", types.Money(), nullable=True),
        sa.Column("amount", types.Money(), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=True),
        sa.Column("listed_price", types.Money(), nullable=True),
        sa.Column("risk_rule", sa.String(length=20), nullable=True),
        sa.Column("risk_level", sa.String(length=4), nullable=True),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("payable", types.Money(), nullable=True),
        sa.Column("reasons", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_positions_invoice_id_invoices"),
        sa.PrimaryKeyConstraint("invoice_id", "line", name="pk_positions"),
    )
    op.create_table(
        "readings",
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_readings_invoice_id_invoices"),
        sa.PrimaryKeyConstraint("invoice_id", "revision", name="pk_readings"),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("payable", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_reviews_invoice_id_invoices"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_invoice_id", "reviews", ["invoice_id"])
    op.create_table(
        "steps",
        sa.Column("activity_instance_id", sa.String(length=64), nullable=False),
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("done_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_steps_invoice_id_invoices"),
        sa.PrimaryKeyConstraint("activity_instance_id", name="pk_steps"),
    )
    op.create_index("ix_steps_invoice_id", "steps", ["invoice_id"])
    op.create_table(
        "decisions",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("reason_code", sa.String(length=4), server_default="", nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("review_id", sa.String(length=32), nullable=True),
        sa.Column("payable_amount", types.Money(), nullable=False),
        sa.Column("decided_by", sa.String(length=100), nullable=False),
        sa.Column("automated", sa.Boolean(), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=False),
        sa.CheckConstraint("automated = false OR decision = 'approve'", name="ck_decisions_automated_only_approves"),
        sa.CheckConstraint("decision IN ('approve', 'partial', 'deny', 'ask')", name="ck_decisions_decision"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_decisions_invoice_id_invoices"),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_decisions_review_id_reviews"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.UniqueConstraint("invoice_id", "round", name="uq_decisions_invoice_id_round"),
    )
    for name, query in _VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {query}")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('invoices', 10000000)")


def downgrade() -> None:
    for name in _VIEWS:
        op.execute(f"DROP VIEW {name}")
    for table in _TABLES_LAST_FIRST:
        op.drop_table(table)
