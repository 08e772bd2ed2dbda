"""What one mail is, and what becomes of it: the steps of the intake, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from db.mails import Mail
from mail_gateway.afterwards import Afterwards, needs_a_look
from mail_gateway.connection.account import Entrance
from mail_gateway.connection.mailbox import Head
from mail_gateway.keeping import keep
from mail_gateway.ledger import Kept, Ledger, Verdict
from mail_gateway.message import headers as header_lines
from mail_gateway.message.authenticity import authenticity
from mail_gateway.message.headers import Headers
from mail_gateway.message.reasons import MailReason
from mail_gateway.message.standing import Standing, standing
from mail_gateway.steps.arrived import Arrived, Later, NotKept, Step
from pulse.base.errors import Unavailable
from pulse.claims.office import Office

log = structlog.get_logger(__name__)


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
    """Leads mails through the steps, by way of the ledger."""

    office: Office
    account: Entrance
    ledger: Ledger
    #: In this order; the last one takes every mail.
    steps: Sequence[Step]
    #: What rules say of mails that are done.
    afterwards: Afterwards | None = None

    def take(self, incoming: Incoming) -> None:
        """Settles one mail in the ledger. What it raises leaves the mail open, for another try."""
        row = incoming.row
        if incoming.head is None:
            self.ledger.settle(row, Verdict(outcome="ignored", reasons=(MailReason.VANISHED,)))
            return
        head = incoming.head.headers
        who = self._standing(head)
        if not self.has_its_turn(who.address):
            self.ledger.put_off(row, who.address or "")
            raise Later
        content = b"" if self._is_settled_by_headers(incoming.head, who) else incoming.fetch()
        if content is None:
            self.ledger.settle(row, Verdict(outcome="ignored", reasons=(MailReason.VANISHED,)))
            return
        if content:
            head, end = header_lines.split(content, 0, len(content))
            body = content[end:]
        else:
            body = str(incoming.head.size).encode()
        authentic = authenticity(head, self.account.trusted_authserv)
        same = self.ledger.identify(row, head, body, who.address, attempts=incoming.attempt, authenticity=authentic)
        if same is not None and _is_done(same):
            self.ledger.settle(row, Verdict(outcome="ignored", reasons=(MailReason.DUPLICATE,)), same=same)
            return
        self._lead(
            row,
            Arrived(
                mail_id=same.id if same else row.id,
                folder=row.folder,
                headers=head,
                standing=who,
                size=max(incoming.head.size, len(content)),
                content=content,
                received_at=incoming.head.received_at or row.seen_at,
                authenticity=authentic,
            ),
            same,
        )

    def again(self, row: Mail, content: bytes) -> Headers:
        """Settles a mail anew, from its whole source; the same documents lead to the same cases. Its headers."""
        head, _ = header_lines.split(content, 0, len(content))
        mail = Arrived(
            mail_id=row.id,
            folder=row.folder,
            headers=head,
            standing=self._standing(head),
            size=len(content),
            content=content,
            received_at=row.received_at or row.seen_at,
            authenticity=row.authenticity,
        )
        self._lead(row, mail, None)
        return head

    def give_up(self, row: Mail) -> None:
        """A mail that broke something at every try is set aside for a person."""
        self.ledger.settle(row, Verdict(outcome="failed", reasons=(MailReason.INTERNAL,)))
        log.error("mail given up", action="mail:failed", mail=row.id)

    def needs_content(self, known: Head) -> bool:
        """Whether a mail with this head has to be downloaded."""
        return not self._is_settled_by_headers(known, self._standing(known.headers))

    def has_its_turn(self, sender: str | None) -> bool:
        """Whether a mail of this sender may be taken now: who sends many does not hold up the others."""
        return sender is None or self.ledger.has_its_turn(sender)

    def folder_of(self, row: Mail) -> str:
        """Where a settled mail is put: a folder, the one that it lies in, or nowhere any more (`DELETED`)."""
        return self.afterwards.folder(row, self._usual(row)) if self.afterwards else self._usual(row)

    def _usual(self, row: Mail) -> str:
        if row.reason == MailReason.OWN_MAIL:
            return self.account.sent
        if row.outcome == "returned":
            return self.account.returned
        return self.account.failed if needs_a_look(row) else self.account.processed

    def _lead(self, row: Mail, mail: Arrived, same: Mail | None) -> None:
        """The way through the steps. What of the mail is to be kept is safe before its outcome is on record."""
        try:
            verdict = self._verdict(mail)
        except (Unavailable, Later, NotKept):
            raise
        except Exception:
            self.ledger.keep(row, keep(self.office.documents, mail))
            raise
        if self.ledger.repeats_a_message_id(row):
            verdict = replace(verdict, reasons=(*verdict.reasons, MailReason.SAME_MESSAGE_ID))
        kept = keep(self.office.documents, mail) if verdict.keeps else Kept(received_at=mail.received_at)
        self.ledger.settle(row, verdict, same=same, kept=kept)
        log.info("mail settled", action=f"mail:{verdict.outcome}", mail=row.id, reason=verdict.reason)

    def _verdict(self, mail: Arrived) -> Verdict:
        for step in self.steps:
            verdict = step.take(mail)
            if verdict is not None:
                return verdict
        msg = "the last step takes every mail"
        raise AssertionError(msg)

    def _standing(self, head: Headers) -> Standing:
        return standing(head, self.office.policy, self.account.own_address)

    def _is_settled_by_headers(self, known: Head, who: Standing) -> bool:
        """Too large, our own words, or nothing but texts: nothing to download, unless a step wants to read it."""
        if known.size > self.account.max_bytes:
            return True
        if any(step.wants(known.headers, who) for step in self.steps):
            return False
        is_text = known.headers.content_type.startswith("text/") and not known.headers.filename
        return who.brings_nothing or is_text or known.texts_only


def _is_done(row: Mail) -> bool:
    """Whether the mail of this row needs nothing any more, wherever it turns up again."""
    return row.outcome not in ("pending", "failed") and row.reason != MailReason.VANISHED
