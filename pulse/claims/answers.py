"""Answers of providers: words or a new invoice come back to the case that asked, whichever way they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import audit, documents, questions
from db.questions import Question
from pulse.base.errors import Conflict, InvalidInput, NotFound
from pulse.base.reasons import Reason
from pulse.claims.kinship import serialise
from pulse.claims.office import Office
from pulse.claims.put_right import MOST_CHARACTERS, Covering, is_known, is_of, names, promise, take_answer
from pulse.claims.receive import RECORD, examined, receive_document
from pulse.claims.rules.duplicates import takes_back
from pulse.claims.steps import case_of
from pulse.claims.storable import storable
from pulse.invoices.model import Invoice
from pulse.invoices.record import Reading


@dataclass(frozen=True, kw_only=True)
class AnswerMail:
    """A mail that answers: what its writer says in it, and the documents that came with it."""

    mail_id: int
    words: str
    documents: Sequence[bytes]
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A document of an answer: the case that it belongs to, and why it is no invoice where it is none."""

    sha256: str
    invoice_id: int | None
    reason: str = ""
    #: It has to do with another question, and only a person can say what.
    set_aside: bool = False


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


def hear_mail(office: Office, question: Question, mail: AnswerMail, *, sender: str, actor: str) -> Heard:
    """Takes an answer by mail to the case that asked; of two the first one counts, the other is a person's.

    The documents are kept whatever they are. The case's own invoice, sent anew, takes the place of the old one, which
    stays on record; another invoice goes to the case that asks for it, else it becomes one. The same mail again gives
    the same answer.
    """
    read = [_read(office, question, data) for data in mail.documents]
    first = question.state == "open" or question.mail_id == mail.mail_id
    over = not first and question.state == "given_up"
    covering = Covering(sender=sender, words=mail.words, sent_at=mail.sent_at)
    came: dict[str, Any] = {"mail_id": mail.mail_id, "biller_mail": sender, "actor": actor, "covering": covering}
    kept = []
    for data, parts in zip(mail.documents, read, strict=True):
        places = [_keep(office, question, one, came, over=over) for one in parts]
        kept.append(places[0] if len(parts) == 1 else _keep_whole(office, question, data, places))
    if first:
        chosen = next((one for parts in read for one in parts if one.same), None)
        first = _answered(office, question.id, mail.words, chosen, by=sender, actor=actor, mail_id=mail.mail_id)
    late = None if first else _state(office, question.id)
    return Heard(goes_on=first, late=late, documents=tuple(kept))


def answer_by_phone(office: Office, question_id: str, words: str, user: str) -> None:
    """A person writes down what the provider told them. Raises `NotFound`, `InvalidInput`, and `Conflict` where the
    question is not open any more."""
    said = words.strip()
    if not said or len(said) > MOST_CHARACTERS:
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
        promise(connection, asked, at=now)
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
    invoice = storable(reading.invoice)
    with office.database.read() as connection:
        case = case_of(connection, question.invoice_id)
        same = is_of(case.content, invoice) and not is_known(connection, case, invoice, digest)
    ours = names(case.content, invoice) and not takes_back(invoice)
    reason = Reason.ALREADY_RECEIVED.value if ours and not same else ""
    return _Read(sha256=digest, data=data, invoice=invoice, reason=reason, same=same)


def _keep(office: Office, question: Question, read: _Read, came: Mapping[str, Any], *, over: bool) -> Kept:
    """Puts a document where it belongs: an invoice of its own, and whatever invoice comes when the case is over, to a
    case of its own; all else to the case that asked. `came`: from where, as `receive_document` takes it."""
    if read.invoice is not None and not read.reason and (over or not read.same):
        received = receive_document(office, read.data, channel="mail", **came)
        return Kept(
            sha256=read.sha256,
            invoice_id=received.invoice_id,
            reason=received.reason,
            set_aside=received.is_set_aside,
        )
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
    corrected = None if new is None or new.invoice is None else (examined(office, new.invoice)[0], new.sha256)
    with office.database.write() as connection:
        if corrected is not None:
            serialise(connection, *corrected)
        current = questions.locked(connection, question_id)
        if current is None or current.state != "open":
            return current is not None and mail_id is not None and current.mail_id == mail_id
        now = office.clock.now()
        take_answer(connection, current, words, by=by, actor=actor, at=now, mail_id=mail_id, new=corrected)
    return True
