"""Documents that came with a password: which mail brought them, and how often a reply did not open them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, or_, select

from db.mails import MailDocument
from db.rows import first
from db.tables import documents, invoices, mail_documents, mails


def first_sight(connection: Connection, sha256: str, *, sender: str, reasons: Collection[str]) -> MailDocument | None:
    """The document in the sender's first mail that brought it and was told one of these reasons."""
    statement = (
        select(mail_documents)
        .join(mails, mails.c.id == mail_documents.c.mail_id)
        .where(mail_documents.c.sha256 == sha256, mails.c.sender == sender, mail_documents.c.reason.in_(reasons))
        .order_by(mail_documents.c.mail_id)
    )
    return first(connection, statement, MailDocument)


def replies(connection: Connection, sha256: str, *, sender: str, reason: str, other_than: int) -> int:
    """How many mails of the sender were about this document with this reason; copies of a mail count once."""
    where = (mail_documents.c.sha256 == sha256, mail_documents.c.reason == reason, mails.c.sender == sender)
    ones = (mails.c.same_as.is_(None), mails.c.id != other_than)
    joined = mails.join(mail_documents, mails.c.id == mail_documents.c.mail_id)
    return int(connection.execute(select(func.count()).select_from(joined).where(*where, *ones)).scalar_one())


def case_of(connection: Connection, sha256: str, *, mail_id: int) -> int | None:
    """The first case of the mail that came of this document once it was open; None where it never was."""
    inside = select(documents.c.sha256).where(documents.c.part_of == sha256)
    deeper = select(documents.c.sha256).where(documents.c.part_of.in_(inside))
    digest = invoices.c.document_sha256
    where = (invoices.c.mail_id == mail_id, or_(digest.in_(inside), digest.in_(deeper)))
    found: int | None = connection.execute(select(func.min(invoices.c.id)).where(*where)).scalar_one()
    return found
