"""One letter of every kind to every recipient, as a real case would give it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from letters.amounts import PositionFact
from letters.evaluation.cases import INSURER
from letters.facts import Address, Facts
from letters.occasions import DECISIONS, Kind, Recipient
from letters.texts import letters_that_exist
from pulse.base.reasons import Language, Reason

CLIENT = Address(name="Małgorzata Győri-Meier", street="Länggassstrasse 45a", zip="3012", city="Bern")
PROVIDER = Address(name="Apotheke zum Bären AG", street="Marktgasse 3", zip="3011", city="Bern")
CONTROLLERS = Address(name="Leistungsprüfung")

_OUTCOMES = {
    Kind.APPROVED: ("71.55", "8.80", "80.35", ()),
    Kind.PARTLY_APPROVED: ("65.90", "0.00", "65.90", (Reason.PRICE_ABOVE_MAXIMUM, Reason.NOT_LISTED)),
    Kind.DENIED: ("0.00", "0.00", "0.00", (Reason.DECIDED_APPROVAL_MISSING, Reason.NOT_LISTED)),
}


def _positions(kind: Kind) -> tuple[PositionFact, ...]:
    first, second, _, reasons = _OUTCOMES.get(kind, (None, None, None, ()))
    notes = [(reason,) for reason in reasons] or [(), ()]
    day = dt.date(2026, 6, 10)
    return (
        PositionFact(
            line=1, date=day, code="7680562090041", name="Abilify Tabl 10 mg 28 Stk", quantity=Decimal(1),
            billed=Decimal("71.55"), approved=Decimal(first) if first else None, reasons=notes[0],
        ),
        PositionFact(
            line=2, date=day, code="7680481641027", name="Dafalgan Filmtabl 1 g 16 Stk", quantity=Decimal("2.0"),
            billed=Decimal("8.80"), approved=Decimal(second) if second else None, reasons=notes[1],
        ),
    )  # fmt: skip


ASKED = {
    "questions": ("Welche Dosierung wurde verordnet, und für welche Dauer?", "Bitte senden Sie uns das Rezept."),
    "answer_by": dt.date(2026, 7, 16),
}


def make_facts(
    kind: Kind = Kind.APPROVED, recipient: Recipient = Recipient.CLIENT, language: Language = "de", **changes: Any
) -> Facts:
    """Realistic facts of one letter; `changes` replace single values."""
    addressee = {Recipient.CLIENT: CLIENT, Recipient.PROVIDER: PROVIDER, Recipient.CONTROLLER: CONTROLLERS}[recipient]
    values: dict[str, Any] = {
        "kind": kind, "recipient": recipient, "language": language, "case_id": 12345678,
        "letter_date": dt.date(2026, 6, 16), "insurer": INSURER, "addressee": addressee,
    }  # fmt: skip
    if recipient is Recipient.CONTROLLER:
        values |= {
            "case_url": "https://pulse.muster-kv.example/cases/12345678",
            "due_at": dt.datetime(2026, 6, 17, 8, 0, tzinfo=dt.UTC),
        }
    else:
        values |= {
            "patient_name": CLIENT.name, "invoice_number": "2026-0101", "invoice_date": dt.date(2026, 6, 12),
            "biller_name": PROVIDER.name, "billed_total": Decimal("80.35"),
        }  # fmt: skip
        if kind is not Kind.NOT_INSURED:
            day = dt.date(2026, 6, 10)
            values |= {"insurance_number": "756.9217.0769.85", "treatment_begin": day, "treatment_end": day}
    if kind in DECISIONS:
        values |= {"positions": _positions(kind), "approved_total": Decimal(_OUTCOMES[kind][2])}
    values |= {
        Kind.RETURNED: {"reasons": (Reason.GTIN_INVALID, Reason.BIRTH_DATE_MISSING), "positions": _positions(kind)},
        Kind.NOTICE: {"reasons": (Reason.DECIDED_QUESTION,), "comment": "Bitte senden Sie uns das Rezept."},
        Kind.APPROVED: {"payee": "client", "automated": True},
        Kind.PARTLY_APPROVED: {"payee": "provider"},
        Kind.NOT_INSURED: {"reasons": (Reason.NOT_INSURED,), "automated": True},
        Kind.ALREADY_RECEIVED: {"reasons": (Reason.ALREADY_RECEIVED,)},
        Kind.QUESTION: ASKED,
        Kind.QUESTION_REMINDER: ASKED,
    }.get(kind, {})
    if kind is Kind.RETURNED and recipient is Recipient.PROVIDER:
        values |= {"missing_fields": ("patient.birth_date", "positions.1.code")}
    return Facts(**{**values, **changes})


def all_facts(*languages: Language) -> list[Facts]:
    """Every letter there is, in these languages."""
    chosen: tuple[Language, ...] = languages or ("de", "en")
    return [make_facts(kind, recipient, language) for kind, recipient in letters_that_exist() for language in chosen]
