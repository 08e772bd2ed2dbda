"""Trying a decision without a case: what would be paid of an invoice, by the lists and rules as they are now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection

from db import approvals, clients
from pulse.base.errors import InvalidInput
from pulse.base.identifiers import compact
from pulse.claims.position_facts import Surroundings, articles_of, left_of, settled
from pulse.claims.rules import facts, identity
from pulse.claims.rules.coverage import Cover, treatment_day
from pulse.claims.rules.settlement import Settlement
from pulse.claims.storable import storable
from pulse.invoices.model import Invoice, Law, Patient


class NotAQuestion(InvalidInput):
    """The input is not a client and an invoice."""

    code = "not_a_question"


class _Input(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Insured(_Input):
    """The insured person; names, birth date, AHV and card number that are not given are not compared."""

    insurance_number: str
    family_name: str = ""
    given_name: str = ""
    birth_date: date | None = None
    covered_from: date
    covered_until: date | None = None
    law: Law = "KVG"
    ahv_number: str | None = None
    card_number: str | None = None


class ApprovalOnFile(_Input):
    """An approval of costs, for a pack or a group by the start of its ATC code; `packs` that it still covers."""

    gtin: str | None = None
    atc: str | None = None
    indication_code: str | None = None
    valid_from: date
    valid_until: date | None = None
    packs: Decimal | None = None


class DispensedBefore(_Input):
    """What the person got before; `biller` by GLN or ZSR number."""

    gtin: str
    day: date
    packs: Decimal = Decimal(1)
    atc: str | None = None
    biller: str | None = None


class Question(_Input):
    """Client and invoice, and where they matter approvals and what was dispensed before."""

    client: Insured
    invoice: Invoice
    approvals: tuple[ApprovalOnFile, ...] = ()
    history: tuple[DispensedBefore, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What would become of the invoice, its positions in the order given."""

    settlement: Settlement

    def to_json(self) -> dict[str, Any]:
        """`positions` with outcome, payable (CHF) and reasons, and the same for the invoice as a whole."""
        whole = self.settlement
        return {
            "positions": [
                {"outcome": line.outcome, "payable": f"{line.payable:.2f}", "reasons": [*map(str, line.reasons)]}
                for line in whole.lines
            ],
            "outcome": whole.outcome,
            "payable_amount": f"{whole.payable_amount:.2f}",
            "reasons": [*map(str, whole.reasons)],
            "needs_person": whole.outcome != "full",
        }


def question_of(text: str) -> Question:
    """Reads a question from JSON; amounts may be numbers. Raises `NotAQuestion`, with what is wrong where."""
    try:
        data = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise NotAQuestion(f"This is not JSON: {error}.") from error
    if isinstance(data, dict) and isinstance(data.get("invoice"), dict):
        data["invoice"] = {"source": {"kind": "person"}} | data["invoice"]
    try:
        return Question.model_validate(data)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc'])) or 'input'}: {one['msg']}" for one in error.errors()[:10])
        raise NotAQuestion("; ".join(problems)) from error


def evaluate(connection: Connection, question: Question, rules: facts.Rules) -> Evaluation:
    """Judges the invoice as a case would be, with the lists of the database and the approvals that the person, if
    registered, has there. Earlier cases are left out: a past case must not find itself. Nothing is stored."""
    invoice = storable(question.invoice)
    around = Surroundings(
        cover=Cover(law=question.client.law, begins=question.client.covered_from, ends=question.client.covered_until),
        articles=articles_of(connection, invoice),
        approvals=[*_given(question), *_on_file(connection, question.client, invoice)],
        history=[
            facts.Dispensed(invoice_id=0, line=number, **dict(one)) for number, one in enumerate(question.history)
        ],
        match=_match(invoice, question.client),
        rules=rules,
    )
    return Evaluation(settlement=settled(invoice, around)[1])


def _match(invoice: Invoice, client: Insured) -> identity.Match:
    person = identity.Person(
        id=0,
        insurance_number=compact(client.insurance_number),
        ahv_number=compact(client.ahv_number) if client.ahv_number else None,
        card_number=compact(client.card_number) if client.card_number else None,
        first_name=client.given_name,
        last_name=client.family_name,
        birth_date=client.birth_date,
    )
    if not _comparable(invoice.patient, person):
        return "found" if identity.same_name(invoice.patient, person) else "mismatch"
    match, _ = identity.identify(invoice.patient, [person])
    return match


def _comparable(patient: Patient, person: identity.Person) -> bool:
    """Whether the invoice gives a number of a kind that the person gives too, or one that is theirs."""
    given = identity.numbers_of(patient)
    own = (person.insurance_number, person.ahv_number, person.card_number)
    return any(getattr(person, kind) or number in own for kind, number in given.items())


def _given(question: Question) -> Sequence[facts.Approval]:
    return [facts.Approval(**dict(one)) for one in question.approvals]


def _on_file(connection: Connection, client: Insured, invoice: Invoice) -> Sequence[facts.Approval]:
    days = [day for position in invoice.positions if (day := treatment_day(invoice, position))]
    known = clients.by_number(connection, client.insurance_number)
    if known is None or not days:
        return []
    return [left_of(one, ()) for one in approvals.between(connection, known.id, min(days), max(days))]
