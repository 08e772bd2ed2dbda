"""Invoices come in, and say how they are."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from flask import Response
from pydantic import Field

from db import decisions, invoices, questions
from db.invoices import Case
from db.questions import Question
from pulse.claims.relations import relations_of
from pulse.claims.steps import case_of
from pulse.invoices.model import Finding, Invoice
from pulse.web import files
from pulse.web.api.intake import Taken, take_document, take_invoice
from pulse.web.api.letters import LetterOnRecord, letters_of
from pulse.web.api.models import MAX_ID, Body, Moment, Money, Reply
from pulse.web.endpoint import Answer, Call, Routes

routes = Routes()
_ROUTES = ("review", "decide", "straight")


class OtherReceipt(Reply):
    """Another invoice of the same PDF: `pages` where it stands there; without `id` it cannot be read, for `reason`."""

    id: int | None
    result: Literal["started", "already_received", "person", "returned"]
    reason: str
    pages: str


class Receipt(Reply):
    """The invoice is a case now.

    `result`: `started`, `person` (somebody looks at the reading first), or `already_received` (a repetition of
    `duplicate_of`; nothing is paid for it). A PDF of several invoices makes several cases: this is the first,
    `others` are the rest.
    """

    id: int
    state: str
    result: Literal["started", "already_received", "person"]
    reason: str
    reading: str
    duplicate_of: int | None
    process_instance_id: str | None
    others: list[OtherReceipt]


class InvoiceRow(Reply):
    """A case in a list."""

    id: int
    state: Literal["in_queue", "in_progress", "completed"]
    reading: str
    channel: str
    invoice_number: str | None
    invoice_date: date | None
    total_amount: Money | None
    risk: str | None
    reasons: list[str]
    outcome: str | None
    payable_amount: Money | None
    closed_as: str | None
    duplicate_of: int | None
    process_instance_id: str | None
    received_at: Moment
    due_at: Moment
    closed_at: Moment | None


class InvoicePage(Reply):
    """Cases, newest first; `next` leads to the older ones."""

    invoices: list[InvoiceRow]
    next: str | None


class PositionFacts(Reply):
    """A position with what was found out about it."""

    line: int
    code: str | None
    name: str | None
    quantity: Money | None
    unit_price: Money | None
    amount: Money | None
    listed: bool | None
    listed_price: Money | None
    outcome: str | None
    payable: Money | None
    reasons: list[str]
    risk_rule: str | None
    risk_level: str | None


class RelatedCase(Reply):
    """Another case that this one belongs to: this one repeats it, or is repeated by it, and so on."""

    kind: Literal[
        "repeats",
        "repeated_by",
        "reminds",
        "reminded_by",
        "copies",
        "copied_by",
        "cancels",
        "cancelled_by",
        "corrects",
        "corrected_by",
        "conflicts",
    ]
    case_id: int


class DecisionFacts(Reply):
    """A decision that counts."""

    decision: Literal["approve", "partial", "deny", "ask"]
    reason_code: str
    comment: str
    payable_amount: Money
    decided_by: str
    automated: bool
    decided_at: Moment


class QuestionFacts(Reply):
    """What the provider is asked, or was asked last; `answer` is empty until they have said something.

    `new_invoice`: the answer was a corrected invoice, which has taken the place of the first one.
    """

    id: str
    state: Literal["open", "answered", "given_up", "withdrawn"]
    questions: list[str]
    asked_by: str
    asked_at: Moment
    remind_at: Moment
    give_up_at: Moment
    answer: str
    answered_at: Moment | None
    new_invoice: bool


class InvoiceDetail(InvoiceRow):
    """A case: what was read, what was found out, how it was decided, what left the house."""

    unreadable: str | None
    #: Who decides: `straight`, `decide` or `review`; empty until the risk is assessed.
    route: str | None
    payee: str | None
    decision: DecisionFacts | None
    question: QuestionFacts | None
    positions: list[PositionFacts]
    findings: list[Finding]
    letters: list[LetterOnRecord]
    related: list[RelatedCase]
    document: str | None
    invoice: Invoice


class Filter(Body):
    """Which cases."""

    state: Literal["in_queue", "in_progress", "completed"] | None = Field(None, description="Only cases in this state.")
    before: Annotated[int, Field(ge=1, le=MAX_ID)] | None = Field(None, description="Only cases with a smaller id.")
    limit: int = Field(50, ge=1, le=200, description="Most cases on a page.")


@routes.post(
    "/invoices",
    scope="invoices:write",
    body=Invoice,
    documents=True,
    answers={200: Receipt, 201: Receipt, 202: Receipt},
    idempotent=True,
)
def post_invoice(call: Call) -> Answer:
    """Sends an invoice in: a PDF, an XML request, or the Invoice as JSON.

    201: a new case; 202: a new case whose process starts when the engine is back; 200: received before. A document that
    cannot be read is a 422 with the reader's code, P1xx. A PDF may hold several invoices: each becomes a case.
    """
    taken = take_document(call, call.document) if call.document is not None else take_invoice(call, call.body)
    status = 200 if taken.result == "already_received" else 202 if taken.is_waiting else 201
    return Answer(body=_receipt(taken), status=status, headers={"Location": f"/api/v1/invoices/{taken.invoice_id}"})


@routes.get("/invoices", scope="invoices:read", query=Filter, answers={200: InvoicePage})
def list_invoices(call: Call) -> Answer:
    """Cases, newest first."""
    wanted: Filter = call.query
    with call.office.database.read() as connection:
        found = invoices.page(connection, state=wanted.state, before=wanted.before, limit=wanted.limit + 1)
    rows, more = found[: wanted.limit], len(found) > wanted.limit
    following = None
    if more:
        query = wanted.model_dump(exclude_none=True) | {"before": rows[-1].id}
        following = f"/api/v1/invoices?{urlencode(query)}"
    return Answer(body=InvoicePage(invoices=[InvoiceRow(**_row(case)) for case in rows], next=following))


@routes.get("/invoices/<id:invoice_id>", scope="invoices:read", answers={200: InvoiceDetail})
def get_invoice(call: Call, invoice_id: int) -> Answer:
    """One case, with everything that was found out about it."""
    with call.office.database.read() as connection:
        case = case_of(connection, invoice_id)
        lines = invoices.lines(connection, invoice_id)
        decided = decisions.of_invoice(connection, invoice_id)
        related = relations_of(connection, invoice_id)
        asked = questions.of_invoice(connection, invoice_id)
        answers = [assessment.outputs for assessment in decisions.assessments_of(connection, invoice_id)]
    routes_taken = {str(outputs.get("route")) for outputs in answers}
    detail = InvoiceDetail(
        **_row(case),
        unreadable=case.unreadable,
        route=next((route for route in _ROUTES if route in routes_taken), None),
        payee=case.payee,
        decision=DecisionFacts.model_validate(decided[-1]) if decided else None,
        question=_question(asked[-1]) if asked else None,
        positions=[PositionFacts.model_validate(vars(line) | {"reasons": line.reasons.split()}) for line in lines],
        findings=list(case.content.findings),
        letters=letters_of(call.office, invoice_id),
        related=[RelatedCase.model_validate(one) for one in related],
        document=f"/api/v1/invoices/{case.id}/document" if case.document_sha256 else None,
        invoice=case.content,
    )
    return Answer(body=detail)


@routes.get("/invoices/<id:invoice_id>/document", scope="invoices:read", answers={200: "application/pdf"})
def get_document(call: Call, invoice_id: int) -> Response:
    """The document as it came."""
    return files.document(call.office, invoice_id)


def _question(question: Question) -> QuestionFacts:
    told = vars(question) | {"questions": list(question.questions), "new_invoice": bool(question.document_sha256)}
    return QuestionFacts.model_validate({name: told[name] for name in QuestionFacts.model_fields})


def _receipt(taken: Taken) -> Receipt:
    case = taken.case
    return Receipt(
        id=case.id,
        state=case.state,
        result=taken.result,
        reason=taken.reason,
        reading=case.reading,
        duplicate_of=case.duplicate_of,
        process_instance_id=case.process_instance_id,
        others=[
            OtherReceipt(id=one.invoice_id, result=one.result, reason=one.reason, pages=one.pages)
            for one in taken.others
        ],
    )


def _row(case: Case) -> dict[str, Any]:
    content = case.content
    own = {name: getattr(case, name) for name in InvoiceRow.model_fields if hasattr(case, name)}
    return own | {
        "invoice_number": content.invoice_number,
        "invoice_date": content.invoice_date,
        "total_amount": content.total_amount,
        "reasons": case.reasons.split(),
    }
