"""The four calls that were there first; names and shapes stay as they are."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from db import medications
from pulse.base.identifiers import gtin_13
from pulse.claims.check_client import look_up
from pulse.claims.send_email import send_email as send
from pulse.claims.short_form import ShortForm, as_invoice, is_short_form
from pulse.invoices.model import Invoice
from pulse.web.api.intake import take_invoice
from pulse.web.api.models import Body, InvoiceId, Money, Number, Reply
from pulse.web.endpoint import Answer, Call, Routes

routes = Routes()


def _form(body: Any) -> str:
    if isinstance(body, ShortForm):
        return "short_form"
    return "short_form" if isinstance(body, dict) and is_short_form(body) else "invoice"


InvoiceOrShortForm = Annotated[
    Annotated[Invoice, Tag("invoice")] | Annotated[ShortForm, Tag("short_form")], Discriminator(_form)
]


class Created(Reply):
    """The invoice is stored. `status` is `success`, or `already_received` for one that was here before."""

    status: Literal["success", "already_received"]
    message: str
    process_instance_id: str | None
    invoice_id: int


class ClientQuestion(Body):
    """An insured, AHV or card number."""

    insurance_number: Number


class ClientFacts(Reply):
    """An insured person, as the register has them."""

    insurance_number: str
    first_name: str
    last_name: str
    street: str
    zip: str
    city: str
    email: str | None
    language: str
    risk_score: Literal["low", "medium", "high"]


class ClientFound(Reply):
    """The client with this insured, AHV or card number, if there is one."""

    found: bool
    client: ClientFacts | None


class MedicationQuestion(Body):
    """A GTIN, with 13 or 14 digits."""

    gtin: Number


class MedicationFacts(Reply):
    """A listed pack with its newest public price."""

    gtin: str
    manufacturer: str
    description: str
    substances: str
    public_price: Money | None
    abuse_risk: Literal[0, 1]


class MedicationFound(Reply):
    """The listed pack with this GTIN, if there is one."""

    found: bool
    medication: MedicationFacts | None


class Notice(Body):
    """What to tell the client of a case: a reason code, or a comment."""

    invoice_id: InvoiceId
    reason: str = Field(min_length=1, max_length=3900)


class NoticeTaken(Reply):
    """What becomes of the letter."""

    status: Literal["queued", "waiting_for_approval", "already_sent"]
    letter_id: str


@routes.post(
    "/create_invoice",
    scope="invoices:write",
    body=InvoiceOrShortForm,
    answers={200: Created, 202: Created},
    idempotent=True,
    at_root=True,
)
def create_invoice(call: Call) -> Answer:
    """Stores an invoice and starts its process.

    Takes the Invoice or its short form. 202 while the engine is away: the process starts when it is back.
    """
    short = isinstance(call.body, ShortForm)
    invoice = as_invoice(call.body) if short else call.body
    taken = take_invoice(call, invoice, short_form=short)
    status: Literal["success", "already_received"] = "success"
    message = "Invoice created and process started"
    if taken.result == "already_received":
        status, message = "already_received", "This invoice was received before"
    elif taken.process_instance_id is None:
        message = "Invoice created; its process starts as soon as the engine answers"
    answer = Created(
        status=status, message=message, process_instance_id=taken.process_instance_id, invoice_id=taken.invoice_id
    )
    return Answer(body=answer, status=202 if taken.is_waiting else 200)


@routes.post("/check_client", scope="clients:read", body=ClientQuestion, answers={200: ClientFound}, at_root=True)
def check_client(call: Call) -> Answer:
    """Who has this insurance number?"""
    client = look_up(call.office, call.body.insurance_number)
    facts = ClientFacts.model_validate(client) if client else None
    return Answer(body=ClientFound(found=client is not None, client=facts))


@routes.post(
    "/check_medication", scope="medications:read", body=MedicationQuestion, answers={200: MedicationFound}, at_root=True
)
def check_medication(call: Call) -> Answer:
    """Which pack on the list has this GTIN? With its newest public price in CHF."""
    gtin = gtin_13(call.body.gtin)
    with call.office.database.read() as connection:
        pack = medications.get(connection, gtin) if gtin else None
        price = medications.latest_price(connection, pack.gtin) if pack else None
    if pack is None:
        return Answer(body=MedicationFound(found=False, medication=None))
    facts = MedicationFacts(
        gtin=pack.gtin,
        manufacturer=pack.manufacturer,
        description=pack.name,
        substances=pack.substances,
        public_price=price,
        abuse_risk=1 if pack.abuse_risk else 0,
    )
    return Answer(body=MedicationFound(found=True, medication=facts))


@routes.post("/send_email", scope="letters:send", body=Notice, answers={202: NoticeTaken}, at_root=True)
def send_email(call: Call) -> Answer:
    """Sends the client of an invoice a notice.

    `reason` is a reason code; any other text becomes the letter's comment. A denial waits for a person's approval. The
    same call again sends nothing again.
    """
    sent = send(call.office, call.body.invoice_id, call.body.reason, actor=call.actor)
    return Answer(body=NoticeTaken(status=sent.status, letter_id=sent.letter_id), status=202)
