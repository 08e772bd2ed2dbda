"""Receive: a document or an invoice becomes a case, once, with the promise to start its process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from db import audit, documents, invoices, outbox
from pulse.base.clock import swiss_date
from pulse.base.errors import Unreadable
from pulse.base.identifiers import compact
from pulse.base.reasons import Reason
from pulse.claims.office import Office
from pulse.claims.rules import duplicates
from pulse.claims.storable import storable
from pulse.invoices.checks import ReadingState, checked, reading_state
from pulse.invoices.evidence import uncertain
from pulse.invoices.model import Finding, Invoice, Source

Channel = Literal["mail", "rest", "folder"]
#: The extension under which the record of a reading lies beside its document.
RECORD = "reading.json.gz"


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of it.

    `started`: a case, whose process starts; `person`: a case that a person must look at first; `already_received`: a
    closed case that answers the provider; `returned`: no case, the sender gets the reason (`P1xx`) as an answer.
    """

    invoice_id: int | None
    result: Literal["started", "already_received", "returned", "person"]
    reason: str = ""
    reading: ReadingState | None = None


@dataclass(frozen=True, kw_only=True)
class _Intake:
    """Where it came from."""

    channel: Channel
    actor: str
    began: datetime
    mail_id: int | None = None
    biller_mail: str | None = None
    short_form: bool = False
    document_sha256: str | None = None
    document_size: int = 0
    unreadable: str | None = None


def receive_document(
    office: Office,
    data: bytes,
    *,
    channel: Channel,
    actor: str,
    mail_id: int | None = None,
    biller_mail: str | None = None,
) -> Received:
    """Reads a PDF or XML and makes it a case.

    The bytes are on disk before anything is said about them. The same document of the same mail again, after a crash,
    gives the same answer. An image without text becomes a case to be read by a person; any other unreadable document
    (`P1xx`) stays stored without a case.
    """
    began = office.clock.now()
    digest = office.documents.put(data)
    if mail_id is not None:
        with office.database.read() as connection:
            known = invoices.of_document(connection, digest, mail_id=mail_id)
        if known is not None:
            return _as_received(known)
    intake = _Intake(
        channel=channel,
        actor=actor,
        began=began,
        mail_id=mail_id,
        biller_mail=biller_mail,
        document_sha256=digest,
        document_size=len(data),
    )
    read = office.reader.read(data)
    office.documents.put_beside(digest, RECORD, read.record.pack())
    if read.invoice is None:
        problem = read.problem or Unreadable()
        if problem.reason != Reason.IMAGE_ONLY:
            _note_unreadable(office, data, digest, problem.reason, intake)
            return Received(invoice_id=None, result="returned", reason=problem.reason)
        return _store(office, _image_only(digest, problem), "doubtful", _unreadable(intake, problem.reason), data)
    content, reading = examined(office, storable(read.invoice))
    return _store(office, content, reading, intake, data)


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
        document_size=len(document or b""),
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


def same_number_finding(earlier_id: int) -> Finding:
    """One number for two different invoices: a person decides which one counts."""
    return Finding(
        code=Reason.SAME_NUMBER_OTHER_CONTENT,
        severity="error",
        field="invoice_number",
        message=f"case {earlier_id} has the same number and another content",
    )


def earlier_cases(
    connection: Connection, content: Invoice, *, document_sha256: str | None = None, other_than: int | None = None
) -> list[duplicates.Earlier]:
    """The cases that this invoice may repeat. A repetition is none of them: only what it repeats counts, for that may
    have been returned since, and then the invoice comes as asked."""
    found = invoices.earlier(connection, content, document_sha256=document_sha256)
    return [
        duplicates.Earlier(
            id=case.id,
            content=case.content,
            closed_as=case.closed_as,
            same_document=document_sha256 is not None and case.document_sha256 == document_sha256,
        )
        for case in found
        if case.id != other_than and case.duplicate_of is None
    ]


def serialise(connection: Connection, content: Invoice, document_sha256: str | None = None) -> None:
    """Nobody else looks for duplicates of this invoice until this transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name != "postgresql":
        return
    number = content.invoice_number
    names = {content.guid, document_sha256}
    names |= {f"{compact(b)}/{number}" for b in (content.biller.gln, content.biller.zsr) if b and number}
    for name in sorted(name for name in names if name):
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def _store(office: Office, content: Invoice, reading: ReadingState, intake: _Intake, data: bytes | None) -> Received:
    now = office.clock.now()
    with office.database.write() as connection:
        serialise(connection, content, intake.document_sha256)
        if intake.mail_id is not None and intake.document_sha256:
            known = invoices.of_document(connection, intake.document_sha256, mail_id=intake.mail_id)
            if known is not None:
                return _as_received(known)
        verdict = _verdict(connection, content, intake)
        if verdict.kind == "other_content" and verdict.earlier_id is not None:
            content = content.with_findings((*content.findings, same_number_finding(verdict.earlier_id)))
            reading = "doubtful"
        if data is not None and intake.document_sha256:
            _note_document(connection, intake, data, now)
        values = _columns(office, intake, reading, now)
        repeats = verdict.earlier_id if verdict.kind == "same" else None
        if repeats is not None:
            values |= {"duplicate_of": repeats}
        invoice_id = invoices.add(connection, content, made_by=intake.actor, **values)
        _promise(connection, invoice_id, repeats, now)
        received = _answer(invoice_id, reading, repeats, verdict.kind, intake.unreadable)
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


def _verdict(connection: Connection, content: Invoice, intake: _Intake) -> duplicates.Verdict:
    """A short form that says the same as an earlier one may be a second pack or the same call again: a person knows."""
    if intake.short_form:
        alike = invoices.short_forms_alike(connection, content, biller_mail=intake.biller_mail)
        same = [case.id for case in alike if duplicates.same_content(content, case.content)]
        return duplicates.Verdict(kind="other_content", earlier_id=same[0]) if same else duplicates.Verdict(kind="new")
    return duplicates.compare(content, earlier_cases(connection, content, document_sha256=intake.document_sha256))


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


def _answer(invoice_id: int, reading: ReadingState, repeats: int | None, kind: str, unreadable: str | None) -> Received:
    if repeats is not None:
        reason = Reason.ALREADY_RECEIVED.value
        return Received(invoice_id=invoice_id, result="already_received", reason=reason, reading=reading)
    reason = unreadable or (Reason.SAME_NUMBER_OTHER_CONTENT.value if kind == "other_content" else "")
    result: Literal["started", "person"] = "person" if reading == "doubtful" else "started"
    return Received(invoice_id=invoice_id, result=result, reason=reason, reading=reading)


def _as_received(case: invoices.Case) -> Received:
    known = any(finding.code == Reason.SAME_NUMBER_OTHER_CONTENT for finding in case.content.findings)
    kind = "other_content" if known else "new"
    return _answer(case.id, case.reading, case.duplicate_of, kind, case.unreadable)


def _note_document(connection: Connection, intake: _Intake, data: bytes, now: datetime) -> None:
    assert intake.document_sha256 is not None
    media_type = "application/pdf" if data.lstrip()[:5] == b"%PDF-" else "application/octet-stream"
    if data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        media_type = "application/xml"
    documents.note(connection, intake.document_sha256, media_type=media_type, size=intake.document_size, at=now)


def _note_unreadable(office: Office, data: bytes, digest: str, reason: str, intake: _Intake) -> None:
    now = office.clock.now()
    with office.database.write() as connection:
        _note_document(connection, intake, data, now)
        action = f"{intake.channel}:document:unreadable"
        audit.note(connection, action, actor=intake.actor, at=now, document=digest, reason=reason)


def _image_only(digest: str, error: Unreadable) -> Invoice:
    pages = error.details.get("pages")
    source = Source(kind="person", sha256=digest, pages=pages if isinstance(pages, int) else 0)
    finding = Finding(code=Reason.IMAGE_ONLY, severity="error", message="a picture without text: a person reads it")
    return Invoice(source=source, findings=(finding,))


def _unreadable(intake: _Intake, reason: str) -> _Intake:
    return _Intake(**{**vars(intake), "unreadable": reason})
