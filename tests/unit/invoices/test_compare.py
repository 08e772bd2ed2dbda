"""Sources against each other: contradictions are named, shortened numbers and unprinted values are none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pulse.invoices.codes.payment_slip import PaymentSlip, SlipParty
from pulse.invoices.model import FieldEvidence, Invoice, Payment
from pulse.invoices.sources import contradictions, merge, names_invoice, same_invoice, value_at, with_slips
from pulse.synthetic import invoice


@pytest.fixture
def annex() -> Invoice:
    truth = invoice(81, rows=2)
    fields = {path: FieldEvidence(confidence=1, page=2) for path in ("total_amount", "invoice_number", "positions")}
    return truth.model_copy(update={"fields": fields, "invoice_number": "AP-2026-000101"})


def printed_as(annex: Invoice, **values: object) -> Invoice:
    seen = {path: FieldEvidence(confidence=0.9, page=1, box=(1, 2, 3, 4)) for path in annex.fields}
    return annex.model_copy(update={"fields": seen, **values})


def named(invoice: Invoice) -> list[tuple[str, str, str | None]]:
    return [(one.code.value, one.severity, one.field) for one in invoice.findings]


@pytest.mark.parametrize(
    ("printed", "severity"),
    [
        ("AP-2026-000101", None),
        ("AP 2026 000101", None),
        ("101", "info"),
        ("000101", "info"),
        (None, None),
        ("102", "error"),
        ("AP-2026-000102", "error"),
    ],
)
def test_the_template_prints_the_last_digits_of_a_number(
    annex: Invoice, printed: str | None, severity: str | None
) -> None:
    merged = merge([annex, printed_as(annex, invoice_number=printed)])
    assert named(merged) == ([("P229", severity, "invoice_number")] if severity else [])
    assert merged.invoice_number == "AP-2026-000101"


def test_what_was_not_printed_contradicts_nothing(annex: Invoice) -> None:
    assert named(merge([annex, printed_as(annex, total_amount=None, guid=None)])) == []


def test_case_and_blanks_of_a_name_are_no_contradiction(annex: Invoice) -> None:
    name = (annex.patient.family_name or "").upper()
    patient = annex.patient.model_copy(update={"family_name": f" {name} "})
    assert named(merge([annex, printed_as(annex, patient=patient)])) == []


def test_a_sheet_of_another_invoice_is_a_contradiction(annex: Invoice) -> None:
    assert ("P229", "error", "guid") in named(merge([annex, printed_as(annex, guid="f" * 32)]))


def test_the_print_shows_where_a_value_stands_if_it_says_the_same(annex: Invoice) -> None:
    merged = merge([annex, printed_as(annex, invoice_number="101")])
    assert merged.fields["total_amount"] == FieldEvidence(confidence=1, page=1, box=(1, 2, 3, 4))
    assert merged.fields["invoice_number"] == FieldEvidence(confidence=1, page=2)


def test_without_print_the_annex_stands_alone(annex: Invoice) -> None:
    assert merge([annex]) is annex


def test_a_path_leads_to_its_value(annex: Invoice) -> None:
    assert value_at(annex, "positions.1.code") == annex.positions[1].code
    assert value_at(annex, "positions.9.code") is None
    assert value_at(annex, "patient.ssn") == annex.patient.ssn


def test_each_less_trusted_source_is_compared(annex: Invoice) -> None:
    attached = printed_as(annex, source=annex.source.model_copy(update={"kind": "xml"}))
    merged = merge([annex, attached, printed_as(annex, total_amount=Decimal("1.00"), tiers="soldant")])
    assert named(merged) == [("P229", "error", "total_amount"), ("P229", "error", "tiers")]


def test_a_kind_of_invoice_that_a_source_does_not_name_contradicts_nothing(annex: Invoice) -> None:
    storno = annex.model_copy(update={"subtype": "storno"})
    assert contradictions(storno, printed_as(annex)) == []
    said = printed_as(annex).model_copy(update={"fields": {"subtype": FieldEvidence(confidence=1)}})
    assert [one.field for one in contradictions(storno, said)] == ["subtype"]


def test_each_position_that_differs_is_named(annex: Invoice) -> None:
    first, second = annex.positions
    changed = printed_as(annex, positions=(first, second.model_copy(update={"amount": Decimal("0.05"), "code": None})))
    assert named(merge([annex, changed])) == [("P229", "error", "positions.1.amount")]
    assert named(merge([annex, printed_as(annex, positions=(first,))])) == [("P229", "error", "positions")]


@pytest.mark.parametrize(
    ("values", "same"),
    [
        ({}, True),
        ({"guid": "f" * 32}, False),
        ({"guid": None}, True),
        ({"guid": None, "invoice_number": "101"}, True),
        ({"guid": None, "invoice_number": "7"}, False),
    ],
)
def test_two_sources_mean_one_invoice_by_guid_else_by_number(
    annex: Invoice, values: dict[str, object], *, same: bool
) -> None:
    assert same_invoice(annex, printed_as(annex, **values)) is same


def slip(**values: object) -> PaymentSlip:
    whole = {
        "page": 2,
        "iban": "CH4431999123000889012",
        "creditor": SlipParty(),
        "amount": Decimal("80.35"),
        "currency": "CHF",
        "debtor": SlipParty(),
        "reference_type": "QRR",
        "reference": "210000000003139471430009017",
    }
    return PaymentSlip(**{**whole, **values})  # type: ignore[arg-type]


@pytest.fixture
def payable(annex: Invoice) -> Invoice:
    payment = Payment(iban=slip().iban, reference=slip().reference, reference_type="QRR")
    return annex.model_copy(update={"payment": payment, "amount_due": Decimal("80.35")})


def test_a_slip_that_says_the_same_changes_nothing(payable: Invoice) -> None:
    assert with_slips(payable, [slip()]) == payable
    assert with_slips(payable, []) is payable
    assert with_slips(payable, [slip(amount=None)]) == payable


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"iban": "CH5800791123000889012"}, "payment.iban"),
        ({"reference": "000000000000000000000000000"}, "payment.reference"),
        ({"amount": Decimal("80.30")}, "amount_due"),
        ({"currency": "EUR"}, "currency"),
    ],
)
def test_a_slip_that_says_something_else_is_a_contradiction(
    payable: Invoice, values: dict[str, object], field: str
) -> None:
    assert named(with_slips(payable, [slip(**values)])) == [("P229", "error", field)]


def test_what_is_on_the_slip_alone_is_taken_from_it(annex: Invoice) -> None:
    bare = annex.model_copy(update={"payment": Payment(), "amount_due": None})
    filled = with_slips(bare, [slip()])
    assert filled.payment == Payment(iban=slip().iban, reference=slip().reference, reference_type="QRR")
    assert filled.amount_due == Decimal("80.35")
    assert filled.fields["payment.iban"] == FieldEvidence(confidence=1, page=2)
    assert filled.findings == ()


def test_slips_for_two_payments_go_to_a_person(payable: Invoice) -> None:
    assert named(with_slips(payable, [slip(reference="0" * 27), slip()])) == [("P229", "error", "payment")]


def test_a_text_names_an_invoice_by_what_is_its_own_and_its_patient(annex: Invoice) -> None:
    patient = annex.patient
    assert patient.birth_date
    own, person = f"Total CHF {annex.total_amount}", f"geboren am {patient.birth_date:%d.%m.%Y}"
    assert names_invoice(f"Rechnung\n{own}\n{person}", annex)
    assert names_invoice(f"AP - 2026 - 000101 / {patient.family_name}".upper(), annex)
    assert not names_invoice(own, annex)
    assert not names_invoice(f"{person} {patient.ssn} {patient.family_name}", annex)
    assert not names_invoice("", annex)
