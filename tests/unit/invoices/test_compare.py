"""Annex against print: contradictions are named, shortened numbers and unprinted values are none."""

from __future__ import annotations

import pytest

from pulse.invoices.model import FieldEvidence, Invoice
from pulse.invoices.sources import merge, value_at
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
    merged = merge(annex, printed_as(annex, invoice_number=printed))
    assert named(merged) == ([("P229", severity, "invoice_number")] if severity else [])
    assert merged.invoice_number == "AP-2026-000101"


def test_what_was_not_printed_contradicts_nothing(annex: Invoice) -> None:
    assert named(merge(annex, printed_as(annex, total_amount=None, guid=None))) == []


def test_case_and_blanks_of_a_name_are_no_contradiction(annex: Invoice) -> None:
    name = (annex.patient.family_name or "").upper()
    patient = annex.patient.model_copy(update={"family_name": f" {name} "})
    assert named(merge(annex, printed_as(annex, patient=patient))) == []


def test_a_sheet_of_another_invoice_is_a_contradiction(annex: Invoice) -> None:
    assert ("P229", "error", "guid") in named(merge(annex, printed_as(annex, guid="f" * 32)))


def test_the_print_shows_where_a_value_stands_if_it_says_the_same(annex: Invoice) -> None:
    merged = merge(annex, printed_as(annex, invoice_number="101"))
    assert merged.fields["total_amount"] == FieldEvidence(confidence=1, page=1, box=(1, 2, 3, 4))
    assert merged.fields["invoice_number"] == FieldEvidence(confidence=1, page=2)


def test_without_print_the_annex_stands_alone(annex: Invoice) -> None:
    assert merge(annex, None) is annex


def test_a_path_leads_to_its_value(annex: Invoice) -> None:
    assert value_at(annex, "positions.1.code") == annex.positions[1].code
    assert value_at(annex, "positions.9.code") is None
    assert value_at(annex, "patient.ssn") == annex.patient.ssn
