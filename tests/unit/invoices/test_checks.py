"""What an invoice's own values give away."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from pulse.invoices.checks import check, checked, reading_state
from pulse.invoices.evidence import uncertain
from pulse.invoices.model import FieldEvidence, Finding, Invoice, Party, Patient, Payment, Position
from pulse.synthetic import invoice

TODAY = dt.date(2026, 7, 1)


@pytest.fixture
def good() -> Invoice:
    return invoice(7, rows=3, tiers="payant")


def found(changed: Invoice) -> list[tuple[str, str, str | None]]:
    return [(one.code.value, one.severity, one.field) for one in check(changed, today=TODAY)]


def with_position(good: Invoice, **values: Any) -> Invoice:
    first = good.positions[0].model_copy(update=values)
    return good.model_copy(update={"positions": (first, *good.positions[1:])})


def with_patient(good: Invoice, **values: Any) -> Invoice:
    return good.model_copy(update={"patient": good.patient.model_copy(update=values)})


def test_a_good_invoice_has_no_findings_and_is_complete(good: Invoice) -> None:
    assert found(good) == []
    assert reading_state(good) == "complete"


@pytest.mark.parametrize(
    ("values", "code", "path"),
    [
        ({"invoice_number": None}, "P201", "invoice_number"),
        ({"invoice_date": None}, "P202", "invoice_date"),
        ({"biller": Party()}, "P203", "biller"),
        ({"positions": ()}, "P206", "positions"),
        ({"total_amount": None}, "P207", "total_amount"),
    ],
)
def test_a_missing_value_makes_the_reading_incomplete(
    good: Invoice, values: dict[str, Any], code: str, path: str
) -> None:
    changed = good.model_copy(update=values)
    assert (code, "error", path) in found(changed)
    assert reading_state(checked(changed, today=TODAY)) == "incomplete"


def test_a_patient_without_name_or_any_number_is_incomplete(good: Invoice) -> None:
    changed = good.model_copy(update={"patient": Patient()})
    codes = [code for code, severity, _ in found(changed) if severity == "error"]
    assert codes == ["P204", "P205"]


def test_a_missing_birth_date_alone_stops_nothing(good: Invoice) -> None:
    changed = checked(with_patient(good, birth_date=None), today=TODAY)
    assert [one.code.value for one in changed.findings] == ["P208"]
    assert reading_state(changed) == "complete"


def test_a_wrong_ahv_number_is_an_error_where_nothing_else_names_the_person(good: Invoice) -> None:
    wrong = "7561234567890"
    assert ("P224", "warning", "patient.ssn") in found(with_patient(good, ssn=wrong, insured_number="123"))
    alone = with_patient(good, ssn=wrong, insured_number=None)
    assert ("P224", "error", "patient.ssn") in found(alone)
    assert reading_state(checked(alone, today=TODAY)) == "doubtful"


def test_wrong_numbers_of_parties_are_warnings(good: Invoice) -> None:
    biller = good.biller.model_copy(update={"gln": "7634567890000", "zsr": "12"})
    assert found(good.model_copy(update={"biller": biller})) == [
        ("P225", "warning", "biller.gln"),
        ("P226", "warning", "biller.zsr"),
    ]


def test_rounding_to_five_cents_is_no_difference_and_six_cents_are(good: Invoice) -> None:
    assert good.total_amount is not None
    near = good.model_copy(update={"total_amount": good.total_amount + Decimal("0.05")})
    far = good.model_copy(update={"total_amount": good.total_amount + Decimal("0.06")})
    assert "P220" not in [code for code, _, _ in found(near)]
    assert ("P220", "error", "total_amount") in found(far)
    assert reading_state(checked(far, today=TODAY)) == "doubtful"


def test_quantity_times_price_that_is_not_the_amount_is_named(good: Invoice) -> None:
    first = good.positions[0]
    assert first.unit_price is not None
    assert first.amount is not None
    changed = with_position(good, unit_price=first.unit_price + 1)
    assert ("P221", "error", "positions.0.amount") in found(changed)


def test_a_two_part_tariff_has_no_single_unit_price_to_check(good: Invoice) -> None:
    changed = with_position(good, tariff="001", code="00.0010", unit_price=Decimal("9.57"))
    assert "P221" not in [code for code, _, _ in found(changed)]


@pytest.mark.parametrize(
    ("tariff", "code", "expected"),
    [
        ("402", "7680562090042", "P310"),
        ("402", None, "P311"),
        ("400", "12345678", "P310"),
        ("402", "07680562090041", None),
        ("400", "2734976", None),
        ("999", "anything", None),
    ],
)
def test_codes_are_checked_by_their_tariff(good: Invoice, tariff: str, code: str | None, expected: str | None) -> None:
    changed = checked(with_position(good, tariff=tariff, code=code), today=TODAY)
    codes = [one.code.value for one in changed.findings]
    assert codes == ([expected] if expected else [])
    assert reading_state(changed) == "complete", "the process has its own step for codes"


@pytest.mark.parametrize("quantity", ["0", "-1", "1000"])
def test_an_implausible_quantity_is_a_warning(good: Invoice, quantity: str) -> None:
    changed = with_position(good, quantity=Decimal(quantity), unit_price=Decimal(0), amount=Decimal(0))
    assert ("P315", "warning", "positions.0.quantity") in found(changed)


def test_days_in_the_future_and_impossible_days_are_errors(good: Invoice) -> None:
    future = good.model_copy(update={"invoice_date": dt.date(2026, 7, 2)})
    assert found(future) == [("P223", "error", "invoice_date")]
    assert good.treatment.begin
    backwards = good.treatment.model_copy(update={"end": good.treatment.begin - dt.timedelta(days=1)})
    assert found(good.model_copy(update={"treatment": backwards})) == [("P222", "error", "treatment.end")]
    assert found(with_patient(good, birth_date=dt.date(1790, 1, 1))) == [("P222", "error", "patient.birth_date")]


def test_wrong_payment_data_matter_where_the_provider_is_paid(good: Invoice) -> None:
    payment = Payment(iban="CH4431999123000889013", reference="1", reference_type="QRR")
    payant = good.model_copy(update={"payment": payment})
    assert found(payant) == [("P227", "error", "payment.iban"), ("P228", "error", "payment.reference")]
    garant = payant.model_copy(update={"tiers": "garant"})
    assert {severity for _, severity, _ in found(garant)} == {"warning"}


def test_another_currency_is_not_paid(good: Invoice) -> None:
    assert found(good.model_copy(update={"currency": "EUR"})) == [("P233", "error", "currency")]


def test_checking_twice_adds_nothing(good: Invoice) -> None:
    once = checked(good.model_copy(update={"invoice_number": None}), today=TODAY)
    assert checked(once, today=TODAY).findings == once.findings


def test_a_picture_goes_to_a_person_however_much_is_missing() -> None:
    picture = Invoice(source=invoice(1).source, findings=(Finding(code="P107", severity="error", message="a picture"),))
    assert reading_state(checked(picture, today=TODAY)) == "doubtful"


@pytest.mark.parametrize(
    ("kind", "release", "state"),
    [
        ("qr_annex", "5.0", "incomplete"),
        ("xml", "4.5", "incomplete"),
        ("text", "4.4", "incomplete"),
        ("person", None, "incomplete"),
        ("text", None, "doubtful"),
        ("ocr", "5.0", "doubtful"),
        ("model", None, "doubtful"),
    ],
)
def test_nobody_is_asked_for_a_value_that_a_reader_may_have_missed(
    good: Invoice, kind: str, release: str | None, state: str
) -> None:
    source = good.source.model_copy(update={"kind": kind, "form_release": release})
    without = good.model_copy(update={"invoice_number": None, "source": source})
    assert reading_state(checked(without, today=TODAY)) == state


@pytest.mark.parametrize(("limit", "state"), [(0.9, "doubtful"), (0.3, "complete"), (0.0, "complete")])
def test_how_sure_a_deciding_value_must_be_is_said_in_one_place(good: Invoice, limit: float, state: str) -> None:
    """However unsure a value is, it is the limit that makes it a finding, and the finding that makes it doubtful."""
    text = good.source.model_copy(update={"kind": "text"})
    fields = {"total_amount": FieldEvidence(confidence=0.3)}
    unsure = good.model_copy(update={"source": text, "fields": fields})
    assert reading_state(unsure) == "complete"
    assert reading_state(unsure.with_findings(uncertain(unsure, limit))) == state


def test_a_position_without_amount_is_an_error(good: Invoice) -> None:
    changed = good.model_copy(update={"positions": (*good.positions, Position(line=4))})
    assert ("P230", "error", "positions.3.amount") in found(changed)
