"""The mail ledger as people read it: mails with documents and cases, the worklist, and what was done about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from db.mails import Mail, MailDocument, Outcome
from db.rows import changed, every
from db.tables import documents as stored
from db.tables import invoices, mail_documents, mail_events, mails, questions

#: `again` and `ignored` are a person's; the others say what the gateway found when it looked again.
What = Literal["again", "ignored", "looked_again", "not_found", "gave_up"]


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which mails; what is not given does not matter. `since` counts, `until` does not."""

    outcomes: tuple[Outcome, ...] = ()
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    #: Those that wait for a person.
    waiting: bool = False


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A mail with what it brought; `invoices` are the ids of all cases that came of it, or that it answers."""

    mail: Mail
    documents: tuple[MailDocument, ...]
    invoices: tuple[int, ...]
    #: SHA-256 of the files as they were unpacked: of one that holds several invoices the whole, not its parts.
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MailEvent:
    """What was done about a mail: its outcome before a person's wish, or after the gateway's look."""

    id: int
    mail_id: int
    at: datetime
    actor: str
    what: What
    outcome: Outcome
    reason: str
    comment: str


_BROUGHT_A_CASE = (
    select(mail_documents.c.mail_id)
    .where(mail_documents.c.mail_id == mails.c.id, mail_documents.c.invoice_id.is_not(None))
    .exists()
)
_LEFT_SOMETHING = (
    select(mail_documents.c.mail_id)
    .where(mail_documents.c.mail_id == mails.c.id, mail_documents.c.invoice_id.is_(None))
    .exists()
)
#: Codes that say something about a case that there is; any other is about what no case shows.
_OF_A_CASE = ("P107", "P242", "P501", "P502", "P503", "same_message_id")
_REST: ColumnElement[str] = mails.c.reason
for _code in _OF_A_CASE:
    _REST = func.replace(_REST, _code, "")
_UNREAD = func.trim(_REST) != ""
#: A mail that led to cases and left nothing beside them has its task there; a letter that came back has one too, and
#: what was forwarded lies with somebody.
_WAITING = or_(
    mails.c.outcome == "failed",
    and_(
        mails.c.outcome == "person",
        mails.c.reason.not_like("letter\\_bounced%", escape="\\"),
        mails.c.reason.not_like("forwarded%"),
        or_(~_BROUGHT_A_CASE, _LEFT_SOMETHING, _UNREAD),
    ),
)
#: A mail that waits for a person.
for_a_person = and_(mails.c.outcome.in_(("person", "failed")), mails.c.same_as.is_(None), _WAITING)


def find(connection: Connection, wanted: Filter, *, before: int | None = None, limit: int = 50) -> list[Mail]:
    """Mails, newest first; `before` is the last id of the page above."""
    where = _conditions(wanted)
    if before is not None:
        where.append(mails.c.id < before)
    return every(connection, select(mails).where(*where).order_by(mails.c.id.desc()).limit(limit), Mail)


def entries(connection: Connection, found: Sequence[Mail]) -> list[Entry]:
    """The same mails with their documents and cases."""
    ids = [mail.id for mail in found]
    documents: dict[int, list[MailDocument]] = defaultdict(list)
    cases: dict[int, set[int]] = defaultdict(set)
    brought = select(mail_documents).where(mail_documents.c.mail_id.in_(ids)).order_by(mail_documents.c.part)
    for one in every(connection, brought, MailDocument):
        documents[one.mail_id].append(one)
        if one.invoice_id is not None:
            cases[one.mail_id].add(one.invoice_id)
    found_in = select(mail_documents.c.sha256).where(mail_documents.c.mail_id.in_(ids))
    cut_out = select(stored.c.sha256).where(stored.c.sha256.in_(found_in), stored.c.pages != "")
    parts = set(connection.execute(cut_out).scalars())
    of_mail = select(invoices.c.mail_id, invoices.c.id).where(invoices.c.mail_id.in_(ids))
    asked = select(mails.c.id, questions.c.invoice_id).join(questions, questions.c.id == mails.c.question_id)
    for mail_id, invoice_id in [
        *connection.execute(of_mail),
        *connection.execute(asked.where(mails.c.id.in_(ids))),
    ]:
        cases[mail_id].add(invoice_id)
    return [
        Entry(
            mail=mail,
            documents=tuple(documents[mail.id]),
            invoices=tuple(sorted(cases[mail.id])),
            files=tuple(dict.fromkeys(one.sha256 for one in documents[mail.id] if one.sha256 not in parts)),
        )
        for mail in found
    ]


def waiting(connection: Connection) -> int:
    """How many mails wait for a person."""
    return int(connection.execute(select(func.count()).select_from(mails).where(for_a_person)).scalar_one())


def waits(connection: Connection, mail_id: int) -> bool:
    """Whether this mail waits for a person."""
    return connection.execute(select(mails.c.id).where(mails.c.id == mail_id, for_a_person)).first() is not None


def again(connection: Connection, *, at: datetime, account: str, folder: str, limit: int = 20) -> list[Mail]:
    """Mails that are to be looked at again now: those of this folder, and any whose source is kept."""
    mine = and_(mails.c.account == account, mails.c.folder == folder)
    where = (mails.c.again_at <= at, or_(mine, mails.c.source_sha256.is_not(None)))
    return every(connection, select(mails).where(*where).order_by(mails.c.again_at).limit(limit), Mail)


def claim_again(connection: Connection, mail: Mail, *, until: datetime) -> bool:
    """Takes such a mail for one try, which is counted: True for one caller only; nobody else tries before `until`."""
    where = (mails.c.id == mail.id, mails.c.again_at == mail.again_at)
    statement = update(mails).where(*where).values(again_at=until, attempts=mails.c.attempts + 1)
    return changed(connection, statement)


def add_event(connection: Connection, mail: Mail, *, what: What, actor: str, at: datetime, comment: str = "") -> None:
    """Notes what was done about the mail, as it stands."""
    row = {"mail_id": mail.id, "what": what, "actor": actor, "at": at, "comment": comment}
    connection.execute(insert(mail_events), row | {"outcome": mail.outcome, "reason": mail.reason})


def events_of(connection: Connection, mail_id: int) -> list[MailEvent]:
    """What was done about the mail, oldest first."""
    statement = select(mail_events).where(mail_events.c.mail_id == mail_id).order_by(mail_events.c.id)
    return every(connection, statement, MailEvent)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.waiting:
        where.append(for_a_person)
    if wanted.outcomes:
        where.append(mails.c.outcome.in_(wanted.outcomes))
    if wanted.since is not None:
        where.append(mails.c.seen_at >= wanted.since)
    if wanted.until is not None:
        where.append(mails.c.seen_at < wanted.until)
    if wanted.text:
        where.append(_holds(wanted.text))
    return where


def _holds(text: str) -> ColumnElement[bool]:
    """Whether the words stand in a mail, its sender's address, its subject or the name of what is attached."""
    columns: list[Any] = [mails.c.sender, mails.c.subject, mails.c.text, mails.c.message_id]
    named = select(mail_documents.c.mail_id).where(
        mail_documents.c.mail_id == mails.c.id, mail_documents.c.filename.icontains(text, autoescape=True)
    )
    return or_(*(column.icontains(text, autoescape=True) for column in columns), named.exists())
