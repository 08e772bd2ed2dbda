"""Letters of a case."""

from __future__ import annotations

from typing import Any

from flask import Response

from db import letters
from db.letters import Letter
from pulse.claims.office import Office
from pulse.claims.steps import case_of
from pulse.web.api.models import Moment, Reply
from pulse.web.endpoint import Answer, Call, Routes
from pulse.web.files import letter_pdf

routes = Routes()


class LetterOnRecord(Reply):
    """A letter; `worded_by` is `template` or `model`, empty until it is written."""

    id: str
    invoice_id: int
    recipient: str
    kind: str
    round: int
    language: str
    state: str
    reason_code: str
    worded_by: str | None
    created_at: Moment
    settled_at: Moment | None
    #: Where the PDF is, once it is written.
    pdf: str | None


class LetterList(Reply):
    """The letters of a case, oldest first."""

    letters: list[LetterOnRecord]


def on_record(letter: Letter) -> LetterOnRecord:
    """A letter as the API tells it: without its text, which is health data and stands in the PDF."""
    wording: dict[str, Any] = letter.wording or {}
    return LetterOnRecord(
        **{name: getattr(letter, name) for name in LetterOnRecord.model_fields if name not in ("worded_by", "pdf")},
        worded_by=wording.get("worded_by"),
        pdf=f"/api/v1/letters/{letter.id}/pdf" if letter.pdf_sha256 else None,
    )


def letters_of(office: Office, invoice_id: int) -> list[LetterOnRecord]:
    """A case's letters; raises `CaseMissing`."""
    with office.database.read() as connection:
        case_of(connection, invoice_id)
        return [on_record(letter) for letter in letters.of_invoice(connection, invoice_id)]


@routes.get("/invoices/<id:invoice_id>/letters", scope="invoices:read", answers={200: LetterList})
def list_letters(call: Call, invoice_id: int) -> Answer:
    """The letters of a case."""
    return Answer(body=LetterList(letters=letters_of(call.office, invoice_id)))


@routes.get("/letters/<letter_id>/pdf", scope="invoices:read", answers={200: "application/pdf"})
def get_letter_pdf(call: Call, letter_id: str) -> Response:
    """A letter as PDF."""
    return letter_pdf(call.office, letter_id)
