"""Answers of providers: words or a new invoice come back to the case that asked, whichever way they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import audit, documents, invoices, links, outbox, questions
from db.questions import Question
from pulse.base.errors import Conflict, InvalidInput, NotFound
from pulse.base.identifiers import compact
from pulse.base.reasons import Reason
from pulse.claims.correct import findings_about, reading_of
from pulse.claims.kinship import put_links, serialise, verdict_on
from pulse.claims.letter_mail import address_of_provider
from pulse.claims.office import Office
from pulse.claims.receive import RECORD, examined, receive_document
from pulse.claims.rules.duplicates import takes_back
from pulse.claims.steps import case_of
from pulse.claims.storable import storable
from pulse.invoices.model import Invoice
from pulse.invoices.record import Reading

_MOST_CHARACTERS = 20_000
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
class AnswerMail:
    """A mail that answers: what its writer says in it, and the documents that came with it."""

    mail_id: int
    words: str
    documents: Sequence[bytes]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A document of an answer: the case that it belongs to, and why it is no invoice where it is none."""

    sha256: str
    invoice_id: int | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What became of an answer: the case goes on with it, or it came too late and a person reads it.

    `late` is the question's state then; `documents` are in the mail's order.
    """

    goes_on: bool
    late: questions.State | None
    documents: tuple[Kept, ...]


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A document of an answer, read: `same` where it is the case's own invoice, put right by its biller."""

    sha256: str
    data: bytes
    invoice: Invoice | None
    reason: str
    same: bool = False


def comes_from_the_asked(office: Office, question: Question, sender: str | None) -> bool:
    """Whether this address is one that the provider answers from: the one that is registered, or another of the same
    domain where the domain is their own."""
    with office.database.read() as connection:
        known = (address_of_provider(connection, question.invoice_id) or "").lower()
    if not sender or not known:
        return False
    domain = known.rpartition("@")[2]
    return sender == known or (domain not in _SHARED_DOMAINS and sender.rpartition("@")[2] == domain)


def hear_mail(office: Office, question: Question, mail: AnswerMail, *, sender: str, actor: str) -> Heard:
    """Takes an answer by mail to the case that asked; of two the first one counts, the other is a person's.

    The documents are kept whatever they are. The case's own invoice, sent anew, takes the place of the old one, which
    stays on record; another invoice becomes a case of its own. The same mail again gives the same answer.
    """
    read = [_read(office, question, data) for data in mail.documents]
    first = question.state == "open" or question.mail_id == mail.mail_id
    over = not first and question.state == "given_up"
    came: dict[str, Any] = {"mail_id": mail.mail_id, "biller_mail": sender, "actor": actor}
    kept = []
    for data, parts in zip(mail.documents, read, strict=True):
        places = [_keep(office, question, one, came, over=over) for one in parts]
        kept.append(places[0] if len(parts) == 1 else _keep_whole(office, question, data, places))
    if first:
        chosen = next((one for parts in read for one in parts if one.same), None)
        words = mail.words[:_MOST_CHARACTERS]
        first = _answered(office, question.id, words, chosen, by=sender, actor=actor, mail_id=mail.mail_id)
    late = None if first else _state(office, question.id)
    return Heard(goes_on=first, late=late, documents=tuple(kept))


def answer_by_phone(office: Office, question_id: str, words: str, user: str) -> None:
    """A person writes down what the provider told them. Raises `NotFound`, `InvalidInput`, and `Conflict` where the
    question is not open any more."""
    said = words.strip()
    if not said or len(said) > _MOST_CHARACTERS:
        raise InvalidInput("Write down what the provider said.", places=["answer"])
    question(office, question_id)
    if not _answered(office, question_id, said, None, by=user, actor=user, mail_id=None):
        raise Conflict("This question is closed already.", question=question_id)


def withdraw(office: Office, question_id: str, user: str) -> None:
    """Nobody waits for this answer any more: the case goes back to whoever decides. Raises as `answer_by_phone`."""
    asked, now = question(office, question_id), office.clock.now()
    with office.database.write() as connection:
        current = questions.locked(connection, question_id)
        if current is None or current.state != "open":
            raise Conflict("This question is closed already.", question=question_id)
        questions.set_question(connection, question_id, state="withdrawn", answered_by=user, answered_at=now)
        _promise(connection, asked, at=now)
        audit.note(connection, "claims:question:withdrawn", actor=user, at=now, invoice_id=asked.invoice_id)


def question(office: Office, question_id: str) -> Question:
    """The question with this id; raises `NotFound`."""
    with office.database.read() as connection:
        found = questions.get(connection, question_id)
    if found is None:
        raise NotFound("There is no such question.", question=question_id)
    return found


def _state(office: Office, question_id: str) -> questions.State:
    return question(office, question_id).state


def _read(office: Office, question: Question, data: bytes) -> list[_Read]:
    """A document; of several invoices in one file, each."""
    reading = office.reader.read(data)
    if not reading.parts:
        return [_judged(office, question, data, reading)]
    return [_judged(office, question, part.data, office.reader.read(part.data, is_part=True)) for part in reading.parts]


def _judged(office: Office, question: Question, data: bytes, reading: Reading) -> _Read:
    digest = office.documents.put(data)
    office.documents.put_beside(digest, RECORD, reading.packed_record())
    if reading.invoice is None:
        return _Read(sha256=digest, data=data, invoice=None, reason=reading.problem.reason if reading.problem else "")
    with office.database.read() as connection:
        case = case_of(connection, question.invoice_id)
    invoice = storable(reading.invoice)
    ours = _names(case.content, invoice) and not takes_back(invoice)
    same = is_of(case.content, invoice) and digest not in (case.document_sha256, case.content.source.sha256)
    reason = Reason.ALREADY_RECEIVED.value if ours and not same else ""
    return _Read(sha256=digest, data=data, invoice=invoice, reason=reason, same=same)


def is_of(ours: Invoice, theirs: Invoice) -> bool:
    """Whether a biller's new document is the invoice that we have, put right: it carries its guid or its number, or
    says that it takes its place. A storno or a reminder of it is none."""
    return _names(ours, theirs) and not takes_back(theirs) and theirs.request_type == "invoice"


def _names(ours: Invoice, theirs: Invoice) -> bool:
    if ours.guid and ours.guid in (theirs.guid, theirs.refers_to):
        return True
    names = {theirs.invoice_number, theirs.refers_to} - {None}
    return ours.invoice_number in names and bool(_billers(ours) & _billers(theirs))


def _billers(invoice: Invoice) -> set[str]:
    return {compact(number) for number in (invoice.biller.gln, invoice.biller.zsr) if number}


def _keep(office: Office, question: Question, read: _Read, came: Mapping[str, Any], *, over: bool) -> Kept:
    """Puts a document where it belongs: an invoice of its own, and whatever invoice comes when the case is over, to a
    case of its own; all else to the case that asked. `came`: from where, as `receive_document` takes it."""
    if read.invoice is not None and not read.reason and (over or not read.same):
        received = receive_document(office, read.data, channel="mail", **came)
        return Kept(sha256=read.sha256, invoice_id=received.invoice_id, reason=received.reason)
    _note(office, read.sha256, read.data)
    return Kept(sha256=read.sha256, invoice_id=question.invoice_id, reason=read.reason)


def _keep_whole(office: Office, question: Question, data: bytes, parts: Sequence[Kept]) -> Kept:
    """A file of several invoices: with the case that asked where one of them is, else with the first one's."""
    digest = office.documents.put(data)
    _note(office, digest, data)
    cases = [one.invoice_id for one in parts if one.invoice_id is not None]
    invoice_id = question.invoice_id if question.invoice_id in cases else next(iter(cases), None)
    return Kept(sha256=digest, invoice_id=invoice_id)


def _note(office: Office, digest: str, data: bytes) -> None:
    with office.database.write() as connection:
        documents.note(connection, digest, data, at=office.clock.now())


def _answered(
    office: Office, question_id: str, words: str, new: _Read | None, *, by: str, actor: str, mail_id: int | None
) -> bool:
    """Stores the answer and promises to lead the case on; False where another was first."""
    content = None if new is None or new.invoice is None else examined(office, new.invoice)[0]
    now = office.clock.now()
    with office.database.write() as connection:
        current = questions.locked(connection, question_id)
        if current is None or current.state != "open":
            return current is not None and mail_id is not None and current.mail_id == mail_id
        if content is not None and new is not None:
            _replace(connection, current.invoice_id, content, new.sha256, made_by=actor, at=now)
        questions.set_question(
            connection,
            question_id,
            state="answered",
            answer=words,
            answered_by=by,
            answered_at=now,
            mail_id=mail_id,
            document_sha256=new.sha256 if content is not None and new is not None else None,
        )
        _promise(connection, current, at=now)
        audit.note(
            connection,
            "claims:question:answered",
            actor=actor,
            at=now,
            invoice_id=current.invoice_id,
            mail=mail_id,
            new_invoice=content is not None,
        )
    return True


def _replace(
    connection: Connection, invoice_id: int, content: Invoice, digest: str, *, made_by: str, at: datetime
) -> None:
    """The new invoice in the place of the old one, held anew against the other cases."""
    serialise(connection, content, digest)
    verdict = verdict_on(connection, content, own_id=invoice_id)
    content = content.with_findings((*content.findings, *findings_about(verdict, content)))
    invoices.replace_content(
        connection, invoice_id, content, made_by=made_by, at=at, reading=reading_of(content), unreadable=None
    )
    links.clear(connection, invoice_id)
    put_links(connection, invoice_id, verdict, at=at)


def _promise(connection: Connection, question: Question, *, at: datetime) -> None:
    outbox.add(
        connection,
        key=f"answer:{question.id}",
        kind="correlate",
        invoice_id=question.invoice_id,
        payload={"question_id": question.id},
        at=at,
    )
