"""What an invoice has to do with the cases that are there: found on receipt, and anew when its reading is corrected."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection, func, select

from db import invoices, links
from pulse.base.identifiers import compact
from pulse.base.reasons import Reason
from pulse.claims.rules.duplicates import Earlier, Verdict, compare, takes_back
from pulse.invoices.checks import ReadingState, reading_state
from pulse.invoices.model import Finding, Invoice


def serialise(connection: Connection, content: Invoice, document_sha256: str | None = None) -> None:
    """Nobody else looks for relatives of this invoice until this transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name != "postgresql":
        return
    billers = [compact(biller) for biller in (content.biller.gln, content.biller.zsr) if biller]
    numbers = [number for number in (content.invoice_number, content.refers_to) if number]
    names = {content.guid, document_sha256, content.refers_to}
    names |= {f"{biller}/{number}" for biller in billers for number in numbers}
    for name in sorted(name for name in names if name):
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def verdict_on(
    connection: Connection, content: Invoice, *, document_sha256: str | None = None, own_id: int | None = None
) -> Verdict:
    """The verdict on an invoice; `own_id` where it is a case already: what came later repeats it, not the reverse.

    A repetition is no relative: only what it repeats counts, for that may have been returned since, and then the
    invoice comes as asked.
    """
    found = invoices.earlier(connection, content, document_sha256=document_sha256)
    found = [case for case in found if case.id != own_id and case.duplicate_of is None]
    cancellations = links.cancellations(connection, [case.id for case in found])
    taken_back = {one.other_id for one in cancellations if one.accepted}
    taking_back = {one.invoice_id for one in cancellations if one.other_id != own_id}
    earlier = [
        Earlier(
            id=case.id,
            content=case.content,
            closed_as=case.closed_as,
            same_document=document_sha256 is not None and case.document_sha256 == document_sha256,
            taken_back=case.id in taken_back,
            takes_back=case.id in taking_back,
        )
        for case in found
        if own_id is None or case.id < own_id or takes_back(case.content) != takes_back(content)
    ]
    return compare(content, earlier)


def findings_of(verdict: Verdict, content: Invoice) -> tuple[Finding, ...]:
    """What a person must know of it: one number for two invoices, what is cancelled, and by what."""
    if verdict.result == "other_content":
        message = f"case {verdict.earlier_id} has the same number and another content"
        return (_finding(Reason.SAME_NUMBER_OTHER_CONTENT, message),)
    found = [_finding(Reason.CANCELLED, f"case {case_id} cancels this invoice") for case_id in verdict.cancelled_by]
    if takes_back(content) and verdict.result == "new":
        what = f"case {verdict.earlier_id}" if verdict.kind == "cancels" else "an invoice that is not here"
        found.append(_finding(Reason.CANCELS, f"this cancels {what}").model_copy(update={"severity": "warning"}))
    return tuple(found)


def findings_about(verdict: Verdict, content: Invoice) -> tuple[Finding, ...]:
    """What other cases say about an invoice that is a case already."""
    return (*_repeats(verdict), *findings_of(verdict, content))


def reading_of(content: Invoice) -> ReadingState:
    """What the findings of a corrected reading mean: what another case says against it keeps it doubtful, whatever else
    is right."""
    if any(finding.code.startswith("P5") for finding in content.findings if finding.severity == "error"):
        return "doubtful"
    return reading_state(content)


def put_links(connection: Connection, invoice_id: int, verdict: Verdict, *, at: datetime) -> None:
    """Stores what the verdict says."""
    found = [links.Link(invoice_id=one, other_id=invoice_id, kind="cancels") for one in verdict.cancelled_by]
    if verdict.earlier_id is not None and verdict.kind is not None:
        found.append(links.Link(invoice_id=invoice_id, other_id=verdict.earlier_id, kind=verdict.kind))
    links.put(connection, found, at=at)


def _finding(code: Reason, message: str) -> Finding:
    return Finding(code=code, severity="error", field="invoice_number", message=message)


def _repeats(verdict: Verdict) -> tuple[Finding, ...]:
    if verdict.result != "same":
        return ()
    message = f"case {verdict.earlier_id} is the same invoice"
    return (Finding(code=Reason.ALREADY_RECEIVED, severity="error", field="invoice_number", message=message),)
