"""The mail ledger: every mail ever seen, once, with its outcome."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, or_, select

from db.rows import every, first, insert_if_new, update_rows
from db.tables import mail_documents, mails

Outcome = Literal["pending", "invoice", "returned", "ignored", "person", "failed"]
#: What a trusted mail server found out about a sender; empty where none was asked.
Authenticity = Literal["", "pass", "fail", "none"]


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail by its place (account, folder, UIDVALIDITY, UID) and by what it is (Message-ID, content hash)."""

    id: int
    account: str
    folder: str
    uid_validity: int
    uid: int
    message_id: str | None
    content_hash: str | None
    sender: str | None
    size: int
    outcome: Outcome
    reason: str
    attempts: int
    answered: bool
    filed_to: str | None
    same_as: int | None
    seen_at: datetime
    settled_at: datetime | None
    received_at: datetime | None = None
    subject: str = ""
    text: str = ""
    source_sha256: str | None = None
    authenticity: Authenticity = ""
    rule: str = ""
    question_id: str | None = None
    again_at: datetime | None = None
    again_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class MailDocument:
    """A document that came with a mail and the case it led to."""

    mail_id: int
    part: int
    sha256: str
    filename: str
    invoice_id: int | None
    reason: str


_ADD_DOCUMENT = insert(mail_documents)
_PLACE = ("account", "folder", "uid_validity", "uid")
_AT_PLACE = select(mails).where(*(mails.c[name] == bindparam(name) for name in _PLACE))
_SAME_CONTENT = (
    select(mails)
    .where(
        mails.c.content_hash == bindparam("content_hash"),
        mails.c.id != bindparam("other_than"),
        or_(mails.c.outcome != "pending", mails.c.id < bindparam("other_than")),
        mails.c.same_as.is_(None),
    )
    .order_by(mails.c.id)
)


def see(connection: Connection, **values: object) -> tuple[Mail, bool]:
    """Enters a mail at its first sight; the row, and whether it is new."""
    new = insert_if_new(connection, mails, values)
    found = first(connection, _AT_PLACE, Mail, **{name: values[name] for name in _PLACE})
    assert found is not None
    return found, new


def get(connection: Connection, mail_id: int) -> Mail | None:
    """The mail with this id."""
    return first(connection, select(mails).where(mails.c.id == mail_id), Mail)


def at_place(connection: Connection, *, account: str, folder: str, uid_validity: int, uids: list[int]) -> list[Mail]:
    """The known mails among these UIDs."""
    where = (mails.c.account == account, mails.c.folder == folder, mails.c.uid_validity == uid_validity)
    return every(connection, select(mails).where(*where, mails.c.uid.in_(uids)).order_by(mails.c.uid), Mail)


def same_content(connection: Connection, *, content_hash: str, other_than: int) -> Mail | None:
    """An earlier mail with the same bytes: seen again under another UID, in another mailbox or by another entrance."""
    return first(connection, _SAME_CONTENT, Mail, content_hash=content_hash, other_than=other_than)


def other_with_message_id(connection: Connection, mail: Mail) -> Mail | None:
    """A settled mail that bears the same Message-ID and is another one by its content."""
    others = (mails.c.id != mail.id, mails.c.outcome != "pending", mails.c.content_hash != mail.content_hash)
    statement = select(mails).where(mails.c.message_id == mail.message_id, *others).order_by(mails.c.id).limit(1)
    return first(connection, statement, Mail)


def set_mail(connection: Connection, mail_id: int, **values: object) -> bool:
    """Changes a mail's row."""
    return update_rows(connection, mails, {"id": mail_id}, values)


def unfiled(connection: Connection, *, account: str, folder: str, uid_validity: int, limit: int = 500) -> list[Mail]:
    """Mails with an outcome that still lie in the folder as far as we know."""
    where = (mails.c.account == account, mails.c.folder == folder, mails.c.uid_validity == uid_validity)
    open_ = (mails.c.outcome != "pending", mails.c.filed_to.is_(None))
    return every(connection, select(mails).where(*where, *open_).order_by(mails.c.id).limit(limit), Mail)


def highest_uid(connection: Connection, *, account: str, folder: str, uid_validity: int) -> int:
    """The newest UID ever seen in this incarnation of the folder; 0 where there is none."""
    where = (mails.c.account == account, mails.c.folder == folder, mails.c.uid_validity == uid_validity)
    return int(connection.execute(select(func.coalesce(func.max(mails.c.uid), 0)).where(*where)).scalar_one())


def pending(connection: Connection, *, account: str, folder: str, uid_validity: int) -> list[Mail]:
    """Mails seen and not settled: somebody died or gave up amid them."""
    where = (mails.c.account == account, mails.c.folder == folder, mails.c.uid_validity == uid_validity)
    return every(connection, select(mails).where(*where, mails.c.outcome == "pending").order_by(mails.c.uid), Mail)


def orphans(connection: Connection, *, account: str, folder: str, uid_validity: int) -> list[Mail]:
    """Mails that were never settled and whose UIDs mean nothing any more: the folder has another UIDVALIDITY."""
    where = (mails.c.account == account, mails.c.folder == folder, mails.c.uid_validity != uid_validity)
    return every(connection, select(mails).where(*where, mails.c.outcome == "pending"), Mail)


def returned_since(connection: Connection, *, sender: str, since: datetime, at_most: int) -> int:
    """How many mails of a sender were returned to it, in whole or in part, since then; counted up to `at_most`."""
    told = (mails.c.outcome.in_(("returned", "invoice")), mails.c.reason != "")
    return _count(connection, at_most, mails.c.sender == sender, *told, mails.c.settled_at > since)


def settled_since(connection: Connection, *, sender: str, since: datetime, at_most: int) -> int:
    """How many mails of a sender were settled since then; counted up to `at_most`, however many there are."""
    return _count(connection, at_most, mails.c.sender == sender, mails.c.settled_at > since)


def _count(connection: Connection, at_most: int, *where: ColumnElement[bool]) -> int:
    few = select(mails.c.id).where(*where).limit(at_most).subquery()
    return int(connection.execute(select(func.count()).select_from(few)).scalar_one())


def page(connection: Connection, *, before: int | None = None, limit: int = 50) -> list[Mail]:
    """Mails, newest first."""
    statement = select(mails).order_by(mails.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(mails.c.id < before)
    return every(connection, statement, Mail)


def folders_by_message_id(connection: Connection, *, account: str, message_ids: Collection[str]) -> dict[str, str]:
    """The folder of the account in which each of these Message-IDs was first seen."""
    where = (mails.c.account == account, mails.c.message_id.in_(message_ids))
    statement = select(mails.c.message_id, mails.c.folder).where(*where).order_by(mails.c.id.desc())
    return {row.message_id: row.folder for row in connection.execute(statement)}


def add_document(connection: Connection, **values: object) -> None:
    """Notes a document of a mail; a second time is the same."""
    place = {name: values.pop(name) for name in ("mail_id", "part")}
    if not update_rows(connection, mail_documents, place, values):
        connection.execute(_ADD_DOCUMENT, place | values)


def documents_of(connection: Connection, mail_id: int) -> list[MailDocument]:
    """The documents of a mail, by part."""
    statement = select(mail_documents).where(mail_documents.c.mail_id == mail_id).order_by(mail_documents.c.part)
    return every(connection, statement, MailDocument)
