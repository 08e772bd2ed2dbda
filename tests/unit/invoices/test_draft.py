"""Values as they are printed: exact, or a finding, never something in between."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from pulse.invoices.draft import Draft, Where
from pulse.invoices.model import Source

HERE = Where(1, (1.0, 2.0, 3.0, 4.0), 0.9)


@pytest.mark.parametrize(
    ("printed", "amount"),
    [
        ("1'234.50", "1234.50"),
        ("1’234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("CHF 12.-", "12.00"),
        ("–5.00", "-5.00"),
        ("4.1", "4.10"),
        ("0.8765", "0.8765"),
    ],
)
def test_an_amount_is_read_exactly(printed: str, amount: str) -> None:
    draft = Draft()
    draft.money("total_amount", printed, HERE)
    assert str(draft.values["total_amount"]) == amount
    assert draft.findings == []


@pytest.mark.parametrize("printed", ["NaN", "1234.5O", "1,234", "12.5.0", "Infinity", "9" * 30])
def test_what_is_no_amount_is_a_finding_and_no_value(printed: str) -> None:
    draft = Draft()
    draft.money("total_amount", printed, HERE)
    assert "total_amount" not in draft.values
    assert [(one.code, one.severity, one.field) for one in draft.findings] == [("P230", "error", "total_amount")]


def test_a_quantity_loses_its_trailing_zeros_only() -> None:
    draft = Draft()
    for index, text in enumerate(("2.00", "0.50", "100")):
        draft.number(f"positions.{index}.quantity", text, HERE)
    assert [str(value) for value in draft.values.values()] == ["2", "0.5", "100"]


def test_a_day_that_no_calendar_has_is_a_finding() -> None:
    draft = Draft()
    draft.date("invoice_date", "31.02.2026", HERE)
    assert "invoice_date" not in draft.values
    assert [(one.code, one.message) for one in draft.findings] == [("P222", "there is no 31.02.2026")]


@pytest.mark.parametrize("printed", ["..", "", "  ", None])
def test_a_blank_date_is_nothing(printed: str | None) -> None:
    draft = Draft()
    draft.date("invoice_date", printed, HERE)
    assert not draft.values
    assert not draft.findings


@pytest.mark.parametrize("written", ["2025-11-04+01:00", "2025-11-04T00:00:00.000+01:00", "2025-11-04", "04.11.2025"])
def test_a_date_is_a_day_however_it_is_written(written: str) -> None:
    draft = Draft()
    draft.date("invoice_date", written, HERE)
    assert draft.values["invoice_date"] == dt.date(2025, 11, 4)


def test_nan_is_no_number_but_nan_is_a_name() -> None:
    draft = Draft()
    draft.text("invoice_number", "NaN", HERE)
    draft.text("patient.given_name", "Nan", HERE)
    assert draft.values == {"patient.given_name": "Nan"}
    assert [one.code for one in draft.findings] == ["P236"]


def test_the_first_value_of_a_path_counts_and_has_evidence() -> None:
    draft = Draft()
    draft.text("patient.city", "Bern", HERE)
    draft.text("patient.city", "Biel", HERE)
    invoice = draft.build(Source(kind="text"))
    assert invoice.patient.city == "Bern"
    assert invoice.fields["patient.city"].box == (1.0, 2.0, 3.0, 4.0)
    assert invoice.fields["patient.city"].confidence == 0.9


def test_rows_without_values_are_positions_too() -> None:
    draft = Draft(rows=2)
    draft.money("positions.1.amount", "5.00", HERE)
    positions = draft.build(Source(kind="text")).positions
    assert [(one.line, one.amount) for one in positions] == [(1, None), (2, Decimal("5.00"))]
