"""Two hundred synthetic forms: identifiers, dates, amounts and positions exact (a fifth of them in the short run)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from pulse.invoices import Invoice
from pulse.invoices.checks import reading_state
from pulse.invoices.reading import read_pdf
from pulse.synthetic import form_pdf, hostile, invoice, xml

FIRST_SEED = 20_000
#: What only the annex says.
NOT_PRINTED = {"payment": ..., "biller": {"email"}}
UNLIKE = {"source": ..., "fields": ..., "findings": ...}


def said(one: Invoice, *, annex: bool) -> dict[str, object]:
    return one.model_dump(exclude=UNLIKE if annex else UNLIKE | NOT_PRINTED)


def read_one(seed: int) -> tuple[Invoice, Invoice, bool]:
    truth, annex = invoice(seed), seed % 4 == 0
    pdf = form_pdf(truth, annex=annex, typeface="Vera" if seed % 2 else "Helvetica")
    return truth, read_pdf(pdf, today=truth.invoice_date), annex


@pytest.mark.timeout(600)
def test_synthetic_forms_are_read_exactly(full_size: bool) -> None:
    seeds = range(FIRST_SEED, FIRST_SEED + (200 if full_size else 40))
    wrong = {}
    with ThreadPoolExecutor(2) as pool:
        for truth, read, annex in pool.map(read_one, seeds):
            if said(read, annex=annex) != said(truth, annex=annex) or read.findings:
                wrong[truth.invoice_number] = (said(read, annex=annex), said(truth, annex=annex), read.findings)
            assert read.source.kind == ("qr_annex" if annex else "text")
            assert reading_state(read) == "complete"
    assert wrong == {}


@pytest.mark.parametrize("tiers", ["garant", "payant"])
def test_fifteen_rows_go_on_over_the_page_break(tiers) -> None:
    truth = invoice(FIRST_SEED, rows=15, tiers=tiers)
    read = read_pdf(form_pdf(truth, annex=False), today=truth.invoice_date)
    assert read.source.pages == 2
    assert read.positions == truth.positions
    assert {read.fields[f"positions.{index}.code"].page for index in range(15)} == {1, 2}
    assert read.total_amount == truth.total_amount, "not the Zwischentotal"


def test_a_print_that_says_something_else_than_the_annex_goes_to_a_person() -> None:
    truth = invoice(FIRST_SEED + 1, rows=3, tiers="payant")
    first = truth.positions[0].model_copy(update={"code": "7680494930101", "amount": Decimal("999.95")})
    other = truth.model_copy(
        update={
            "invoice_number": "R-2026-999999",
            "total_amount": Decimal("1234.55"),
            "patient": truth.patient.model_copy(update={"family_name": "Anders"}),
            "positions": (first, *truth.positions[1:]),
        }
    )
    read = read_pdf(form_pdf(other, annex=True, annex_xml=xml(truth)), today=truth.invoice_date)
    assert read.source.kind == "qr_annex"
    assert (read.invoice_number, read.total_amount) == (truth.invoice_number, truth.total_amount), "the annex wins"
    assert read.positions == truth.positions
    assert {one.field for one in read.findings if one.code == "P229" and one.severity == "error"} == {
        "invoice_number",
        "total_amount",
        "patient.family_name",
        "positions.0.code",
        "positions.0.amount",
    }
    assert reading_state(read) == "doubtful"


def test_a_row_that_one_of_both_lacks_is_a_contradiction() -> None:
    truth = invoice(FIRST_SEED + 2, rows=4)
    fewer = truth.model_copy(update={"positions": truth.positions[:3]})
    read = read_pdf(form_pdf(fewer, annex=True, annex_xml=xml(truth)), today=truth.invoice_date)
    assert ("P229", "positions") in [(one.code, one.field) for one in read.findings]
    assert len(read.positions) == 4


def test_an_annex_that_is_no_request_gives_way_to_the_print() -> None:
    truth = invoice(FIRST_SEED + 3, rows=2)
    read = read_pdf(form_pdf(truth, annex=True, annex_xml=b"<!DOCTYPE a><a/>"), today=truth.invoice_date)
    assert read.source.kind == "text"
    assert [(one.code, one.severity) for one in read.findings] == [("P235", "warning")]
    assert read.positions == truth.positions


def test_text_that_no_person_sees_is_dropped_and_named() -> None:
    truth = invoice(1, rows=2)
    read = read_pdf(hostile.hidden_text(), today=truth.invoice_date)
    assert said(read, annex=False) == said(truth, annex=False)
    assert [(one.code, one.severity) for one in read.findings] == [("P234", "warning")]
    assert not any(word in read.model_dump_json() for word in ("UNSICHTBAR", "WINZIG", "AUSSERHALB"))


def test_a_patient_may_be_called_like_a_label() -> None:
    truth = invoice(FIRST_SEED + 4, rows=1)
    odd = {"family_name": "Ort", "given_name": "Name", "street": "Gesamtbetrag: 1.00", "city": "AHV-Nr."}
    named = truth.model_copy(update={"patient": truth.patient.model_copy(update=odd)})
    read = read_pdf(form_pdf(named, annex=False), today=truth.invoice_date)
    assert read.patient == named.patient
    assert read.total_amount == truth.total_amount


def test_a_remark_cannot_fill_in_what_is_missing_above() -> None:
    truth = invoice(FIRST_SEED + 5, rows=1)
    blank = truth.patient.model_copy(update={"ssn": None, "insured_number": None, "card_number": None})
    bare = truth.model_copy(update={"patient": blank})

    def write_remark(canvas) -> None:
        canvas.setFont("Helvetica", 7)
        canvas.drawString(81.5, 460, "Versicherten-Nr.")
        canvas.drawString(162.7, 460, "4711")

    read = read_pdf(form_pdf(bare, annex=False, overlay=write_remark), today=truth.invoice_date)
    assert read.insurance_number is None
    assert reading_state(read) == "incomplete"


def test_a_day_that_cannot_be_and_a_missing_code_are_findings() -> None:
    truth = invoice(FIRST_SEED + 6, rows=1)

    class Impossible:
        def strftime(self, _format: str) -> str:
            return "31.02.2026"

    broken = truth.positions[0].model_copy(update={"date": Impossible(), "code": None})
    read = read_pdf(form_pdf(truth.model_copy(update={"positions": (broken,)}), annex=False), today=truth.invoice_date)
    assert read.positions[0].date is None
    found = {(one.code.value, one.field) for one in read.findings}
    assert ("P222", "positions.0.date") in found
    assert ("P311", "positions.0.code") in found
