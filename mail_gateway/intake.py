"""What one mail is, and what becomes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Literal, Protocol

import structlog

from db.mails import Mail
from mail_gateway import bounces, documents
from mail_gateway import headers as header_lines
from mail_gateway.account import Account
from mail_gateway.documents import Document, TooComplex
from mail_gateway.headers import Headers
from mail_gateway.ledger import ACTOR, Handled, Ledger, Verdict, holds_something_unread
from mail_gateway.mailbox import Head
from mail_gateway.reasons import MailReason
from mail_gateway.standing import Standing, standing
from pulse.base.reasons import Reason
from pulse.claims.bounced import DeliveryReport, hear_report
from pulse.claims.office import Office
from pulse.claims.receive import Received

log = structlog.get_logger(__name__)


class Receive(Protocol):
    """The use case behind this entrance: `pulse.claims.receive.receive_document`."""

    def __call__(
        self,
        office: Office,
        data: bytes,
        *,
        channel: Literal["mail", "rest", "folder"],
        actor: str,
        mail_id: int | None = None,
        biller_mail: str | None = None,
    ) -> Received: ...


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A mail in the ledger; `head` is None where it is gone, and so is what `fetch` downloads."""

    row: Mail
    #: Which try this is.
    attempt: int
    head: Head | None
    fetch: Callable[[], bytes | None]


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Turns mails into cases, by way of the ledger."""

    office: Office
    account: Account
    ledger: Ledger
    receive: Receive
    #: Called between two documents: the lease must outlive a mail that holds many.
    keep_lease: Callable[[], object] = field(default=lambda: None)

    def take(self, incoming: Incoming) -> None:
        """Settles one mail in the ledger. What it raises leaves the mail open, for another try."""
        row = incoming.row
        if incoming.head is None:
            self.ledger.settle(row, Verdict(outcome="ignored", reasons=(MailReason.VANISHED,)))
            return
        head, end = header_lines.split(incoming.head.block, 0, len(incoming.head.block))
        who = self._standing(head)
        content = b"" if self._is_settled_by_headers(incoming.head, head, who) else incoming.fetch()
        if content is None:
            self.ledger.settle(row, Verdict(outcome="ignored", reasons=(MailReason.VANISHED,)))
            return
        if content:
            head, end = header_lines.split(content, 0, len(content))
            body = content[end:]
        else:
            body = str(incoming.head.size).encode()
        same = self.ledger.identify(row, head, body, who.address, attempts=incoming.attempt)
        if same is not None and _is_done(same):
            self.ledger.settle(row, Verdict(outcome="ignored", reasons=(MailReason.DUPLICATE,)), same=same)
            return
        mail_id = same.id if same else row.id
        verdict = self._report(content, mail_id) or self._verdict(
            max(incoming.head.size, len(content)), who, content, mail_id=mail_id
        )
        self.ledger.settle(row, verdict, same=same)
        log.info("mail settled", action=f"mail:{verdict.outcome}", mail=row.id, reason=verdict.reason)

    def give_up(self, row: Mail) -> None:
        """A mail that broke something at every try is set aside for a person."""
        self.ledger.settle(row, Verdict(outcome="failed", reasons=(MailReason.INTERNAL,)))
        log.error("mail given up", action="mail:failed", mail=row.id)

    def folder_of(self, row: Mail) -> str:
        """Where a settled mail is put."""
        if row.reason == MailReason.OWN_MAIL:
            return self.account.sent
        if row.outcome == "returned":
            return self.account.returned
        unread = row.outcome == "person" and holds_something_unread(row.reason)
        return self.account.failed if row.outcome == "failed" or unread else self.account.processed

    def _report(self, content: bytes, mail_id: int) -> Verdict | None:
        """What a report about a letter of ours comes to; None where the mail is none."""
        found = bounces.read_bounce(content, own_addresses=self._own_addresses()) if content else None
        if found is None:
            return None
        report = DeliveryReport(
            message_id=found.message_id, permanent=found.outcome == "failed", status=found.status, mail_id=mail_id
        )
        match hear_report(self.office, report):
            case "bounced":
                return Verdict(outcome="person", reasons=(MailReason.LETTER_BOUNCED,))
            case "delayed":
                return Verdict(outcome="ignored", reasons=(MailReason.LETTER_DELAYED,))
            case _:
                return Verdict(outcome="ignored", reasons=(MailReason.BOUNCE,))

    def _own_addresses(self) -> set[str]:
        policy = self.office.policy
        own = {policy.mail_from, policy.controllers_mail, policy.insurer.email or "", self.account.user}
        return {parseaddr(address)[1].lower() for address in (*own, policy.sent_address or "")} - {""}

    def _standing(self, head: Headers) -> Standing:
        domain = parseaddr(self.office.policy.mail_from)[1].rpartition("@")[2].lower()
        return standing(head, own_addresses=self._own_addresses(), own_domain=domain)

    def _is_settled_by_headers(self, known: Head, head: Headers, who: Standing) -> bool:
        """Too large, our own words, or a single text: nothing to download, but for what may be a report."""
        if known.size > self.account.max_bytes:
            return True
        if bounces.may_report(head):
            return False
        return who.brings_nothing or (head.content_type.startswith("text/") and not head.filename)

    def _verdict(self, size: int, who: Standing, content: bytes, *, mail_id: int) -> Verdict:
        if who.brings_nothing:
            assert who.silence is not None
            return Verdict(outcome="ignored", reasons=(who.silence,))
        if size > self.account.max_bytes:
            return self._returned(who, Reason.TOO_LARGE, worth_a_look=True)
        try:
            found = documents.find(content)
        except TooComplex:
            return self._returned(who, MailReason.TOO_COMPLEX, worth_a_look=True)
        if not found.documents:
            reasons = found.refused or (MailReason.NO_DOCUMENT,)
            return self._returned(who, *reasons, worth_a_look=bool(found.refused))
        handled = [(document, self._hand_in(document, who, mail_id)) for document in found.documents]
        return self._summary(who, handled, found.refused)

    def _hand_in(self, document: Document, who: Standing, mail_id: int) -> Received:
        self.keep_lease()
        return self.receive(
            self.office, document.data, channel="mail", actor=ACTOR, mail_id=mail_id, biller_mail=who.address
        )

    def _summary(
        self,
        who: Standing,
        handled: list[tuple[Document, Received]],
        refused: tuple[Reason, ...],
    ) -> Verdict:
        """One outcome for several documents: an invoice counts most, and a letter beside it is no fault."""
        rows = tuple(
            Handled(
                part=document.part,
                sha256=hashlib.sha256(document.data).hexdigest(),
                filename=document.filename,
                invoice_id=received.invoice_id,
                reason=received.reason,
            )
            for document, received in handled
        )
        results = {received.result for _, received in handled}
        returned = [received.reason for _, received in handled if received.result == "returned"]
        if results == {"returned"}:
            verdict = self._returned(who, *returned, *refused, worth_a_look=True)
            return Verdict(outcome=verdict.outcome, reasons=verdict.reasons, documents=rows)
        unread = [reason for reason in (*returned, *refused) if reason != Reason.NO_INVOICE_FOUND]
        if unread and not self._may_answer(who):
            return Verdict(outcome="person", reasons=tuple(unread), documents=rows)
        if results <= {"person", "returned"} and not unread:
            reasons = [received.reason for _, received in handled if received.result == "person"]
            return Verdict(outcome="person", reasons=tuple(filter(None, reasons)), documents=rows)
        return Verdict(outcome="invoice", reasons=tuple(unread), documents=rows)

    def _returned(self, who: Standing, *reasons: str, worth_a_look: bool) -> Verdict:
        """Back to the sender; where nobody may be answered, a person looks at what may have been an invoice, and what
        was none is left alone."""
        if self._may_answer(who):
            return Verdict(outcome="returned", reasons=reasons)
        if worth_a_look:
            return Verdict(outcome="person", reasons=reasons)
        return Verdict(outcome="ignored", reasons=(who.silence or MailReason.ANSWER_LIMIT,))

    def _may_answer(self, who: Standing) -> bool:
        return who.silence is None and who.address is not None and self.ledger.may_be_answered(who.address)


def _is_done(row: Mail) -> bool:
    """Whether the mail of this row needs nothing any more, wherever it turns up again."""
    return row.outcome not in ("pending", "failed") and row.reason != MailReason.VANISHED
