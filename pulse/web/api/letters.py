"""Letters of a case."""

from __future__ import annotations

from typing import Any

from flask import Response
from pydantic import Field

from db import letters
from db.letters import Letter
from pulse.claims.approve_letter import approve, call_back, finish_task
from pulse.claims.edit_letter import back_to_template, edit
from pulse.claims.letter_view import letter_view
from pulse.claims.office import Office
from pulse.claims.people import token_login
from pulse.claims.steps import case_of
from pulse.web.api.models import Body, Moment, Reply
from pulse.web.endpoint import Answer, Call, Routes
from pulse.web.files import letter_pdf

routes = Routes()


class LetterOnRecord(Reply):
    """A letter; `worded_by` is `template`, `model` or `person`, empty until it is written; `approved_by` whoever let it
    go out."""

    id: str
    invoice_id: int
    recipient: str
    kind: str
    round: int
    language: str
    state: str
    reason_code: str
    worded_by: str | None
    approved_by: str | None
    created_at: Moment
    settled_at: Moment | None
    #: Where the PDF is, once it is written.
    pdf: str | None


class LetterList(Reply):
    """The letters of a case, oldest first."""

    letters: list[LetterOnRecord]


class WordingOnRecord(Reply):
    """A letter's explanation; `revision` counts the changes that people made of it."""

    letter_id: str
    state: str
    worded_by: str | None
    revision: int
    paragraphs: list[str]


class NewWording(Body):
    """A person's wording, in place of the one that was read as `revision`; or the template's."""

    paragraphs: list[str] | None = Field(
        None, min_length=1, max_length=50, description="The explanation, one text a paragraph; null: the template's."
    )
    revision: int = Field(ge=0, description="As it was read: a letter that was worded anew meanwhile is left alone.")


class Approval(Body):
    """Which wording is approved."""

    revision: int = Field(ge=0, description="As it was read: nothing else goes out.")


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


@routes.get("/letters/<letter_id>/wording", scope="letters:send", answers={200: WordingOnRecord})
def get_letter_wording(call: Call, letter_id: str) -> Answer:
    """The wording of a letter."""
    return Answer(body=_wording(call.office, letter_id))


@routes.put("/letters/<letter_id>/wording", scope="letters:send", body=NewWording, answers={200: WordingOnRecord})
def put_letter_wording(call: Call, letter_id: str) -> Answer:
    """Gives a waiting letter a person's wording, or the template's.

    422 `wording_refused` names each fact that is missing or none of this letter's; 409 where the letter does not wait
    or was worded anew meanwhile.
    """
    wanted: NewWording = call.body
    user = token_login(call.caller)
    if wanted.paragraphs is None:
        back_to_template(call.office, letter_id, user, revision=wanted.revision)
    else:
        edit(call.office, letter_id, "\n\n".join(wanted.paragraphs), user, revision=wanted.revision)
    return Answer(body=_wording(call.office, letter_id))


@routes.post("/letters/<letter_id>/approve", scope="letters:send", body=Approval, answers={200: WordingOnRecord})
def approve_letter(call: Call, letter_id: str) -> Answer:
    """Lets a waiting letter go out, in the name of the token; 409 where it does not wait any more."""
    approval: Approval = call.body
    approve(call.office, letter_id, token_login(call.caller), revision=approval.revision)
    finish_task(call.office, letter_id)
    return Answer(body=_wording(call.office, letter_id))


@routes.post("/letters/<letter_id>/undo", scope="letters:send", answers={200: WordingOnRecord})
def undo_letter(call: Call, letter_id: str) -> Answer:
    """Calls back a letter that has not left: it waits for approval. 409 `letter_has_left` once it is on its way."""
    call_back(call.office, letter_id, token_login(call.caller))
    return Answer(body=_wording(call.office, letter_id))


def _wording(office: Office, letter_id: str) -> WordingOnRecord:
    view = letter_view(office, letter_id)
    return WordingOnRecord(
        letter_id=letter_id,
        state=view.letter.state,
        worded_by=(view.letter.wording or {}).get("worded_by"),
        revision=view.revision,
        paragraphs=view.letter.paragraphs or [],
    )
