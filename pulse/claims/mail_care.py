"""Looking after the mails that came: what became of each, looking at one again, closing one that no case shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from db import audit, documents, effects, mail_ledger, mails
from db.mail_ledger import Entry, Filter, MailEvent
from db.mails import Mail
from pulse.base.errors import Conflict, InvalidInput, NotFound
from pulse.claims.office import Office

LONGEST_COMMENT = 2000
#: Why a mail is ignored that a person closed.
BY_PERSON = "by_person"
_LONGEST_REASON = 40


class MailMissing(NotFound):
    """There is no such mail."""

    code = "mail_missing"


class MailStillOpen(Conflict):
    """The mail is still being worked on."""

    code = "mail_still_open"


@dataclass(frozen=True, kw_only=True)
class MailView:
    """One mail with everything known about it."""

    entry: Entry
    events: list[MailEvent]
    #: A person has to look at it.
    waits: bool
    #: When an answer left.
    answered_at: datetime | None
    #: The first sight of the same mail, whose row has the work.
    first: Mail | None

    @property
    def mail(self) -> Mail:
        return self.entry.mail

    @property
    def may_be_looked_at_again(self) -> bool:
        """Whether a wish to look again would be taken."""
        return self.mail.outcome != "pending" and self.mail.again_at is None and self.mail.same_as is None


def mail_view(office: Office, mail_id: int) -> MailView:
    """The whole mail; raises `MailMissing`."""
    with office.database.read() as connection:
        mail = _mail_of(connection, mail_id)
        return MailView(
            entry=mail_ledger.entries(connection, [mail])[0],
            events=mail_ledger.events_of(connection, mail_id),
            waits=mail_ledger.waits(connection, mail_id),
            answered_at=_answered_at(connection, mail),
            first=mails.get(connection, mail.same_as) if mail.same_as is not None else None,
        )


def mail_page(office: Office, wanted: Filter, *, before: int | None = None, limit: int = 50) -> list[Entry]:
    """Mails with what they brought, newest first; `before` is the last id of the page above."""
    with office.database.read() as connection:
        found = mail_ledger.find(connection, wanted, before=before, limit=limit)
        return mail_ledger.entries(connection, found)


def waiting(office: Office) -> int:
    """How many mails wait for a person."""
    with office.database.read() as connection:
        return mail_ledger.waiting(connection)


def source_of(office: Office, mail_id: int) -> bytes:
    """The whole mail as it came; raises `NotFound` where it was not downloaded, or is deleted by now."""
    with office.database.read() as connection:
        digest = _mail_of(connection, mail_id).source_sha256
    if digest is None:
        raise NotFound("The mail itself is not kept.", mail=mail_id)
    return office.documents.get(digest)


def document_of(office: Office, mail_id: int, part: int) -> tuple[bytes, str]:
    """A document of a mail and its media type; raises `NotFound`."""
    with office.database.read() as connection:
        found = next((one for one in mails.documents_of(connection, mail_id) if one.part == part), None)
        kind = documents.media_type(connection, found.sha256) if found else None
    if found is None:
        raise NotFound("There is no such document.", mail=mail_id)
    return office.documents.get(found.sha256), kind or "application/octet-stream"


def look_again(office: Office, mail_id: int, by: str) -> Mail:
    """Has the gateway look at a mail once more, at its next poll: from the kept source, else from the mailbox.

    The same documents lead to the same cases, and what was answered is not answered twice. The mail whose row has the
    work: that of the first sight. Raises `MailMissing`, `MailStillOpen`.
    """
    now = office.clock.now()
    with office.database.write() as connection:
        mail = _mail_of(connection, mail_id)
        if mail.same_as is not None:
            mail = _mail_of(connection, mail.same_as)
        if mail.outcome == "pending" or mail.again_at is not None:
            raise MailStillOpen(mail=mail.id)
        mails.set_mail(connection, mail.id, again_at=now, again_by=by, attempts=0)
        _note(connection, mail, "again", by=by, at=now)
    return mail


def ignore(office: Office, mail_id: int, by: str, comment: str) -> None:
    """Closes a mail that waits for a person: it needs nothing, and the comment says why.

    Raises `InvalidInput` without a comment, `Conflict` where it does not wait, `MailMissing`.
    """
    words = comment.strip()
    if not words or len(words) > LONGEST_COMMENT:
        raise InvalidInput(f"Say in 1 to {LONGEST_COMMENT} characters why it needs nothing.", code="comment_missing")
    now = office.clock.now()
    with office.database.write() as connection:
        mail = _mail_of(connection, mail_id)
        if not mail_ledger.waits(connection, mail_id):
            raise Conflict("This mail does not wait for a person any more.", mail=mail_id)
        mails.set_mail(connection, mail.id, outcome="ignored", reason=_closed(mail.reason), again_at=None)
        _note(connection, mail, "ignored", by=by, at=now, comment=words)


def _closed(reason: str) -> str:
    """The person's word first, then why it was a person's, as far as it fits."""
    codes = [BY_PERSON, *reason.split()]
    while len(" ".join(codes)) > _LONGEST_REASON:
        codes.pop()
    return " ".join(codes)


def _note(
    connection: Connection, mail: Mail, what: mail_ledger.What, *, by: str, at: datetime, comment: str = ""
) -> None:
    """On record for people and in the audit trail, which holds no words of theirs."""
    mail_ledger.add_event(connection, mail, what=what, actor=by, at=at, comment=comment.replace("\x00", ""))
    audit.note(connection, f"web:mail:{what}", actor=by, at=at, mail=mail.id, outcome=mail.outcome, reason=mail.reason)


def _answered_at(connection: Connection, mail: Mail) -> datetime | None:
    effect = effects.get(connection, f"answer:mail-{mail.same_as or mail.id}") if mail.answered else None
    return effect.settled_at if effect else None


def _mail_of(connection: Connection, mail_id: int) -> Mail:
    found = mails.get(connection, mail_id)
    if found is None:
        raise MailMissing(mail=mail_id)
    return found
