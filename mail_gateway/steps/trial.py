"""The step for the trial address: who mails a sample to `…+test@…` gets back how we read it, and nothing is kept.

Beside the ledger's row there is no document, no case, no text and no copy of the mail.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from db import mails
from db.effects import State
from mail_gateway.key_pair import KeyPair
from mail_gateway.ledger import Ledger, Verdict
from mail_gateway.message import documents
from mail_gateway.message.documents import TooComplex
from mail_gateway.message.headers import Headers
from mail_gateway.message.reasons import MailReason
from mail_gateway.message.standing import Standing
from mail_gateway.outgoing.reply import language_of, reply
from mail_gateway.outgoing.sending import Leaving, send_once
from mail_gateway.steps import trial_text
from mail_gateway.steps.arrived import Arrived, Later, NotKept
from mail_gateway.steps.returning import may_answer
from mail_gateway.steps.trial_text import Tried
from pulse.base.errors import Unavailable
from pulse.base.reasons import Reason
from pulse.claims.office import Office
from pulse.claims.ports import OutgoingMail
from pulse.claims.receive import examined
from pulse.claims.storable import storable

_TO = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
_ADDRESS = re.compile(r"[^\s<>(),;:\"@]{1,64}@[A-Za-z0-9.-]{1,190}")
_TAG = "+test"
#: A sample holds one invoice or a few.
_MAX_DOCUMENTS = 5
#: After this long nobody waits for the answer any more.
_STALE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Reads, tells, forgets."""

    office: Office
    ledger: Ledger
    own_addresses: Collection[str]
    #: Larger mails are not read, in bytes.
    max_bytes: int
    key: KeyPair | None = None

    def wants(self, headers: Headers, standing: Standing) -> bool:
        return self._is_trial(headers) and not standing.brings_nothing

    def is_mine(self, mail: Arrived) -> bool:
        return self._is_trial(mail.headers)

    def take(self, mail: Arrived) -> Verdict | None:
        if not self._is_trial(mail.headers):
            return None
        try:
            return self._tell(mail)
        except (Unavailable, Later):
            raise
        except Exception as error:
            # What breaks something is set aside as any other mail, but for its content.
            raise NotKept from error

    def _tell(self, mail: Arrived) -> Verdict:
        if not may_answer(self.ledger, mail.standing):
            reason = mail.standing.silence or MailReason.ANSWER_LIMIT
            return Verdict(outcome="ignored", reasons=(MailReason.TRIAL, reason), keeps=False)
        with self.office.database.read() as connection:
            row = mails.get(connection, mail.mail_id)
        assert row is not None
        leaving = Leaving(
            key=f"answer:mail-{mail.mail_id}",
            what="answer",
            mail=row,
            compose=lambda: self._answer(mail),
            settled=partial(_note, row.id),
        )
        told = send_once(self.office, leaving)
        if told == "waits" and self.office.clock.now() - row.seen_at < _STALE:
            # Nothing of it is kept, so it is read again when the answer can leave.
            raise Later
        return Verdict(outcome="returned" if told == "sent" else "ignored", reasons=(MailReason.TRIAL,), keeps=False)

    def _is_trial(self, headers: Headers) -> bool:
        tagged = _tagged(self.own_addresses)
        named = (address for name in _TO for value in headers.all(name) for address in _ADDRESS.findall(value))
        return any(address.lower() in tagged for address in named)

    def _answer(self, mail: Arrived) -> OutgoingMail:
        office, recipient = self.office, mail.standing.address
        assert recipient is not None
        authentic = mail.authenticity == "pass"
        text = trial_text.body(
            self._tried(mail),
            language=language_of(office, recipient),
            insurer=office.policy.insurer.name,
            personal=authentic,
        )
        return reply(office, recipient, mail.headers, number=mail.mail_id, text=text, quotes=authentic, keep_copy=False)

    def _tried(self, mail: Arrived) -> list[Tried]:
        if mail.size > self.max_bytes:
            return [Tried(filename="–", problem=Reason.TOO_LARGE)]
        try:
            found = documents.find(mail.content, self.key)
        except TooComplex:
            return []
        read = [self._read(document.filename or "–", document.data) for document in found.documents[:_MAX_DOCUMENTS]]
        return [one for tried in read for one in tried]

    def _read(self, filename: str, data: bytes, *, is_part: bool = False) -> list[Tried]:
        reading = self.office.reader.read(data, is_part=is_part)
        if reading.parts:
            parts = reading.parts[:_MAX_DOCUMENTS]
            return [one for part in parts for one in self._read(f"{filename}, {part.place}", part.data, is_part=True)]
        if reading.invoice is None:
            problem = reading.problem.reason if reading.problem else Reason.NO_INVOICE_FOUND
            return [Tried(filename=filename, problem=problem)]
        invoice, state = examined(self.office, storable(reading.invoice))
        return [Tried(filename=filename, invoice=invoice, state=state)]


def _note(mail_id: int, connection: Connection, state: State) -> None:
    mails.set_mail(connection, mail_id, answered=state == "sent")


def _tagged(own_addresses: Collection[str]) -> set[str]:
    """The trial addresses; a login that is no address counts in each domain of ours."""
    split = [address.rpartition("@") for address in own_addresses]
    domains = {domain for local, _, domain in split if local}
    return {
        f"{local or domain}{_TAG}@{place}" for local, _, domain in split for place in ({domain} if local else domains)
    }
