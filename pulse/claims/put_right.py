"""Put right: the corrected invoice that was asked for, whether it replies to our question or comes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from db import audit, invoices, links, outbox, questions, readings
from db.invoices import Case
from db.questions import Question
from pulse.base.identifiers import compact
from pulse.claims.kinship import findings_about, put_links, reading_of, verdict_on
from pulse.claims.revisions import changes_between
from pulse.claims.rules.duplicates import Verdict, takes_back
from pulse.claims.settle import registered_provider
from pulse.claims.steps import case_of
from pulse.invoices.model import Invoice

MOST_CHARACTERS = 20_000
#: Why a mail is a person's to read that brings what was asked about: another answer was first, nobody waits for one any
#: more, or the invoice is the one that we have.
ANSWERED, CLOSED, UNCHANGED = "question_answered", "question_closed", "question_unchanged"
#: Domains whose addresses belong to many: only the whole address tells a provider.
# fmt: off
_SHARED_DOMAINS = frozenset({
    "bluemail.ch", "bluewin.ch", "gmail.com", "gmx.ch", "gmx.de", "gmx.net", "googlemail.com", "hin.ch",
    "hispeed.ch", "hotmail.ch", "hotmail.com", "icloud.com", "live.com", "me.com", "msn.com", "outlook.ch",
    "outlook.com", "proton.me", "protonmail.ch", "protonmail.com", "quickline.ch", "sunrise.ch", "swissonline.ch",
    "vtxmail.ch", "windowslive.com", "yahoo.com", "yahoo.de", "yahoo.fr", "ymail.com",
})
# fmt: on


@dataclass(frozen=True, kw_only=True)
class Covering:
    """The mail around a document: its author's address, where nothing speaks against it, what they say beside the
    document, and when they sent it."""

    sender: str
    words: str
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The question that an invoice has to do with.

    `answers`: it is what was asked for; `belongs`: its mail is the answer already; `set_aside`: it comes too late or
    says nothing new (`reason`), and a person reads the mail.
    """

    question: Question
    how: Literal["answers", "belongs", "set_aside"]
    reason: str = ""


def comes_from_the_asked(connection: Connection, invoice_id: int, sender: str | None) -> bool:
    """Whether this address is one that the case's provider answers from: the one that is registered, or another of the
    same domain where the domain is their own."""
    provider = registered_provider(connection, case_of(connection, invoice_id))
    known = (provider.email or "").lower() if provider else ""
    if not sender or not known:
        return False
    domain = known.rpartition("@")[2]
    return sender == known or (domain not in _SHARED_DOMAINS and sender.rpartition("@")[2] == domain)


def is_of(ours: Invoice, theirs: Invoice) -> bool:
    """Whether a biller's new document is the invoice that we have, put right: it carries its guid or its number, or
    says that it takes its place. A storno or a reminder of it is none."""
    return names(ours, theirs) and theirs.request_type == "invoice" and not (takes_back(ours) or takes_back(theirs))


def names(ours: Invoice, theirs: Invoice) -> bool:
    """Whether a document carries or names the guid or number of an invoice of the same biller."""
    if ours.guid and ours.guid in (theirs.guid, theirs.refers_to):
        return True
    numbers = {theirs.invoice_number, theirs.refers_to} - {None}
    return ours.invoice_number in numbers and bool(_billers(ours) & _billers(theirs))


def is_known(connection: Connection, case: Case, invoice: Invoice, digest: str) -> bool:
    """Whether a document says what this case has read before: the same bytes, or no other value than one of its
    readings."""
    if digest in (case.document_sha256, case.content.source.sha256):
        return True
    says = invoice.to_json()
    return any(not changes_between(one.content, says) for one in readings.of_invoice(connection, case.id))


def asked_about(
    connection: Connection, content: Invoice, digest: str, verdict: Verdict, covering: Covering, *, mail_id: int
) -> Asked | None:
    """The question that an invoice in a mail without our mark has to do with; None where it goes the way of any other.

    That is so unless whoever was asked sent it after we asked, about one case alone that nobody cancels. `verdict` is
    what the other cases say of it: what repeats another case than the one asked about is a repetition.
    """
    if verdict.earlier_id is None and not content.refers_to:
        return None
    found = []
    for case in invoices.earlier(connection, content):
        asked = questions.of_invoice(connection, case.id) if is_of(case.content, content) else []
        if ours := next((one for one in asked if one.mail_id == mail_id), None):
            return Asked(question=ours, how="belongs")
        if asked and case.state != "completed" and asked[-1].state != "given_up":
            found.append((case, asked[-1]))
    if len(found) != 1:
        return None
    ((case, question),) = found
    repeats_another = verdict.result == "same" and verdict.earlier_id != case.id
    # Mails tell their time in whole seconds.
    before = covering.sent_at < question.asked_at.replace(microsecond=0)
    if repeats_another or before or links.is_cancelled(connection, case.id):
        return None
    if not comes_from_the_asked(connection, case.id, covering.sender):
        return None
    current = questions.locked(connection, question.id) or question
    known = is_known(connection, case, content, digest)
    if current.state == "open":
        return Asked(question=current, how="set_aside" if known else "answers", reason=UNCHANGED if known else "")
    reason = ANSWERED if current.state == "answered" else CLOSED
    return None if known else Asked(question=current, how="set_aside", reason=reason)


def take_answer(
    connection: Connection,
    question: Question,
    words: str,
    *,
    by: str,
    actor: str,
    at: datetime,
    mail_id: int | None = None,
    new: tuple[Invoice, str] | None = None,
) -> None:
    """Stores the answer to an open question and promises to lead the case on; `new` is the corrected invoice, examined,
    with its document's SHA-256."""
    if new is not None:
        _replace(connection, question.invoice_id, *new, made_by=actor, at=at)
    questions.set_question(
        connection,
        question.id,
        state="answered",
        answer=words[:MOST_CHARACTERS],
        answered_by=by,
        answered_at=at,
        mail_id=mail_id,
        document_sha256=new[1] if new else None,
    )
    promise(connection, question, at=at)
    audit.note(
        connection,
        "claims:question:answered",
        actor=actor,
        at=at,
        invoice_id=question.invoice_id,
        mail=mail_id,
        new_invoice=new is not None,
    )


def promise(connection: Connection, question: Question, *, at: datetime) -> None:
    """The case goes on, however often that has to be tried."""
    outbox.add(
        connection,
        key=f"answer:{question.id}",
        kind="correlate",
        invoice_id=question.invoice_id,
        payload={"question_id": question.id},
        at=at,
    )


def _replace(
    connection: Connection, invoice_id: int, content: Invoice, digest: str, *, made_by: str, at: datetime
) -> None:
    """The new invoice in the place of the old one, held anew against the other cases."""
    verdict = verdict_on(connection, content, own_id=invoice_id)
    content = content.with_findings((*content.findings, *findings_about(verdict, content)))
    invoices.replace_content(
        connection, invoice_id, content, made_by=made_by, at=at, reading=reading_of(content), unreadable=None
    )
    links.clear(connection, invoice_id)
    put_links(connection, invoice_id, verdict, at=at)


def _billers(invoice: Invoice) -> set[str]:
    return {compact(number) for number in (invoice.biller.gln, invoice.biller.zsr) if number}
