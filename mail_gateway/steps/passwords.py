"""The step for passwords: replies to our question for the password of a file that we have."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from db import audit, locked_documents, mails
from db import documents as kept_documents
from db.mails import Mail, MailDocument
from mail_gateway.ledger import ACTOR, Handled, Verdict
from mail_gateway.message import documents
from mail_gateway.message.body_text import own_words
from mail_gateway.message.documents import Document, TooComplex
from mail_gateway.message.headers import Headers
from mail_gateway.message.reasons import LOCKED, MailReason
from mail_gateway.message.standing import Standing
from mail_gateway.steps.arrived import Arrived, Later, NotKept
from mail_gateway.steps.asked import author_of
from mail_gateway.steps.invoices import Invoices
from mail_gateway.steps.password_words import candidates
from mail_gateway.steps.returning import returned
from pulse.base.errors import Unavailable
from pulse.base.reasons import Reason
from pulse.claims.office import Office
from pulse.claims.put_right import Covering
from pulse.invoices.reading import unlocked as without_password

_OUR_ANSWER = re.compile(r"<answer\.(\d{1,18})@([^<>\s@]{1,190})>")
#: How often the password of a file is asked for; then a person has it.
MAX_ROUNDS = 3
_MOST_QUOTED = 20
#: Codes of a file when it came.
_AS_IT_CAME = (Reason.ENCRYPTED.value, MailReason.ZIP_LOCKED.value)


@dataclass(frozen=True, kw_only=True)
class Passwords:
    """Opens the kept file with what the sender wrote. Neither the reply's words nor its source are kept: only the open
    copy of the file is, beside the locked one."""

    office: Office
    invoices: Invoices
    #: A PDF without its password, by one of these.
    unlock: Callable[[bytes, Sequence[str]], bytes | None] = without_password

    def wants(self, headers: Headers, standing: Standing) -> bool:
        return standing.silence is None and bool(self._quoted(headers))

    def is_mine(self, mail: Arrived) -> bool:
        return bool(self._locked(mail))

    def take(self, mail: Arrived) -> Verdict | None:
        locked, sender = self._locked(mail), mail.standing.address
        if not locked or sender is None:
            return None
        try:
            words = candidates(own_words(mail.text))
            opened = [(one, self._open(one, words)) for one in locked]
            return replace(self._verdict(mail, sender, opened), keeps=False)
        except (Unavailable, Later):
            raise
        except Exception as error:
            raise NotKept from error

    def _locked(self, mail: Arrived) -> list[MailDocument]:
        """The files whose password the mail may bring."""
        sender = mail.standing.address
        if mail.standing.silence is not None or sender is None or not mail.content:
            return []
        locked = self._asked_about(mail, sender)
        return [] if locked and self._brings_more(mail, locked) else locked

    def _asked_about(self, mail: Arrived, sender: str) -> list[MailDocument]:
        """The locked files of the mail that our quoted answer was about, as they came first."""
        with self.office.database.read() as connection:
            for quoted in self._quoted(mail.headers):
                asked = mails.get(connection, quoted)
                if asked is None or asked.sender != sender or quoted == mail.mail_id:
                    continue
                found = [
                    locked_documents.first_sight(connection, row.sha256, sender=sender, reasons=_AS_IT_CAME)
                    for row in mails.documents_of(connection, quoted)
                    if row.reason in LOCKED
                ]
                if locked := [one for one in found if one is not None]:
                    return locked
        return []

    def _brings_more(self, mail: Arrived, locked: list[MailDocument]) -> bool:
        """Whether there is a document in the mail beside those that it is about: it speaks for itself."""
        known = {one.sha256 for one in locked}
        try:
            found = documents.find(mail.content, self.invoices.key).documents
        except TooComplex:
            return True
        return any(hashlib.sha256(one.data).hexdigest() not in known for one in found)

    def _open(self, locked: MailDocument, words: Sequence[str]) -> tuple[Document, ...] | None:
        """The documents in a locked file, kept as parts of it; None where no word opens it."""
        self.invoices.keep_lease()
        data = self.office.documents.get(locked.sha256)
        if locked.reason == MailReason.ZIP_LOCKED:
            try:
                found = documents.unlocked(data, words)
            except TooComplex:
                return None
        else:
            plain = self.unlock(data, words)
            found = None if plain is None else (Document(part=1, filename=locked.filename, data=plain),)
        for one in found or ():
            digest = self.office.documents.put(one.data)
            with self.office.database.write() as connection:
                now = self.office.clock.now()
                kept_documents.note(connection, digest, one.data, at=now, part_of=locked.sha256)
        return found

    def _verdict(
        self, mail: Arrived, sender: str, opened: list[tuple[MailDocument, tuple[Document, ...] | None]]
    ) -> Verdict:
        rows: list[Handled] = []
        verdicts: list[Verdict] = []
        for locked, found in opened:
            if found is None:
                continue
            if not found:
                verdicts.append(returned(self.invoices.ledger, mail.standing, MailReason.ZIP_EMPTY, worth_a_look=True))
                continue
            covering = self._covering(locked, mail)
            verdict = self.invoices.hand_in(found, mail_id=locked.mail_id, who=mail.standing, covering=covering)
            self._tell_first_mail(locked, verdict)
            verdicts.append(verdict)
            rows += verdict.documents
        closed = [locked for locked, found in opened if found is None]
        reasons = [reason for verdict in verdicts for reason in verdict.reasons]
        if closed:
            rows += [replace(_row(locked), reason=MailReason.PASSWORD_WRONG) for locked in closed]
            reasons.append(MailReason.PASSWORD_WRONG)
            verdicts.append(self._asked_again(mail, sender, closed))
        question_id = next((verdict.question_id for verdict in verdicts if verdict.question_id), None)
        outcomes = [verdict.outcome for verdict in verdicts]
        outcome = next(one for one in ("person", "invoice", "returned", "ignored") if one in outcomes)
        numbered = (replace(row, part=part) for part, row in enumerate(rows, start=1))
        return Verdict(outcome=outcome, reasons=tuple(reasons), documents=tuple(numbered), question_id=question_id)

    def _covering(self, locked: MailDocument, reply: Arrived) -> Covering | None:
        """What the mail that brought the file said beside it; its reply holds the password."""
        with self.office.database.read() as connection:
            first = mails.get(connection, locked.mail_id)
        author = author_of(reply)
        if first is None or first.authenticity == "fail" or author is None:
            return None
        sent_at = first.received_at or first.seen_at
        return Covering(sender=author, words=own_words(first.text), sent_at=sent_at)

    def _asked_again(self, mail: Arrived, sender: str, closed: list[MailDocument]) -> Verdict:
        with self.office.database.read() as connection:
            asked = 1 + max(
                locked_documents.replies(
                    connection, one.sha256, sender=sender, reason=MailReason.PASSWORD_WRONG, other_than=mail.mail_id
                )
                for one in closed
            )
        if asked >= MAX_ROUNDS:
            return Verdict(outcome="person", reasons=(MailReason.PASSWORD_WRONG,))
        return returned(self.invoices.ledger, mail.standing, MailReason.PASSWORD_WRONG, worth_a_look=True)

    def _tell_first_mail(self, locked: MailDocument, verdict: Verdict) -> None:
        """The mail that brought the file was returned for it; now the file has led to a case."""
        case = next((row.invoice_id for row in verdict.documents if row.invoice_id is not None), None)
        now = self.office.clock.now()
        with self.office.database.write() as connection:
            first = mails.get(connection, locked.mail_id)
            if case is None or first is None:
                return
            mails.add_document(connection, mail_id=locked.mail_id, **vars(replace(_row(locked), invoice_id=case)))
            about = {"question_id": verdict.question_id} if verdict.question_id else {}
            mails.set_mail(connection, first.id, outcome="invoice", reason=_without_locks(first), **about)
            audit.note(connection, "gateway:mail:unlocked", actor=ACTOR, at=now, invoice_id=case, mail=first.id)

    def _quoted(self, headers: Headers) -> list[int]:
        """The mails that our answers named here were about, the last one first."""
        domain = self.office.policy.mail_domain
        named = [headers.get("in-reply-to"), *reversed(headers.references[-_MOST_QUOTED:])]
        found = [int(number) for number, at in _OUR_ANSWER.findall(" ".join(named)) if at.lower() == domain]
        return list(dict.fromkeys(found))


def _row(locked: MailDocument) -> Handled:
    return Handled(
        part=locked.part, sha256=locked.sha256, filename=locked.filename, invoice_id=None, reason=locked.reason
    )


def _without_locks(mail: Mail) -> str:
    return " ".join(code for code in mail.reason.split() if code not in _AS_IT_CAME)
