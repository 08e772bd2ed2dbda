"""What a mailbox needs to be looked after: the kept mails, the rules that sort them, the questions that wait for an
answer, and documents that hold several invoices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MAIL_COLUMNS = (
    "again_by",
    "again_at",
    "question_id",
    "rule",
    "authenticity",
    "source_sha256",
    "text",
    "received_at",
    "subject",
)
_INDEXED = (
    ("mails", "source_sha256"),
    ("mail_documents", "sha256"),
    ("invoices", "mail_id"),
    ("invoices", "received_at"),
)
_PARTIAL = (
    ("ix_mails_for_a_person", "outcome", "outcome IN ('person', 'failed')"),
    ("ix_mails_again_at", "again_at", "again_at IS NOT NULL"),
)


def upgrade() -> None:
    op.create_table(
        "mail_rules",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("argument", sa.Text(), server_default="", nullable=False),
        sa.Column("afterwards", sa.String(length=10), server_default="file", nullable=False),
        sa.Column("afterwards_folder", sa.String(length=200), server_default="", nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_rules")),
        sa.UniqueConstraint("name", name=op.f("uq_mail_rules_name")),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("invoice_id", types.Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.String(length=100), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("remind_at", types.Moment(), nullable=False),
        sa.Column("give_up_at", types.Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_by", sa.String(length=100), server_default="", nullable=False),
        sa.Column("answered_at", types.Moment()),
        sa.Column("mail_id", types.Key),
        sa.Column("document_sha256", sa.String(length=64)),
        sa.Column("closed_at", types.Moment()),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_questions_invoice_id_invoices")),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name=op.f("fk_questions_mail_id_mails")),
        sa.ForeignKeyConstraint(
            ["document_sha256"], ["documents.sha256"], name=op.f("fk_questions_document_sha256_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("invoice_id", "number", name=op.f("uq_questions_invoice_id_number")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_questions_token_hash")),
    )
    op.create_table(
        "mail_events",
        sa.Column("id", types.Key, autoincrement=True, nullable=False),
        sa.Column("mail_id", types.Key, nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), server_default="", nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name=op.f("fk_mail_events_mail_id_mails")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_events")),
    )
    op.create_index(op.f("ix_mail_events_mail_id"), "mail_events", ["mail_id"])
    op.create_table(
        "mailbox_looks",
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("folder", sa.String(length=200), nullable=False),
        sa.Column("looked_at", types.Moment()),
        sa.Column("failed_at", types.Moment()),
        sa.Column("reason", sa.String(length=40), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("account", "folder", name=op.f("pk_mailbox_looks")),
    )
    with op.batch_alter_table("mails") as mails:
        mails.add_column(sa.Column("subject", sa.String(length=1000), server_default="", nullable=False))
        mails.add_column(sa.Column("received_at", types.Moment()))
        mails.add_column(sa.Column("text", sa.Text(), server_default="", nullable=False))
        mails.add_column(sa.Column("source_sha256", sa.String(length=64)))
        mails.add_column(sa.Column("authenticity", sa.String(length=10), server_default="", nullable=False))
        mails.add_column(sa.Column("rule", sa.String(length=80), server_default="", nullable=False))
        mails.add_column(sa.Column("question_id", sa.String(length=32)))
        mails.add_column(sa.Column("again_at", types.Moment()))
        mails.add_column(sa.Column("again_by", sa.String(length=100)))
    op.create_index(op.f("ix_mails_seen_at"), "mails", ["seen_at"])
    for table, column in _INDEXED:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    for name, column, where in _PARTIAL:
        op.create_index(name, "mails", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index(op.f("ix_mails_sender_settled_at"), "mails", ["sender", "settled_at"])
    op.add_column("documents", sa.Column("part_of", sa.String(length=64)))
    op.add_column("documents", sa.Column("pages", sa.String(length=20), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("documents", "pages")
    op.drop_column("documents", "part_of")
    op.drop_index(op.f("ix_mails_sender_settled_at"), "mails")
    op.drop_index(op.f("ix_mails_seen_at"), "mails")
    for table, column in _INDEXED:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for name, _column, _where in _PARTIAL:
        op.drop_index(name, "mails")
    with op.batch_alter_table("mails") as mails:
        for name in _MAIL_COLUMNS:
            mails.drop_column(name)
    op.drop_table("mail_events")
    op.drop_table("mailbox_looks")
    op.drop_table("questions")
    op.drop_table("mail_rules")
