"""The answer in XML beside the provider's letter: made once, kept, and the same bytes at every try."""

from __future__ import annotations

from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

import structlog
from lxml import etree
from sqlalchemy import Connection

from db import audit, decisions, documents, invoices, payments
from db.decisions import Decision
from db.invoices import Case
from db.letters import Letter
from letters.occasions import Kind, Recipient
from pulse.base.errors import PulseError
from pulse.base.reasons import Reason
from pulse.claims.money.payout import amount_due
from pulse.claims.money.response_xml import Answer, LineAnswer, Outcome, parse_request, response_xml
from pulse.claims.office import Office
from pulse.claims.receive import RECORD
from pulse.claims.rules.decided import BilledLine, decided_lines
from pulse.claims.rules.payee import payee
from pulse.claims.rules.settlement import billed_total
from pulse.claims.steps import case_of, codes
from pulse.invoices.enclosed import enclosed_requests

log = structlog.get_logger(__name__)

_OUTCOMES: dict[str, Outcome] = {
    Kind.APPROVED: "accepted",
    Kind.PARTLY_APPROVED: "partly",
    Kind.DENIED: "rejected",
    Kind.RETURNED: "rejected",
    Kind.NOT_INSURED: "rejected",
    Kind.ALREADY_RECEIVED: "repeated",
}
#: What stays in the house: risk and technical reasons.
_INTERNAL = ("P7", "P9")


def response_to(office: Office, letter: Letter) -> bytes | None:
    """The answer that goes with this letter, always of release 5.0; None for other recipients and occasions, and where
    no invoice in XML came, as a file, within a PDF, or in the QR codes of its form."""
    if letter.recipient != Recipient.PROVIDER or letter.kind not in _OUTCOMES:
        return None
    with office.database.read() as connection:
        known = payments.response(connection, letter.invoice_id, letter.kind, letter.round)
        case = case_of(connection, letter.invoice_id)
    if known is None:
        made = _made(office, letter, case)
        if made is None:
            return None
        known = _kept(office, letter, made)
    return office.documents.get(known)


def last_response(office: Office, invoice_id: int) -> bytes | None:
    """The newest answer of a case as it was sent, for a person to look at; None where there is none."""
    with office.database.read() as connection:
        digest = payments.last_response(connection, invoice_id)
    return office.documents.get(digest) if digest else None


def _made(office: Office, letter: Letter, case: Case) -> bytes | None:
    request = _request(office, case)
    if request is None:
        return None
    with office.database.read() as connection:
        answer = _answer(connection, letter, case)
    guid = uuid5(NAMESPACE_URL, f"{request.get('guid')}/{letter.effect_key}").hex
    try:
        return response_xml(request, answer, insurer=office.policy.insurer, guid=guid, made_at=letter.created_at)
    except (ValueError, ArithmeticError):
        log.info("no answer in XML: the request has a value that is no number", action="respond", case=case.id)
        return None


def _kept(office: Office, letter: Letter, data: bytes) -> str:
    """Stores the answer, or finds the one that another worker has stored meanwhile; its SHA-256."""
    digest, now = office.documents.put(data), office.clock.now()
    row = {"invoice_id": letter.invoice_id, "kind": letter.kind, "round": letter.round, "sha256": digest}
    with office.database.write() as connection:
        documents.note(connection, digest, data, at=now)
        if payments.add_response(connection, **row, made_at=now):
            audit.note(
                connection,
                "claims:response:made",
                actor="worker",
                at=now,
                invoice_id=letter.invoice_id,
                kind=letter.kind,
            )
        kept = payments.response(connection, letter.invoice_id, letter.kind, letter.round)
    assert kept is not None
    return kept


def _request(office: Office, case: Case) -> etree._Element | None:
    """The request that this case came as: the file itself, or what its QR codes hold."""
    if case.document_sha256 is None:
        return None
    with office.database.read() as connection:
        is_xml = documents.media_type(connection, case.document_sha256) == "application/xml"
    try:
        if is_xml:
            found = [office.documents.get(case.document_sha256)]
        else:
            found = enclosed_requests(office.documents.get_beside(case.document_sha256, RECORD))
    except PulseError:
        return None
    requests = [request for data in found if (request := parse_request(data)) is not None]
    guid = (case.content.guid or "").lower()
    same = [one for one in requests if not guid or (one.get("guid") or "").lower() == guid]
    return same[0] if same else None


def _answer(connection: Connection, letter: Letter, case: Case) -> Answer:
    if letter.kind == Kind.ALREADY_RECEIVED:
        # Rejected would be taken for the first invoice, which has the same number.
        return Answer(outcome="repeated", reasons=(Reason.ALREADY_RECEIVED,))
    if letter.kind == Kind.NOT_INSURED:
        return Answer(outcome="rejected", reasons=(Reason.NOT_INSURED,))
    decision = decisions.of_round(connection, case.id, letter.round)
    if decision is None:
        found = (*codes(case.reasons), *(one.code for one in case.content.findings if one.severity == "error"))
        return Answer(outcome="rejected", reasons=_tellable(tuple(dict.fromkeys(found))))
    own = (Reason(decision.reason_code),) if decision.reason_code else ()
    if decision.decision == "ask":
        return Answer(outcome="pending", reasons=own, question=decision.comment)
    outcome = _OUTCOMES[letter.kind]
    if outcome == "accepted":
        own = ()
    approved = decision.payable_amount
    return Answer(
        outcome=outcome,
        billed=billed_total(case.content),
        approved=approved,
        paid=amount_due(payee(case.content), case.content, approved=approved, client_share=None),
        reasons=own,
        lines=_lines(connection, case, decision),
    )


def _lines(connection: Connection, case: Case, decision: Decision) -> tuple[LineAnswer, ...]:
    lines = [
        BilledLine(line=line.line, billed=line.amount, payable=line.payable, reasons=_tellable(codes(line.reasons)))
        for line in invoices.lines(connection, case.id)
    ]
    review = decisions.review(connection, decision.review_id) if decision.review_id else None
    amounts: dict[int, Decimal] | None = review.amounts() if review else None
    parts = decided_lines(decision.decision, decision.payable_amount, lines, amounts)
    return tuple(LineAnswer(line=part.line, approved=part.approved, reasons=part.reasons) for part in parts)


def _tellable(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if not reason.startswith(_INTERNAL))
