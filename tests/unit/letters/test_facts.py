"""Facts check themselves: what must not be said cannot be built."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

import pytest

from letters.amounts import PositionFact
from letters.facts import Facts, InvalidFacts
from letters.occasions import RECIPIENTS, Kind, Recipient
from pulse.base.reasons import LANGUAGES, Language, Reason

AMOUNT = Decimal("10.00")
MORE = Decimal("10.05")
PAID = PositionFact(line=1, billed=AMOUNT, approved=AMOUNT)


def test_every_letter_there_is_can_be_built_and_comes_back_from_json(every_letter: Facts) -> None:
    again = Facts.from_json(every_letter.to_json())
    assert again == every_letter
    assert again.digest() == every_letter.digest()


@pytest.mark.parametrize(
    ("kind", "recipient"),
    [(kind, recipient) for kind, recipient in itertools.product(Kind, Recipient) if recipient not in RECIPIENTS[kind]],
)
def test_a_letter_that_does_not_exist_is_refused(facts: Any, kind: Kind, recipient: Recipient) -> None:
    with pytest.raises(InvalidFacts):
        facts(kind, recipient)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Kind.APPROVED, {"approved_total": MORE, "billed_total": AMOUNT, "positions": ()}),
        (Kind.APPROVED, {"approved_total": AMOUNT, "billed_total": MORE, "positions": ()}),
        (Kind.APPROVED, {"approved_total": Decimal(0), "billed_total": Decimal(0), "positions": ()}),
        (Kind.APPROVED, {"approved_total": None}),
        (Kind.APPROVED, {"approved_total": Decimal("NaN")}),
        (Kind.APPROVED, {"approved_total": 80.35}),
        (Kind.APPROVED, {"payee": None}),
        (Kind.APPROVED, {"positions": (PositionFact(line=1, billed=AMOUNT, approved=AMOUNT),)}),
        (Kind.PARTLY_APPROVED, {"approved_total": Decimal("80.35")}),
        (Kind.PARTLY_APPROVED, {"approved_total": Decimal(0)}),
        (Kind.DENIED, {"approved_total": AMOUNT}),
        (Kind.DENIED, {"payee": "client"}),
        (Kind.DENIED, {"positions": (PAID,), "reasons": (Reason.DECIDED_NOT_LISTED,)}),
        (Kind.RETURNED, {"approved_total": AMOUNT}),
        (Kind.NOTICE, {"positions": (PositionFact(line=1, billed=AMOUNT, approved=MORE),)}),
    ],
)  # fmt: skip
def test_amounts_that_contradict_the_decision_are_refused(facts: Any, kind: Kind, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidFacts):
        facts(kind, **changes)


@pytest.mark.parametrize("kind", [Kind.DENIED, Kind.PARTLY_APPROVED])
def test_a_denial_needs_reasons_and_a_person(facts: Any, kind: Kind) -> None:
    with pytest.raises(InvalidFacts, match="person"):
        facts(kind, automated=True)
    bare = tuple(PositionFact(line=p.line, billed=p.billed, approved=p.approved) for p in facts(kind).positions)
    with pytest.raises(InvalidFacts, match="reasons"):
        facts(kind, positions=bare, reasons=())


@pytest.mark.parametrize("recipient", [Recipient.CLIENT, Recipient.PROVIDER])
@pytest.mark.parametrize("reason", [Reason.RISK_ABUSE, Reason.RISK_CLIENT, Reason.DELIVERY_UNKNOWN])
def test_risk_and_technical_reasons_stay_inside_the_house(facts: Any, recipient: Recipient, reason: Reason) -> None:
    with pytest.raises(InvalidFacts, match="inside the house"):
        facts(Kind.DENIED, recipient, reasons=(reason,))
    with pytest.raises(InvalidFacts, match="inside the house"):
        facts(Kind.DENIED, recipient, positions=(PositionFact(line=1, reasons=(reason,)),))


@pytest.mark.parametrize(
    "changes",
    [
        {"insurance_number": "123"},
        {"treatment_begin": dt.date(2026, 6, 10)},
        {"comment": "Sie war bis März bei uns."},
        {"positions": (PositionFact(line=1),)},
        {"reasons": (Reason.NO_COVER_ON_DATE,)},
        {"reasons": (Reason.NOT_INSURED, Reason.CLIENT_MISMATCH)},
    ],
)
def test_not_insured_tells_nothing_beyond_that(facts: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidFacts):
        facts(Kind.NOT_INSURED, Recipient.PROVIDER, **changes)


@pytest.mark.parametrize(
    "changes",
    [{"patient_name": "Anna"}, {"case_url": None}, {"due_at": None}, {"due_at": dt.datetime(2026, 6, 17, 8)}],  # noqa: DTZ001
)
def test_controllers_get_a_link_and_no_person(facts: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidFacts):
        facts(Kind.ESCALATION, Recipient.CONTROLLER, **changes)


def test_case_links_do_not_leave_the_house(facts: Any) -> None:
    with pytest.raises(InvalidFacts):
        facts(Kind.APPROVED, case_url="https://pulse.example/cases/1")


def test_a_return_says_why_and_a_notice_tells_something(facts: Any) -> None:
    with pytest.raises(InvalidFacts):
        facts(Kind.RETURNED, Recipient.PROVIDER, reasons=(), missing_fields=(), comment=None)
    with pytest.raises(InvalidFacts):
        facts(Kind.NOTICE, reasons=(), comment=None)
    with pytest.raises(InvalidFacts):
        facts(Kind.DENIED, missing_fields=("invoice_number",))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data | {"schema_version": 2},
        lambda data: data | {"diagnosis": "F20"},
        lambda data: {key: value for key, value in data.items() if key != "case_id"},
        lambda data: data | {"approved_total": 80.35},
        lambda data: data | {"insurer": data["insurer"] | {"extra": 1}},
    ],
)
def test_json_that_does_not_fit_is_refused(facts: Any, spoil: Any) -> None:
    with pytest.raises(InvalidFacts):
        Facts.from_json(spoil(facts().to_json()))


def test_the_digest_changes_with_any_fact(facts: Any) -> None:
    assert facts().digest() != facts(case_id=2).digest() != facts(case_id=2, comment="x").digest()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_is_worded_in_the_recipients_language(facts: Any, language: Language) -> None:
    assert facts(language=language).wording_language == language


def test_an_account_is_masked_and_told_to_its_owner_alone(facts: Any) -> None:
    own = {"payee": "client", "account": "CH93 … 2957"}
    assert facts(**own).account == "CH93 … 2957"
    with pytest.raises(InvalidFacts, match="masked"):
        facts(**own | {"account": "CH9300762011623852957"})
    with pytest.raises(InvalidFacts, match="another's account"):
        facts(Kind.APPROVED, Recipient.PROVIDER, **own)
    with pytest.raises(InvalidFacts, match="another's account"):
        facts(payee="provider", account="CH93 … 2957")
