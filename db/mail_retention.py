"""Mails that nobody needs any more, and what of them goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select, update

from db.mail_ledger import for_a_person
from db.rows import every
from db.tables import documents, invoices, letters, mail_documents, mails, questions


@dataclass(frozen=True, kw_only=True)
class Old:
    """A mail whose time is over."""

    mail_id: int
    source_sha256: str | None


_CASE_OF_MAIL = or_(
    invoices.c.mail_id == mails.c.id,
    invoices.c.id.in_(select(mail_documents.c.invoice_id).where(mail_documents.c.mail_id == mails.c.id)),
    invoices.c.id.in_(select(questions.c.invoice_id).where(questions.c.id == mails.c.question_id)),
)
_HAS_CASE = select(invoices.c.id).where(_CASE_OF_MAIL).exists()


def old(
    connection: Connection, *, with_cases_before: datetime, without_before: datetime, after: int, limit: int = 200
) -> list[Old]:
    """Settled mails beyond `after`, by id, that hold something still: without a case settled before `without_before`,
    with cases settled, and the last of them closed, before `with_cases_before`. Never one that waits for a person."""
    younger = or_(invoices.c.closed_at.is_(None), invoices.c.closed_at >= with_cases_before)
    keeps_case = select(invoices.c.id).where(_CASE_OF_MAIL, younger).exists()
    over = or_(
        and_(mails.c.settled_at < with_cases_before, ~keeps_case),
        and_(mails.c.settled_at < without_before, ~_HAS_CASE),
    )
    holds = or_(
        mails.c.text != "", mails.c.subject != "", mails.c.source_sha256.is_not(None), mails.c.sender.is_not(None)
    )
    open_ = or_(mails.c.outcome == "pending", mails.c.again_at.is_not(None), for_a_person)
    where = (mails.c.id > after, holds, over, ~open_)
    statement = select(mails.c.id.label("mail_id"), mails.c.source_sha256).where(*where).order_by(mails.c.id)
    return every(connection, statement.limit(limit), Old)


def only_here(connection: Connection, one: Old) -> tuple[list[str], list[str]]:
    """The mail's source, and its documents that led to no case, where nothing else that stays has the same bytes."""
    digest = one.source_sha256
    others = select(mails.c.id).where(mails.c.source_sha256 == digest, mails.c.id != one.mail_id)
    sources = [] if digest is None or connection.execute(others).first() else [digest]
    mine = select(mail_documents.c.sha256).where(mail_documents.c.mail_id == one.mail_id).distinct()
    gone = [sha256 for sha256 in connection.execute(mine).scalars() if not _is_needed(connection, sha256, one)]
    return sources, gone


def forget(connection: Connection, mail_id: int) -> None:
    """Blanks what the mail said and who sent it; ids, hashes, outcome and reasons stay."""
    values = {"text": "", "subject": "", "source_sha256": None, "sender": None}
    connection.execute(update(mails).where(mails.c.id == mail_id).values(values))
    connection.execute(update(mail_documents).where(mail_documents.c.mail_id == mail_id).values(filename=""))


def _is_needed(connection: Connection, sha256: str, one: Old) -> bool:
    """Whether a case, a letter, an answer to a question, or a mail that is not forgotten yet has this document."""
    forgotten = and_(mails.c.sender.is_(None), mails.c.source_sha256.is_(None), mails.c.subject == "")
    asked = (
        select(invoices.c.id).where(invoices.c.document_sha256 == sha256),
        select(documents.c.sha256)
        .join(invoices, invoices.c.document_sha256 == documents.c.sha256)
        .where(documents.c.part_of == sha256),
        select(letters.c.id).where(letters.c.pdf_sha256 == sha256),
        select(questions.c.id).where(questions.c.document_sha256 == sha256),
        select(mails.c.id)
        .join(mail_documents, mail_documents.c.mail_id == mails.c.id)
        .where(mail_documents.c.sha256 == sha256, mails.c.id != one.mail_id, ~forgotten),
    )
    return any(connection.execute(statement.limit(1)).first() for statement in asked)
