"""The mail ledger as the gateway uses it: one short transaction a step, nothing slow inside."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from db import audit, mailbox_looks, mails
from db.mails import Authenticity, Mail, Outcome
from mail_gateway.connection.account import Entrance
from mail_gateway.message.headers import Headers
from mail_gateway.message.reasons import UNREAD, MailReason
from pulse.base.errors import Unavailable
from pulse.base.reasons import Reason
from pulse.claims.office import Office

log = structlog.get_logger(__name__)

ACTOR = "mail-gateway"
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_LOOK_EVERY = timedelta(seconds=10)
#: Length of the ledger's column of codes.
_MAX_REASON = 40
#: What makes two copies of a mail the same mail; what servers add on the way (Received, Return-Path) does not count.
_IDENTITY = ("message-id", "date", "from", "subject")


@dataclass(frozen=True, kw_only=True)
class Handled:
    """A document of a mail after claims has seen it."""

    part: int
    sha256: str
    filename: str
    invoice_id: int | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What stays of a mail, by the columns of its row; without `source_sha256` the mail was not downloaded."""

    received_at: datetime
    subject: str = ""
    text: str = ""
    source_sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of a mail. `reasons` are codes: why it is returned, or why nothing is done."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()
    documents: tuple[Handled, ...] = ()
    #: The name of the rule that took it.
    rule: str = ""
    #: The question of ours that it answers.
    question_id: str | None = None
    #: Whether the mail's words and source stay. Not of what is none of a sender's own: reports, echoes, trials.
    keeps: bool = True

    @property
    def reason(self) -> str:
        """The codes as the ledger keeps them: each once, with a space between, as many as fit."""
        codes = list(dict.fromkeys(self.reasons))
        while len(" ".join(codes)) > _MAX_REASON:
            codes.pop()
        return " ".join(codes)


class Ledger:
    """The rows of one account's folder."""

    def __init__(self, office: Office, account: Entrance) -> None:
        self._office = office
        self._account = account
        self._place: dict[str, Any] = {"account": account.name, "folder": account.folder}
        self._looked_at: datetime | None = None

    def looked(self) -> None:
        """Everything that was there has been looked at; on record at most every few seconds."""
        now = self._office.clock.now()
        if self._looked_at is not None and now - self._looked_at < _LOOK_EVERY:
            return
        with self._kept_if_possible() as connection:
            mailbox_looks.worked(connection, **self._place, at=now)
            self._looked_at = now

    def look_failed(self, reason: str) -> None:
        """Something was in the way."""
        self._looked_at = None
        with self._kept_if_possible() as connection:
            mailbox_looks.failed(connection, **self._place, at=self._office.clock.now(), reason=reason)

    @contextlib.contextmanager
    def _kept_if_possible(self) -> Iterator[Connection]:
        """A transaction for what is nice to know: without a database it is not kept."""
        try:
            with self._office.database.write() as connection:
                yield connection
        except (Unavailable, SQLAlchemyError) as error:
            log.warning("look not recorded", action="mail:look", error=type(error).__name__)

    def open_uids(self, uid_validity: int) -> tuple[list[Mail], int]:
        """Mails that somebody began and did not settle, and the newest UID ever seen."""
        with self._office.database.read() as connection:
            pending = mails.pending(connection, **self._place, uid_validity=uid_validity)
            return pending, mails.highest_uid(connection, **self._place, uid_validity=uid_validity)

    def unfiled(self, uid_validity: int) -> list[Mail]:
        """Mails with an outcome that have not been moved."""
        with self._office.database.read() as connection:
            return mails.unfiled(connection, **self._place, uid_validity=uid_validity)

    def see(self, uid_validity: int, sizes: Mapping[int, int]) -> list[Mail]:
        """Enters mails, by UID and size, before anything is done with them; their rows, old or new."""
        place = self._place | {"uid_validity": uid_validity}
        now = self._office.clock.now()
        with self._office.database.write() as connection:
            return [
                mails.see(connection, **place, uid=uid, size=size, seen_at=now, outcome="pending")[0]
                for uid, size in sizes.items()
            ]

    def count_try(self, row: Mail) -> None:
        """A mail was tried in vain before it could be identified."""
        with self._office.database.write() as connection:
            mails.set_mail(connection, row.id, attempts=row.attempts + 1)

    def settled(self, uid_validity: int, uids: list[int]) -> list[Mail]:
        """Those of these mails that have an outcome by now."""
        with self._office.database.read() as connection:
            rows = mails.at_place(connection, **self._place, uid_validity=uid_validity, uids=uids)
        return [row for row in rows if row.outcome != "pending"]

    def identify(
        self,
        mail: Mail,
        headers: Headers,
        body: bytes,
        sender: str | None,
        *,
        attempts: int,
        authenticity: Authenticity = "",
    ) -> Mail | None:
        """Writes down what the mail is and how often it was tried, before anybody touches what it holds; an earlier
        mail with the same content, if there is one."""
        digest = content_hash(headers, body)
        known = {
            "message_id": headers.get("message-id")[:500] or None,
            "content_hash": digest,
            "sender": sender[:254] if sender else None,
            "attempts": attempts,
            "authenticity": authenticity,
        }
        with self._office.database.write() as connection:
            mails.set_mail(connection, mail.id, **known)
            return mails.same_content(connection, content_hash=digest, other_than=mail.id)

    def keep(self, mail: Mail, kept: Kept) -> None:
        """What stays of a mail whose outcome is still open."""
        with self._office.database.write() as connection:
            mails.set_mail(connection, mail.id, **vars(kept))

    def settle(self, mail: Mail, verdict: Verdict, *, same: Mail | None = None, kept: Kept | None = None) -> None:
        """The outcome, with what stays of the mail, the documents and the cases they led to. `same` is the row of the
        same mail's earlier sight, whose work this was: both get the outcome."""
        now = self._office.clock.now()
        # A second copy goes the way of the first one.
        rule = verdict.rule or (same.rule if same else "")
        values = {"outcome": verdict.outcome, "reason": verdict.reason, "settled_at": now, "rule": rule}
        values |= vars(kept) if kept else {}
        values |= {"question_id": verdict.question_id} if verdict.question_id else {}
        with self._office.database.write() as connection:
            mails.set_mail(connection, mail.id, **values, same_as=same.id if same else mail.same_as)
            rows = [mail.id]
            if same is not None and verdict.outcome != "ignored":
                mails.set_mail(connection, same.id, **values)
                rows.append(same.id)
            for mail_id, document in product(rows, verdict.documents):
                mails.add_document(connection, mail_id=mail_id, **vars(document))
            cases = [document.invoice_id for document in verdict.documents if document.invoice_id is not None]
            audit.note(
                connection,
                f"gateway:mail:{verdict.outcome}",
                actor=ACTOR,
                at=now,
                invoice_id=cases[0] if len(cases) == 1 else None,
                mail=mail.id,
                reason=verdict.reason,
                cases=cases,
            )

    def hand_to_person(self, row: Mail) -> Mail:
        """The sender could not be told about a document that nobody has read, or a mail could not be sent on: a person
        has to know."""
        codes = row.reason.split()
        if MailReason.FORWARDED not in codes and not holds_something_unread(row.reason):
            return row
        reason = " ".join(MailReason.FORWARD_FAILED if code == MailReason.FORWARDED else code for code in codes)
        now = self._office.clock.now()
        with self._office.database.write() as connection:
            mails.set_mail(connection, row.id, outcome="person", reason=reason)
            audit.note(connection, "gateway:mail:person", actor=ACTOR, at=now, mail=row.id, reason=reason)
        return replace(row, outcome="person", reason=reason)

    def close_orphans(self, uid_validity: int) -> None:
        """After a look at the whole folder: what was seen under an earlier UIDVALIDITY, was not settled and has not
        come back under a new UID is gone."""
        with self._office.database.read() as connection:
            rows = mails.orphans(connection, **self._place, uid_validity=uid_validity)
        for row in rows:
            self.settle(row, Verdict(outcome="ignored", reasons=(MailReason.VANISHED,)))

    def filed(self, rows: Sequence[Mail], folder: str) -> None:
        """The mails have been moved."""
        with self._office.database.write() as connection:
            for row in rows:
                mails.set_mail(connection, row.id, filed_to=folder)

    def may_be_answered(self, sender: str) -> bool:
        """Whether the sender has not had its answers of the last 24 hours yet."""
        since, limit = self._office.clock.now() - _DAY, self._account.answers_per_day
        with self._office.database.read() as connection:
            return mails.returned_since(connection, sender=sender, since=since, at_most=limit) < limit

    def has_its_turn(self, sender: str) -> bool:
        """Whether the sender has fewer mails settled within an hour than may be taken of one."""
        since, limit = self._office.clock.now() - _HOUR, self._account.mails_per_hour
        with self._office.database.read() as connection:
            return mails.settled_since(connection, sender=sender, since=since, at_most=limit) < limit

    def put_off(self, row: Mail, sender: str) -> None:
        """The mail waits for its sender's turn."""
        with self._office.database.write() as connection:
            mails.set_mail(connection, row.id, sender=sender[:254])

    def repeats_a_message_id(self, row: Mail) -> bool:
        """Whether another mail with other content has the same Message-ID; asked after `identify`."""
        with self._office.database.read() as connection:
            known = mails.get(connection, row.id)
            if known is None or known.message_id is None:
                return False
            return mails.other_with_message_id(connection, known) is not None


def holds_something_unread(reason: str) -> bool:
    """Whether a mail with these codes holds something that no case shows."""
    codes = set(reason.split()) - {Reason.IMAGE_ONLY}
    return bool(codes & UNREAD) or any(code.startswith("P1") for code in codes)


def copy_of(office: Office, row: Mail) -> str | None:
    """The SHA-256 under which the archive has the whole mail, by the row of its first sight if need be."""
    if row.source_sha256 is not None or row.same_as is None:
        return row.source_sha256
    with office.database.read() as connection:
        first = mails.get(connection, row.same_as)
    return first.source_sha256 if first else None


def content_hash(headers: Headers, body: bytes) -> str:
    """What a mail is, whatever way it came: the fields of its author and its body."""
    digest = hashlib.sha256()
    for name in _IDENTITY:
        digest.update(f"{name}:{headers.get(name)}\n".encode())
    digest.update(body)
    return digest.hexdigest()
