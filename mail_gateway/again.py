"""Mails that a person wants looked at once more: from the kept source, else from the mailbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from db import audit, mail_ledger, mails
from db.documents import DocumentMissing
from db.mails import Mail
from mail_gateway.connection.account import Entrance
from mail_gateway.connection.mailbox import FolderMissing, Mailbox, MailboxRefused
from mail_gateway.intake import Intake
from mail_gateway.ledger import ACTOR, Ledger
from mail_gateway.message.headers import Headers
from mail_gateway.outgoing.answers import Answers, is_due
from mail_gateway.steps.arrived import Later
from pulse.base.errors import Unavailable
from pulse.claims.office import Office

log = structlog.get_logger(__name__)

#: Nobody else takes such a mail within this time; after a crash it is taken anew.
_ONE_TRY = timedelta(minutes=5)
_ANSWER_WAITS = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Again:
    """Takes such mails of one folder, and any whose source is kept, whichever entrance they came by."""

    office: Office
    account: Entrance
    ledger: Ledger
    intake: Intake
    answers: Answers

    def take_all(self, mailbox: Mailbox, *, before_each: Callable[[], object] = lambda: None) -> int:
        """Looks at all of them; how many were settled. Another folder may be selected afterwards."""
        now = self.office.clock.now()
        with self.office.database.read() as connection:
            rows = mail_ledger.again(connection, at=now, account=self.account.name, folder=self.account.folder)
        done = 0
        for row in rows:
            before_each()
            with self.office.database.write() as connection:
                claimed = mail_ledger.claim_again(connection, row, until=self.office.clock.now() + _ONE_TRY)
            done += claimed and self._take(row, mailbox)
        return done

    def _take(self, row: Mail, mailbox: Mailbox) -> bool:
        """One mail. What breaks at every try is given up, and its outcome stays what it was."""
        if row.attempts >= self.account.attempts:
            self._end(row, "gave_up")
            return False
        content = self._source(row, mailbox)
        if content is None:
            self._end(row, "not_found")
            return False
        try:
            head = self.intake.again(row, content)
        except Unavailable:
            raise
        except Later:
            return False
        except Exception as error:  # noqa: BLE001  one hostile mail must not stop the next one
            log.warning("look again failed", action="mail:again:failed", mail=row.id, error=type(error).__name__)
            return False
        settled = self._now(row)
        if is_due(settled) and not self._answered(settled, head):
            return True
        settled = self._now(row)
        self._end(settled, "looked_again")
        self._refile(settled, mailbox)
        return True

    def _answered(self, row: Mail, head: Headers) -> bool:
        """Sends the answer that nobody got yet; False where it waits and comes with the next look."""
        told = self.answers.answer(row, head)
        if told == "waits":
            with self.office.database.write() as connection:
                mails.set_mail(connection, row.id, again_at=self.office.clock.now() + _ANSWER_WAITS, attempts=0)
            return False
        if told == "undelivered":
            self.ledger.hand_to_person(row)
        return True

    def _source(self, row: Mail, mailbox: Mailbox) -> bytes | None:
        if row.source_sha256 is not None:
            try:
                return self.office.documents.get(row.source_sha256)
            except DocumentMissing:
                log.warning("kept mail missing", action="mail:again:missing", mail=row.id)
        if (row.account, row.folder) != (self.account.name, self.account.folder):
            return None
        if row.filed_to is None:
            return mailbox.fetch(row.uid) if mailbox.select() == row.uid_validity else None
        found = self._filed(row, mailbox)
        return mailbox.fetch(found[0]) if found else None

    def _refile(self, row: Mail, mailbox: Mailbox) -> None:
        """Into the folder of its new outcome, where it was put into one before; a rule's mail stays where it is."""
        mine = (row.account, row.folder) == (self.account.name, self.account.folder)
        folder = self.intake.folder_of(row)
        if not mine or row.rule or row.filed_to in (None, folder):
            return
        found = self._filed(row, mailbox)
        try:
            mailbox.file(found, folder)
        except MailboxRefused as error:
            log.warning("mail not moved", action="mail:file:refused", mail=row.id, error=error.reason)
            return
        if found:
            self.ledger.filed([row], folder)

    def _filed(self, row: Mail, mailbox: Mailbox) -> list[int]:
        """Where the mail lies in the folder that it was put into, which is selected."""
        if row.filed_to is None or row.message_id is None:
            return []
        try:
            return mailbox.find_filed(row.filed_to, row.message_id)
        except FolderMissing:
            return []

    def _end(self, row: Mail, what: mail_ledger.What) -> None:
        now = self.office.clock.now()
        with self.office.database.write() as connection:
            mails.set_mail(connection, row.id, again_at=None, attempts=0)
            mail_ledger.add_event(connection, row, what=what, actor=ACTOR, at=now)
            audit.note(connection, f"gateway:mail:{what}", actor=ACTOR, at=now, mail=row.id, reason=row.reason)
        log.info("looked again", action=f"mail:again:{what}", mail=row.id, outcome=row.outcome)

    def _now(self, row: Mail) -> Mail:
        with self.office.database.read() as connection:
            found = mails.get(connection, row.id)
        assert found is not None
        return found
