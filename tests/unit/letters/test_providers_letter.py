"""What a provider may read: every field of the facts is either theirs or refused in their letter."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from letter_samples import make_facts

from letters.amounts import Bill, CostShare, PositionFact
from letters.as_text import render_text
from letters.facts import Facts, InvalidFacts
from letters.occasions import Kind, Recipient
from letters.writer import TemplateWriter
from pulse.base.reasons import LANGUAGES, Language, Reason

#: What the provider wrote themselves, what was decided about it, and who writes to whom.
THEIRS = {
    "kind", "recipient", "language", "case_id", "letter_date", "insurer", "addressee", "law", "patient_name",
    "insurance_number", "invoice_number", "invoice_date", "treatment_begin", "treatment_end", "biller_name",
    "invoice_guid", "payment_reference",
    "positions", "billed_total", "approved_total", "payee", "account", "bills", "withdrawn", "account_wanted",
    "reasons", "missing_fields", "questions", "answer_by", "comment", "automated",
}  # fmt: skip
SHARE = CostShare(franchise=Decimal("0.00"), copayment=Decimal("8.05"), settled=Decimal("72.30"))
OWED = Bill(case_id=1, purpose="cost_share", amount=Decimal("8.05"), due_on=dt.date(2026, 7, 16))
REFUSED: dict[str, Any] = {
    "cost_share": SHARE,
    "refund": Decimal("5.00"),
    "case_url": "https://pulse.example/cases/1",
    "due_at": dt.datetime(2026, 6, 17, 8, tzinfo=dt.UTC),
}


def test_every_field_is_theirs_or_refused() -> None:
    assert {field.name for field in dataclasses.fields(Facts)} == THEIRS | set(REFUSED)


@pytest.mark.parametrize("field", list(REFUSED))
@pytest.mark.parametrize("kind", [Kind.APPROVED, Kind.PARTLY_APPROVED])
def test_what_is_not_theirs_is_refused(kind: Kind, field: str) -> None:
    with pytest.raises(InvalidFacts):
        make_facts(kind, Recipient.PROVIDER, **{field: REFUSED[field]})


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.startswith(("P7", "P9"))])
def test_no_field_that_holds_reasons_takes_one_about_risk(reason: Reason) -> None:
    line = PositionFact(line=1, billed=Decimal("80.35"), reasons=(reason,))
    for changes in ({"reasons": (reason,)}, {"positions": (line,)}):
        with pytest.raises(InvalidFacts, match="inside the house"):
            make_facts(Kind.RETURNED, Recipient.PROVIDER, **changes)


def test_a_bill_for_the_cost_share_and_the_clients_account_are_refused() -> None:
    with pytest.raises(InvalidFacts, match="cost share"):
        make_facts(Kind.APPROVED, Recipient.PROVIDER, bills=(OWED,))
    with pytest.raises(InvalidFacts, match="another's account"):
        make_facts(Kind.APPROVED, Recipient.PROVIDER, payee="client", account="CH93 … 2957")


def test_no_name_within_a_field_of_theirs_speaks_of_shares_or_risk() -> None:
    data = make_facts(Kind.PARTLY_APPROVED, Recipient.PROVIDER, payee="provider", account="CH93 … 2957").to_json()
    names = set(_names(data["positions"])) | set(_names(data["insurer"])) | set(_names(data["addressee"]))
    assert not [
        name for name in names if any(word in name for word in ("share", "franchise", "copay", "risk", "score"))
    ]


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for inner in value.values() for name in _names(inner))]
    return [name for inner in value for name in _names(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_provider_reads_by_what_to_find_invoice_and_payment(language: Language) -> None:
    guid, reference = "ddd2c58a0fcc4df8b5151719b0101893", "210000000003139471430009017"
    values: dict[str, Any] = {"invoice_guid": guid, "language": language}
    facts = make_facts(Kind.PARTLY_APPROVED, Recipient.PROVIDER, payment_reference=reference, **values)
    text = render_text(facts, TemplateWriter().write(facts))
    assert guid in text
    assert "21 00000 00003 13947 14300 09017" in " ".join(text.split())
    denied = make_facts(Kind.DENIED, Recipient.PROVIDER, **values)
    assert guid in render_text(denied, TemplateWriter().write(denied))


@pytest.mark.parametrize(
    ("kind", "recipient", "changes"),
    [
        (Kind.APPROVED, Recipient.CLIENT, {"invoice_guid": "ddd2c58a0fcc4df8b5151719b0101893"}),
        (Kind.PARTLY_APPROVED, Recipient.CLIENT, {"payment_reference": "RF18539007547034"}),
        (Kind.APPROVED, Recipient.PROVIDER, {"payment_reference": "RF18539007547034"}),  # the client is paid
        (Kind.DENIED, Recipient.PROVIDER, {"payment_reference": "RF18539007547034"}),
        (Kind.PARTLY_APPROVED, Recipient.PROVIDER, {"payment_reference": "CH93 0076 2011 6238 5295 7"}),
    ],
)
def test_nobody_else_reads_them_and_no_account_passes_for_one(
    kind: Kind, recipient: Recipient, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidFacts):
        make_facts(kind, recipient, **changes)
