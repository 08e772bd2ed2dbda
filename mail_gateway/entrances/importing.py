"""Mails from files as an entrance: each takes the way of a mail in a mailbox, and is entered in the same ledger.

A mail is known by its content. Importing it again, or finding it in a mailbox later, does nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from db.mails import Mail
from mail_gateway.connection.account import SideEntrance
from mail_gateway.connection.mailbox import HEADER_BYTES, Head
from mail_gateway.entrances.mail_files import MailFile
from mail_gateway.intake import Incoming, Intake
from mail_gateway.ledger import Ledger
from mail_gateway.message import headers as header_lines
from mail_gateway.outgoing import forwards
from mail_gateway.outgoing.answers import Answers, is_due
from mail_gateway.steps.invoices import Receive
from mail_gateway.steps.order import steps
from pulse.base.errors import Unavailable
from pulse.claims.office import Office
from pulse.claims.receive import receive_document

log = structlog.get_logger(__name__)

ACCOUNT = "import"
#: The time of a mailbox's rate is of no use here: a person brings the mails.
_ANY_NUMBER = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of a mail; `known` where an earlier import had settled it."""

    row: Mail
    known: bool
    answered: bool


class Importer:
    """Takes mails one by one."""

    def __init__(
        self,
        office: Office,
        *,
        answer: bool = False,
        max_bytes: int = 25 * 1024 * 1024,
        trusted_authserv: tuple[str, ...] = (),
        receive: Receive = receive_document,
    ) -> None:
        """Senders hear nothing unless `answer` is set: what lies in an archive is old."""
        self._answer = answer
        self._entrance = SideEntrance(
            called=ACCOUNT,
            folder=ACCOUNT,
            max_bytes=max_bytes,
            trusted_authserv=trusted_authserv,
            mails_per_hour=_ANY_NUMBER,
        )
        self._ledger = Ledger(office, self._entrance)
        self._answers = Answers(office, self._entrance)
        met = steps(office, self._entrance, self._ledger, receive=receive, called=ACCOUNT)
        self._intake = Intake(office=office, account=self._entrance, ledger=self._ledger, steps=met)

    def take(self, mail: MailFile) -> Imported:
        """Settles one mail, which may be anything. Raises `Unavailable` where a server of ours is away."""
        assert mail.content is not None
        validity, uid = mail.place
        (row,) = self._ledger.see(validity, {uid: mail.size})
        known = row.outcome not in ("pending", "failed")
        if not known:
            row = self._settled(mail, mail.content, row)
        # What a rule sends on stays in our own house.
        may_leave = self._answer or forwards.is_due(row)
        answered = may_leave and is_due(row) and self._told(row, mail.content)
        if not answered and not known and is_due(row):
            row = self._ledger.hand_to_person(row)
        self._ledger.filed([row], self._intake.folder_of(row))
        return Imported(row=row, known=known, answered=answered)

    def _settled(self, mail: MailFile, content: bytes, row: Mail) -> Mail:
        head = Head(size=mail.size, block=content[:HEADER_BYTES])
        try:
            self._intake.take(Incoming(row=row, attempt=row.attempts + 1, head=head, fetch=lambda: content))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  one hostile mail must not stop the next one
            log.warning("mail failed", action="mail:import:failed", mail=row.id, error=type(error).__name__)
            self._intake.give_up(row)
        (settled,) = self._ledger.settled(row.uid_validity, [row.uid])
        return settled

    def _told(self, row: Mail, content: bytes) -> bool:
        head, _ = header_lines.split(content, 0, min(len(content), HEADER_BYTES))
        return self._answers.answer(row, head) == "sent"
