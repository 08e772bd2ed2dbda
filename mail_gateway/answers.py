"""Answers to senders: once for each mail, through the effects ledger."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Literal

import structlog

from db import audit, effects, mails, providers
from db.effects import Effect, State
from db.mails import Mail
from mail_gateway import answer_text
from mail_gateway.account import Entrance
from mail_gateway.headers import Headers
from mail_gateway.ledger import ACTOR
from mail_gateway.reasons import MailReason
from pulse.base.clock import swiss_date
from pulse.claims.office import Office
from pulse.claims.ports import DeliveryUnknown, MailRefused, MailUnavailable, OutgoingMail

log = structlog.get_logger(__name__)

#: Reasons that a sender can do something about.
_ANSWERABLE = {MailReason.NO_DOCUMENT.value, MailReason.TOO_COMPLEX.value}
_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(hours=1)
#: After this long an answer says nothing any more.
_STALE = timedelta(days=1)
_MAX_REFERENCES = 20

#: What became of an answer; an undelivered one is not tried again.
Answered = Literal["sent", "waits", "undelivered"]


def is_due(mail: Mail) -> bool:
    """Whether the sender should hear about this mail: all of it, or a document of it, was returned."""
    return not mail.answered and mail.outcome in ("returned", "invoice") and bool(_told(mail))


def _told(mail: Mail) -> list[str]:
    return [code for code in mail.reason.split() if code in _ANSWERABLE or code.startswith("P1")]


class Answers:
    """Sends them."""

    def __init__(self, office: Office, account: Entrance) -> None:
        self._office = office
        self._account = account

    def answer(self, mail: Mail, headers: Headers) -> Answered:
        """Sends the answer that is due, or finds out that it has been sent.

        An answer that cannot leave now is tried again at later polls, ever more rarely, for a day. One that may have
        left is looked for in the Sent mailbox and never sent again.
        """
        key = f"answer:mail-{mail.same_as or mail.id}"
        now = self._office.clock.now()
        with self._office.database.read() as connection:
            before = effects.get(connection, key)
        if before is not None and before.state != "refused":
            return self._look_up(mail, before)
        if before is not None and before.settled_at is not None and now < before.settled_at + _wait(before.attempts):
            return "waits"
        if mail.sender is None or (mail.settled_at is not None and now - mail.settled_at > _STALE):
            return "undelivered"
        return self._send(key, mail, mail.sender, headers)

    def _send(self, key: str, mail: Mail, recipient: str, headers: Headers) -> Answered:
        outgoing = self._compose(mail, recipient, headers)
        now = self._office.clock.now()
        with self._office.database.write() as connection:
            claimed = effects.claim(
                connection, key, message_id=outgoing.message_id, claimed_by=self._office.holder, at=now, mail_id=mail.id
            )
        if not claimed:
            return "waits"
        try:
            receipt = self._office.mail_out.send(outgoing)
        except MailUnavailable as error:
            self._settle(key, mail, "refused", {"error": error.reason})
            log.warning("answer waits", action="mail:answer:waits", mail=mail.id, reason=error.reason)
            return "waits"
        except MailRefused as error:
            self._settle(key, mail, "refused", {"error": error.reason, **error.details})
            log.warning("answer refused", action="mail:answer:refused", mail=mail.id, reason=error.reason)
            return "undelivered"
        except DeliveryUnknown as error:
            # Looked for at the next poll, when the copy has had its time to arrive.
            self._settle(key, mail, "unknown", {"error": error.reason})
            return "waits"
        self._settle(key, mail, "sent", asdict(receipt) | {"at": receipt.at.isoformat()})
        log.info("answered", action="mail:answered", mail=mail.id, reason=mail.reason)
        return "sent"

    def _look_up(self, mail: Mail, before: Effect) -> Answered:
        """Sent already, or claimed by somebody who died: the Sent mailbox knows, and nobody sends twice."""
        if before.state in ("sent", "by_post"):
            with self._office.database.write() as connection:
                mails.set_mail(connection, mail.id, answered=True)
            return "sent"
        try:
            found = self._office.sent.holds(before.message_id)
        except MailUnavailable:
            return "waits"
        self._settle(before.key, mail, "sent" if found else "unknown", {"found_in_sent": found})
        return "sent" if found else "undelivered"

    def _settle(self, key: str, mail: Mail, state: State, receipt: dict[str, object]) -> None:
        now = self._office.clock.now()
        with self._office.database.write() as connection:
            effects.settle(connection, key, state, at=now, receipt=receipt)
            mails.set_mail(connection, mail.id, answered=state == "sent")
            audit.note(connection, f"gateway:answer:{state}", actor=ACTOR, at=now, mail=mail.id, reason=mail.reason)

    def _compose(self, mail: Mail, recipient: str, headers: Headers) -> OutgoingMail:
        office = self._office
        with office.database.read() as connection:
            provider = providers.by_mail(connection, recipient, on=swiss_date(office.clock.now()))
        thread = {}
        if headers.message_id:
            references = [*headers.references[-_MAX_REFERENCES:], headers.message_id]
            thread = {"In-Reply-To": headers.message_id, "References": " ".join(dict.fromkeys(references))}
        return OutgoingMail(
            message_id=f"<answer.{mail.same_as or mail.id}@{office.policy.mail_from.rpartition('@')[2].strip('> ')}>",
            to=recipient,
            # A sender that is proven false gets back nothing of what the mail says.
            subject=answer_text.subject("" if mail.authenticity == "fail" else headers.get("subject")),
            text=answer_text.body(
                _told(mail),
                language=provider.language if provider else None,
                insurer=office.policy.insurer.name,
                max_bytes=self._account.max_bytes,
            ),
            headers={"Auto-Submitted": "auto-replied", **thread},
            envelope_from="",
        )


def _wait(attempts: int) -> timedelta:
    return min(_FIRST_WAIT * (1 << min(attempts - 1, 10)), _LONGEST_WAIT)
