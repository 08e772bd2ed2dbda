"""Receive: a document or an invoice becomes a case, once, with the promise to start its process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from db import audit, documents, invoices, outbox
from pulse.base.clock import swiss_date
from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.claims.beside import keep_beside, said_beside, with_beside
from pulse.claims.kinship import findings_of, put_links, serialise, verdict_on
from pulse.claims.office import Office
from pulse.claims.put_right import Asked, Covering, asked_about, take_answer
from pulse.claims.rules.duplicates import Verdict, same_content
from pulse.claims.storable import storable
from pulse.invoices.checks import ReadingState, checked, reading_state
from pulse.invoices.evidence import uncertain
from pulse.invoices.model import Finding, Invoice, Source
from pulse.invoices.record import Part, Reading

Channel = Literal["mail", "rest", "folder"]
#: The extension under which the record of a reading lies beside its document.
RECORD = "reading.json.gz"
#: What another case says against an invoice, and a person must settle.
_CONTRADICTIONS = (Reason.SAME_NUMBER_OTHER_CONTENT, Reason.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of it.

    `started`: a case, whose process starts; `person`: a case that a person must look at first; `already_received`: a
    closed case that answers the provider; `returned`: no case, the sender gets the reason (`P1xx`) as an answer. With
    a `question_id` it belongs to the case that asked its provider: `started`, which goes on with it; `person`, where it
    changes nothing, and a person reads the mail.

    Of several invoices in one file this is the first, with the `others` behind it; then `document_sha256` is the part
    of the file that is this invoice, and `pages` are its pages there (`3-4`).
    """

    invoice_id: int | None
    result: Literal["started", "already_received", "returned", "person"]
    reason: str = ""
    question_id: str | None = None
    reading: ReadingState | None = None
    document_sha256: str | None = None
    pages: str = ""
    others: tuple[Received, ...] = ()
    #: Of the XMLs that came with it, those that say the same invoice.
    beside: tuple[str, ...] = ()

    @property
    def is_answer(self) -> bool:
        """Whether it is the corrected invoice that was asked for."""
        return self.question_id is not None and self.result == "started"

    @property
    def is_set_aside(self) -> bool:
        """Whether nobody learns of it but by reading its mail."""
        return self.question_id is not None and self.result == "person"


@dataclass(frozen=True, kw_only=True)
class _Intake:
    """Where it came from."""

    channel: Channel
    actor: str
    began: datetime
    mail_id: int | None = None
    biller_mail: str | None = None
    short_form: bool = False
    covering: Covering | None = None
    document_sha256: str | None = None
    #: The file that held the document among others, and where.
    part_of: str | None = None
    pages: str = ""
    unreadable: str | None = None


def receive_document(
    office: Office,
    data: bytes,
    *,
    channel: Channel,
    actor: str,
    mail_id: int | None = None,
    biller_mail: str | None = None,
    between: Callable[[], object] = lambda: None,
    beside: Sequence[bytes] = (),
    covering: Covering | None = None,
) -> Received:
    """Reads a PDF, XML or picture and makes it a case; of several invoices in one file, each.

    The bytes are on disk before anything is said about them. The same document of the same mail again, after a crash,
    gives the same answer. An image without text becomes a case to be read by a person; any other unreadable document
    (`P1xx`) stays stored without a case. `between` is called between two invoices of a file: reading many takes time.
    What is XML of the same invoice among the documents `beside` it belongs to the same case. With the mail around it
    (`covering`), the corrected invoice of a provider whom we asked about it goes to that case.
    """
    intake = _Intake(
        channel=channel,
        actor=actor,
        began=office.clock.now(),
        mail_id=mail_id,
        biller_mail=biller_mail,
        covering=covering,
        document_sha256=office.documents.put(data),
    )
    if known := _known(office, intake, beside):
        return known
    read = office.reader.read(data)
    if not read.parts:
        return _receive(office, data, read, intake, beside)
    _note_without_case(office, data, intake, "several", invoices=len(read.parts))
    parts = []
    for number, part in enumerate(read.parts):
        if number:
            between()
        parts.append(_receive_part(office, part, intake, beside))
    return replace(parts[0], others=tuple(parts[1:]))


def _receive_part(office: Office, part: Part, whole: _Intake, beside: Sequence[bytes]) -> Received:
    """Each invoice of a file is a document of its own, which is read by itself."""
    intake = replace(
        whole,
        began=office.clock.now(),
        document_sha256=office.documents.put(part.data),
        part_of=whole.document_sha256,
        pages=part.place,
    )
    received = _known(office, intake, beside)
    if received is None:
        received = _receive(office, part.data, office.reader.read(part.data, is_part=True), intake, beside)
    return replace(received, document_sha256=intake.document_sha256, pages=part.place)


def _known(office: Office, intake: _Intake, beside: Sequence[bytes]) -> Received | None:
    """What became of the document when this mail was taken before."""
    if intake.mail_id is None or intake.document_sha256 is None:
        return None
    with office.database.read() as connection:
        known = invoices.of_document(connection, intake.document_sha256, mail_id=intake.mail_id)
    if known is None:
        return None
    return replace(_as_received(known), beside=keep_beside(office, said_beside(office, known.content, beside)))


def _receive(office: Office, data: bytes, read: Reading, intake: _Intake, beside: Sequence[bytes]) -> Received:
    """A document that has been read becomes a case, or is noted as unreadable."""
    digest = intake.document_sha256 or ""
    office.documents.put_beside(digest, RECORD, read.packed_record())
    if read.invoice is None:
        problem = read.problem or Unreadable()
        if problem.reason != Reason.IMAGE_ONLY:
            _note_without_case(office, data, intake, "unreadable", reason=problem.reason)
            return Received(invoice_id=None, result="returned", reason=problem.reason)
        return _store(office, _image_only(digest, problem), "doubtful", _unreadable(intake, problem.reason), data)
    found = said_beside(office, read.invoice, beside)
    kept = keep_beside(office, found)
    content, reading = examined(office, storable(with_beside(read.invoice, found)))
    return replace(_store(office, content, reading, intake, data), beside=kept)


def receive_invoice(
    office: Office,
    invoice: Invoice,
    *,
    channel: Channel,
    actor: str,
    short_form: bool = False,
    biller_mail: str | None = None,
    document: bytes | None = None,
) -> Received:
    """Makes an invoice that came as data a case; the short form is complete as it stands (contracts §1)."""
    intake = _Intake(
        channel=channel,
        actor=actor,
        began=office.clock.now(),
        short_form=short_form,
        biller_mail=biller_mail or invoice.biller.email,
        document_sha256=office.documents.put(document) if document else None,
    )
    invoice = storable(invoice)
    if not short_form:
        content, reading = examined(office, invoice)
        return _store(office, content, reading, intake, document)
    has_all = invoice.insurance_number and invoice.positions and invoice.total_amount is not None
    return _store(office, invoice, "complete" if has_all else "incomplete", intake, document)


def examined(office: Office, invoice: Invoice) -> tuple[Invoice, ReadingState]:
    """The invoice with the findings of its own checks, and what they mean for the way on."""
    content = checked(invoice, today=swiss_date(office.clock.now()))
    content = content.with_findings((*content.findings, *uncertain(content, office.policy.reading_confidence)))
    return content, reading_state(content)


def _store(office: Office, content: Invoice, reading: ReadingState, intake: _Intake, data: bytes | None) -> Received:
    now = office.clock.now()
    with office.database.write() as connection:
        serialise(connection, content, intake.document_sha256)
        if intake.mail_id is not None and intake.document_sha256:
            known = invoices.of_document(connection, intake.document_sha256, mail_id=intake.mail_id)
            if known is not None:
                return _as_received(known)
        verdict = _verdict(connection, content, intake)
        if asked := _asked(connection, content, intake, verdict):
            assert data is not None
            _note_document(connection, intake, data, now)
            return _take_to_question(connection, asked, content, intake, at=now)
        content = content.with_findings((*content.findings, *findings_of(verdict, content)))
        reading = _reading(reading, verdict)
        if data is not None and intake.document_sha256:
            _note_document(connection, intake, data, now)
        values = _columns(office, intake, reading, now)
        repeats = verdict.earlier_id if verdict.result == "same" else None
        if repeats is not None:
            values |= {"duplicate_of": repeats}
        invoice_id = invoices.add(connection, content, made_by=intake.actor, **values)
        put_links(connection, invoice_id, verdict, at=now)
        _promise(connection, invoice_id, repeats, now)
        received = _answer(invoice_id, content, reading, repeats, intake.unreadable)
        audit.note(
            connection,
            f"{intake.channel}:invoice:received",
            actor=intake.actor,
            at=now,
            invoice_id=invoice_id,
            result=received.result,
            reading=reading,
            reason=received.reason,
        )
    office.traces.note("receive", invoice_id, intake.began, office.clock.now(), channel=intake.channel)
    return received


def _asked(connection: Connection, content: Invoice, intake: _Intake, verdict: Verdict) -> Asked | None:
    digest, mail_id = intake.document_sha256, intake.mail_id
    if intake.covering is None or mail_id is None or digest is None:
        return None
    return asked_about(connection, content, digest, verdict, intake.covering, mail_id=mail_id)


def _take_to_question(
    connection: Connection, asked: Asked, content: Invoice, intake: _Intake, *, at: datetime
) -> Received:
    """No case of its own: the document stays with the one that asked, and leads it on where that is new."""
    assert intake.covering is not None
    assert intake.document_sha256 is not None
    if asked.how == "answers":
        take_answer(
            connection,
            asked.question,
            intake.covering.words,
            by=intake.covering.sender,
            actor=intake.actor,
            at=at,
            mail_id=intake.mail_id,
            new=(content, intake.document_sha256),
        )
    return Received(
        invoice_id=asked.question.invoice_id,
        result="person" if asked.how == "set_aside" else "started",
        reason=asked.reason,
        question_id=asked.question.id,
    )


def _verdict(connection: Connection, content: Invoice, intake: _Intake) -> Verdict:
    """A short form that says the same as an earlier one may be a second pack or the same call again: a person knows."""
    if not intake.short_form:
        return verdict_on(connection, content, document_sha256=intake.document_sha256)
    for case in invoices.short_forms_alike(connection, content, biller_mail=intake.biller_mail):
        if same_content(content, case.content):
            return Verdict(result="other_content", earlier_id=case.id, kind="conflicts")
    return Verdict(result="new")


def _reading(reading: ReadingState, verdict: Verdict) -> ReadingState:
    """A person looks at what contradicts another case, at what was cancelled before it came, and at a cancellation
    that lacks values: the provider need not send it again for us to know what it cancels."""
    cancels = verdict.kind == "cancels" and reading == "incomplete"
    return "doubtful" if verdict.result == "other_content" or verdict.cancelled_by or cancels else reading


def _promise(connection: Connection, invoice_id: int, repeats: int | None, now: datetime) -> None:
    if repeats is None:
        key = f"start:invoice-{invoice_id}"
        outbox.add(connection, key=key, kind="start_process", invoice_id=invoice_id, payload={}, at=now)
    else:
        payload = {"recipient": "provider", "kind": "already_received"}
        key = f"letter:{invoice_id}:provider:already_received"
        outbox.add(connection, key=key, kind="letter", invoice_id=invoice_id, payload=payload, at=now)


def _columns(office: Office, intake: _Intake, reading: ReadingState, now: datetime) -> dict[str, Any]:
    return {
        "reading": reading,
        "unreadable": intake.unreadable,
        "short_form": intake.short_form,
        "channel": intake.channel,
        "mail_id": intake.mail_id,
        "biller_mail": intake.biller_mail,
        "document_sha256": intake.document_sha256,
        "received_at": now,
        "remind_at": now + office.policy.remind_after,
        "due_at": now + office.policy.due_after,
    }


def _answer(
    invoice_id: int, content: Invoice, reading: ReadingState, repeats: int | None, unreadable: str | None
) -> Received:
    if repeats is not None:
        reason = Reason.ALREADY_RECEIVED.value
        return Received(invoice_id=invoice_id, result="already_received", reason=reason, reading=reading)
    found = {finding.code for finding in content.findings if finding.severity == "error"}
    contradiction = next((code.value for code in _CONTRADICTIONS if code in found), "")
    result: Literal["started", "person"] = "person" if reading == "doubtful" else "started"
    return Received(invoice_id=invoice_id, result=result, reason=unreadable or contradiction, reading=reading)


def _as_received(case: invoices.Case) -> Received:
    return _answer(case.id, case.content, case.reading, case.duplicate_of, case.unreadable)


def _note_document(connection: Connection, intake: _Intake, data: bytes, now: datetime) -> None:
    assert intake.document_sha256 is not None
    documents.note(connection, intake.document_sha256, data, at=now, part_of=intake.part_of, pages=intake.pages)


def _note_without_case(office: Office, data: bytes, intake: _Intake, found: str, **details: Any) -> None:
    """A document that is no case itself: one that cannot be read, or one that holds several."""
    now = office.clock.now()
    with office.database.write() as connection:
        _note_document(connection, intake, data, now)
        action = f"{intake.channel}:document:{found}"
        audit.note(connection, action, actor=intake.actor, at=now, document=intake.document_sha256, **details)


def _image_only(digest: str, error: Unreadable) -> Invoice:
    pages = error.details.get("pages")
    source = Source(kind="person", sha256=digest, pages=pages if isinstance(pages, int) else 0)
    finding = Finding(code=Reason.IMAGE_ONLY, severity="error", message="a picture without text: a person reads it")
    return Invoice(source=source, findings=(finding,))


def _unreadable(intake: _Intake, reason: str) -> _Intake:
    return replace(intake, unreadable=reason)
