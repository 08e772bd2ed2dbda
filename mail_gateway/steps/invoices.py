"""The step for everything else: the documents of a mail become cases."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from db import documents as kept_documents
from db import locked_documents
from mail_gateway.key_pair import KeyPair
from mail_gateway.ledger import ACTOR, Handled, Ledger, Verdict, holds_something_unread
from mail_gateway.message import documents
from mail_gateway.message.body_text import own_words
from mail_gateway.message.documents import Document, TooComplex
from mail_gateway.message.headers import Headers
from mail_gateway.message.reasons import MailReason
from mail_gateway.message.standing import Standing
from mail_gateway.steps.arrived import Arrived
from mail_gateway.steps.asked import author_of
from mail_gateway.steps.returning import may_answer, returned
from pulse.base.reasons import Reason
from pulse.claims.office import Office
from pulse.claims.put_right import Covering
from pulse.claims.receive import Received
from pulse.invoices.reading import is_xml


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
        between: Callable[[], object] = ...,
        beside: Sequence[bytes] = ...,
        covering: Covering | None = ...,
    ) -> Received: ...


@dataclass(frozen=True, kw_only=True)
class Invoices:
    """Hands a mail's documents to the claims; the last step, which takes every mail."""

    office: Office
    ledger: Ledger
    receive: Receive
    #: Larger mails are given back, in bytes.
    max_bytes: int
    #: Opens what is encrypted to the insurer.
    key: KeyPair | None = None
    #: Called between two documents: the lease must outlive a mail that holds many.
    keep_lease: Callable[[], object] = field(default=lambda: None)
    channel: Literal["mail", "folder"] = "mail"

    def wants(self, headers: Headers, standing: Standing) -> bool:
        return False

    def is_mine(self, mail: Arrived) -> bool:
        return True

    def take(self, mail: Arrived) -> Verdict:
        if mail.size > self.max_bytes:
            return returned(self.ledger, mail.standing, Reason.TOO_LARGE, worth_a_look=True)
        try:
            found = documents.find(mail.content, self.key)
        except TooComplex:
            return returned(self.ledger, mail.standing, MailReason.TOO_COMPLEX, worth_a_look=True)
        locked = tuple(self._keep(archive, mail.mail_id) for archive in found.locked)
        if locked and all(row.invoice_id is not None for row in locked):
            # Opened by a password since: the mail is looked at again.
            found = replace(found, refused=tuple(code for code in found.refused if code != MailReason.ZIP_LOCKED))
            if not found.documents and not found.refused:
                return Verdict(outcome="invoice", documents=locked)
        if not found.documents:
            reasons = found.refused or (MailReason.NO_DOCUMENT,)
            unread = any(holds_something_unread(reason) for reason in reasons)
            verdict = returned(self.ledger, mail.standing, *reasons, worth_a_look=unread)
            return replace(verdict, documents=locked)
        verdict = self.hand_in(
            found.documents,
            mail_id=mail.mail_id,
            who=mail.standing,
            refused=found.refused,
            covering=_covering(mail),
        )
        return replace(verdict, documents=(*verdict.documents, *locked))

    def hand_in(
        self,
        found: Sequence[Document],
        *,
        mail_id: int,
        who: Standing,
        refused: tuple[str, ...] = (),
        covering: Covering | None = None,
    ) -> Verdict:
        """What becomes of a mail with these documents; `mail_id` is the mail that brought them, `covering` what it says
        beside them."""
        handled: list[tuple[Document, Received]] = []
        of_others: dict[str, Received] = {}
        # An XML says nothing new where its PDF has led to a case.
        for document in sorted(found, key=lambda one: is_xml(one.data)):
            received = of_others.get(hashlib.sha256(document.data).hexdigest())
            if received is None:
                beside = [one.data for one in found if is_xml(one.data)] if not is_xml(document.data) else []
                received = self._received(document, mail_id, who, beside, covering)
                for case in (received, *received.others):
                    alone = replace(case, document_sha256=None, others=())
                    of_others |= dict.fromkeys(case.beside, alone)
            handled.append((document, received))
        return self._summary(who, handled, refused)

    def _keep(self, archive: Document, mail_id: int) -> Handled:
        """An archive whose password may come later."""
        digest = self.office.documents.put(archive.data)
        with self.office.database.write() as connection:
            kept_documents.note(connection, digest, archive.data, at=self.office.clock.now())
        return Handled(
            part=archive.part,
            sha256=digest,
            filename=archive.filename,
            invoice_id=self._opened_since(digest, mail_id),
            reason=MailReason.ZIP_LOCKED,
        )

    def _opened_since(self, digest: str, mail_id: int) -> int | None:
        with self.office.database.read() as connection:
            return locked_documents.case_of(connection, digest, mail_id=mail_id)

    def _received(
        self, document: Document, mail_id: int, who: Standing, beside: Sequence[bytes], covering: Covering | None
    ) -> Received:
        self.keep_lease()
        received = self.receive(
            self.office,
            document.data,
            channel=self.channel,
            actor=ACTOR,
            mail_id=mail_id,
            biller_mail=who.address,
            between=self.keep_lease,
            beside=beside,
            covering=covering,
        )
        if received.reason == Reason.ENCRYPTED:
            case = self._opened_since(hashlib.sha256(document.data).hexdigest(), mail_id)
            return received if case is None else replace(received, invoice_id=case, result="started")
        return received

    def _summary(
        self,
        who: Standing,
        handled: list[tuple[Document, Received]],
        refused: tuple[str, ...],
    ) -> Verdict:
        """One outcome for several documents: what nobody else would see is a person's, else an invoice counts most, and
        a letter beside it is no fault."""
        rows = tuple(row for document, received in handled for row in _rows(document, received))
        each = [one for _, received in handled for one in (received, *received.others)]
        settled = Verdict(outcome="invoice", documents=rows, question_id=_question_of(each))
        results = {received.result for received in each}
        unreadable = [received.reason for received in each if received.result == "returned"]
        if results == {"returned"}:
            verdict = returned(self.ledger, who, *unreadable, *refused, worth_a_look=True)
            return replace(settled, outcome=verdict.outcome, reasons=verdict.reasons)
        answered = {received.question_id for received in each if received.is_answer}
        idle = [one for one in each if one.is_set_aside and one.question_id not in answered]
        unread = [reason for reason in (*unreadable, *refused) if reason != Reason.NO_INVOICE_FOUND]
        if idle or (unread and not may_answer(self.ledger, who)):
            reasons = (*(one.reason for one in idle), *unread)
            return replace(settled, outcome="person", reasons=reasons)
        if results <= {"person", "returned"} and not unread:
            reasons = tuple(one.reason for one in each if one.result == "person" and one.reason)
            return replace(settled, outcome="person", reasons=reasons)
        return replace(settled, reasons=tuple(unread))


def _covering(mail: Arrived) -> Covering | None:
    """What a mail says beside its documents; None where its author is not known."""
    author = author_of(mail)
    return Covering(sender=author, words=own_words(mail.text), sent_at=mail.sent_at) if author else None


def _question_of(each: Sequence[Received]) -> str | None:
    """The question that a mail answers, or else the one that it has to do with."""
    about = sorted((one for one in each if one.question_id), key=lambda one: not one.is_answer)
    return about[0].question_id if about else None


#: Rows of a document's parts are numbered behind those of the mail's own parts.
_PARTS_OF_ONE = 1000


def _rows(document: Document, received: Received) -> Iterator[Handled]:
    """The document; where it holds several invoices, each of them behind it."""
    digest, several = hashlib.sha256(document.data).hexdigest(), received.document_sha256 is not None
    whole = Handled(part=document.part, sha256=digest, filename=document.filename, invoice_id=None, reason="")
    if not several:
        yield replace(whole, invoice_id=received.invoice_id, reason=received.reason)
        return
    yield whole
    for number, one in enumerate((received, *received.others)):
        assert one.document_sha256
        yield replace(
            whole,
            part=document.part * _PARTS_OF_ONE + number,
            sha256=one.document_sha256,
            invoice_id=one.invoice_id,
            reason=one.reason,
        )
