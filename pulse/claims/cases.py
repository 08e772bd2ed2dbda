"""What pages and API show of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import audit, clients, decisions, documents, effects, invoices, letters, mails, payments, providers, questions
from db.effects import Effect
from db.invoices import Case, Line, State
from db.letters import Letter
from db.questions import Question
from letters.facts import Facts
from letters.occasions import Recipient
from letters.pdf import render
from letters.writer import TemplateWriter
from pulse.base.errors import InvalidInput, NotFound
from pulse.claims.approve_letter import may_be_called_back
from pulse.claims.check_decision import standing_of
from pulse.claims.letter_facts import LETTER_OF, compose, read_file
from pulse.claims.money import accounts
from pulse.claims.money.shares import Shares
from pulse.claims.office import Office
from pulse.claims.receive import RECORD
from pulse.claims.relations import Relation, relations_of
from pulse.claims.rules.decision import Proposal, examine
from pulse.claims.settle import registered_provider
from pulse.claims.steps import case_of
from pulse.invoices.record import Record


@dataclass(frozen=True, kw_only=True)
class Event:
    """One step of the case's way, from the audit trail."""

    at: datetime
    actor: str
    action: str
    details: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """A case with everything known about it; letters and events oldest first."""

    case: Case
    lines: list[Line]
    client: clients.Client | None
    provider: providers.Provider | None
    assessments: list[decisions.Assessment]
    decisions: list[decisions.Decision]
    letters: list[Letter]
    effects: dict[str, Effect]
    mail: mails.Mail | None
    relations: list[Relation]
    #: What the provider was asked, by round, each with the mails that answered or tried to.
    asked: list[tuple[Question, list[int]]]
    timeline: list[Event]
    #: An answer in XML went out with the provider's letter.
    answered_in_xml: bool = False
    #: Recipients known to the registers whose letters open with a password.
    with_password: tuple[str, ...] = ()
    #: What the decision meant for the client's account when it was booked.
    shares: Shares | None

    def effect_of(self, letter: Letter) -> Effect | None:
        """What the ledger says about sending a letter."""
        return self.effects.get(letter.effect_key)

    def may_be_called_back(self, letter: Letter) -> bool:
        """Whether a person may still undo it."""
        return may_be_called_back(letter, self.effect_of(letter))


def case_view(office: Office, invoice_id: int) -> CaseView:
    """The whole case; raises `CaseMissing`."""
    with office.database.read() as connection:
        case = case_of(connection, invoice_id)
        client = clients.get(connection, case.client_id) if case.client_id is not None else None
        provider = registered_provider(connection, case)
        policy = office.policy
        locked = {
            "client": client and policy.letter_protection,
            "provider": provider and policy.letter_protection_provider,
        }
        return CaseView(
            case=case,
            with_password=tuple(who for who, how in locked.items() if how == "password"),
            lines=invoices.lines(connection, invoice_id),
            client=client,
            provider=provider,
            assessments=decisions.assessments_of(connection, invoice_id),
            decisions=decisions.of_invoice(connection, invoice_id),
            letters=letters.of_invoice(connection, invoice_id),
            effects={effect.key: effect for effect in effects.of_invoice(connection, invoice_id)},
            mail=mails.get(connection, case.mail_id) if case.mail_id is not None else None,
            shares=accounts.booked(connection, invoice_id, questions.round_of(connection, invoice_id)),
            relations=relations_of(connection, invoice_id),
            asked=[
                (question, questions.mails_of(connection, question.id))
                for question in questions.of_invoice(connection, invoice_id)
            ],
            answered_in_xml=payments.last_response(connection, invoice_id) is not None,
            timeline=[
                Event(at=row["at"], actor=row["actor"], action=row["action"], details=row["details"])
                for row in audit.of_invoice(connection, invoice_id)
            ],
        )


def case_page(office: Office, *, state: State | None = None, before: int | None = None, limit: int = 50) -> list[Case]:
    """Cases, newest first; `before` is the last id of the page above."""
    with office.database.read() as connection:
        return invoices.page(connection, state=state, before=before, limit=limit)


def case_counts(office: Office) -> dict[State, int]:
    """How many cases are in each state."""
    with office.database.read() as connection:
        return invoices.counts(connection)


def document_of(office: Office, invoice_id: int) -> tuple[bytes, str]:
    """The document as received, and its media type; raises `NotFound` where the invoice came as data."""
    with office.database.read() as connection:
        digest = _document_of(connection, invoice_id)
        kind = documents.media_type(connection, digest)
    return office.documents.get(digest), kind or "application/octet-stream"


def reading_record(office: Office, invoice_id: int) -> Record:
    """What each step of the reading saw; raises `NotFound` where the invoice came as data."""
    with office.database.read() as connection:
        digest = _document_of(connection, invoice_id)
    return Record.unpack(office.documents.get_beside(digest, RECORD))


def _document_of(connection: Connection, invoice_id: int) -> str:
    """The SHA-256 of the case's document: the newest one, where an answer has brought another."""
    asked = questions.of_invoice(connection, invoice_id)
    brought = [question.document_sha256 for question in asked if question.document_sha256]
    digest = brought[-1] if brought else case_of(connection, invoice_id).document_sha256
    if digest is None:
        raise NotFound("This invoice came without a document.", invoice_id=invoice_id)
    return digest


def page_image(office: Office, invoice_id: int, page: int) -> bytes:
    """A page of the document as PNG, made in the reader's sandbox; raises `NotFound`, `Unreadable`."""
    data, _ = document_of(office, invoice_id)
    return office.reader.page_image(data, page)


def letter_pdf(office: Office, letter_id: str) -> bytes:
    """A letter as it was or will be sent; raises `NotFound`."""
    with office.database.read() as connection:
        letter = letters.get(connection, letter_id)
    if letter is None or letter.pdf_sha256 is None:
        raise NotFound("There is no such letter.", letter=letter_id)
    return office.documents.get(letter.pdf_sha256)


def preview_letter(office: Office, invoice_id: int, recipient: str, proposal: Proposal) -> bytes:
    """The letter that this decision would lead to, as PDF in template wording. Raises as `proposed_letter`."""
    facts, texts = proposed_letter(office, invoice_id, recipient, proposal), office.policy.texts
    return render(facts, TemplateWriter(texts).write(facts), texts, office.policy.letterhead)


def proposed_letter(office: Office, invoice_id: int, recipient: str, proposal: Proposal) -> Facts:
    """What the letter would say that this decision leads to; nothing is stored.

    Raises `Refused` where the decision would not count, `InvalidInput` for an unknown recipient.
    """
    if recipient not in (Recipient.CLIENT, Recipient.PROVIDER):
        raise InvalidInput("There is no such letter.", code="letter_unknown")
    with office.database.read() as connection:
        accepted = examine(proposal, standing_of(connection, invoice_id))
        decision = decisions.Decision(
            id=0,
            invoice_id=invoice_id,
            round=questions.round_of(connection, invoice_id),
            decision=accepted.decision,
            reason_code=accepted.reason_code,
            comment=proposal.comment,
            review_id=None,
            payable_amount=accepted.payable_amount,
            decided_by="",
            automated=accepted.automated,
            decided_at=office.clock.now(),
        )
        review = None
        if proposal.review is not None and accepted.decision == "partial":
            amounts = {str(line): format(amount, "f") for line, amount in proposal.review.items()}
            review = decisions.Review(
                id="", invoice_id=invoice_id, payable=amounts, made_by="", made_at=decision.decided_at
            )
        file = read_file(connection, invoice_id, decision=decision, review=review)
    return compose(office, file, Recipient(recipient), LETTER_OF[accepted.decision])
