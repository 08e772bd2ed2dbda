"""Annex before attached XML before print: which source counts, and what happens where two of them disagree."""

from __future__ import annotations

import datetime as dt
import io
import random
from decimal import Decimal

import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from scanned import Scan, scanned

from pulse.invoices import Invoice, reading, reading_state
from pulse.invoices.model import Payment
from pulse.invoices.reading import Reading, read, read_pdf
from pulse.invoices.text.ocr_data import data_folder
from pulse.synthetic import form_pdf, hostile, invoice, xml
from pulse.synthetic.payment_part import code_picture, payload
from pulse.synthetic.qr_sheet import data_matrix

TODAY = dt.date(2026, 11, 22)


def pages_of(*parts: tuple[bytes, list[int]]) -> bytes:
    """These pages (from 0) of these PDFs, one behind the other."""
    writer = PdfWriter()
    for pdf, numbers in parts:
        writer.append(io.BytesIO(pdf), pages=numbers)
    with io.BytesIO() as file:
        writer.write(file)
        return file.getvalue()


def with_long_remarks(truth: Invoice) -> Invoice:
    """Text that cannot be packed: the annex takes more than one sheet."""
    rng = random.Random(1)
    remarks = [one.model_copy(update={"remark": rng.randbytes(150).hex()}) for one in truth.positions]
    return truth.model_copy(update={"positions": tuple(remarks)})


def parts_of(truth: Invoice, annex_xml: bytes | None = None) -> tuple[bytes, list[int], list[int]]:
    """Form with annex, the numbers of the form's pages and of the annex's."""
    pdf = form_pdf(truth, annex=True, annex_xml=annex_xml)
    count = len(PdfReader(io.BytesIO(pdf)).pages)
    form = len(PdfReader(io.BytesIO(form_pdf(truth, annex=False))).pages)
    return pdf, list(range(form)), list(range(form, count))


def findings(invoice: Invoice) -> set[tuple[str, str, str | None]]:
    return {(one.code.value, one.severity, one.field) for one in invoice.findings}


def sources(found: Reading) -> list[tuple[str, bool]]:
    return [(one.source, one.chosen) for one in found.record.candidates]


def test_annex_attached_xml_and_print_that_agree_are_one_invoice() -> None:
    truth = invoice(61, rows=4)
    writer = PdfWriter(clone_from=io.BytesIO(form_pdf(truth, annex=True)))
    writer.add_attachment("rechnung.xml", xml(truth))
    with io.BytesIO() as file:
        writer.write(file)
        result = read(file.getvalue(), today=TODAY)
    assert sources(result) == [("qr_annex", True), ("xml", False), ("text", False)]
    found = result.required()
    assert (found.source.kind, found.positions, found.findings) == ("qr_annex", truth.positions, ())
    assert found.fields["patient.family_name"].page == 1
    assert found.fields["patient.family_name"].box is not None


def test_annex_pages_before_the_form_and_out_of_order_are_read() -> None:
    truth = invoice(62, rows=60)
    pdf, form, annex = parts_of(truth, xml(with_long_remarks(truth)))
    assert len(annex) > 1
    found = read_pdf(pages_of((pdf, annex[::-1]), (pdf, form)), today=TODAY)
    assert (found.source.kind, found.guid, found.findings) == ("qr_annex", truth.guid, ())
    assert [one.amount for one in found.positions] == [one.amount for one in truth.positions]


def test_the_annex_of_one_invoice_behind_the_form_of_another_goes_to_a_person() -> None:
    (one, form, _), (other, _, annex) = parts_of(invoice(63, rows=2)), parts_of(invoice(64, rows=2))
    found = read_pdf(pages_of((one, form), (other, annex)), today=TODAY)
    assert {("P229", "error", name) for name in ("guid", "patient.ssn", "total_amount")} <= findings(found)
    assert reading_state(found) == "doubtful"


def with_data_matrix(truth: Invoice) -> bytes:
    """The form with the Data Matrix that programs print on it."""
    picture = data_matrix(f"FD50{truth.guid}deGGR01")
    return form_pdf(truth, annex=False, overlay=lambda canvas: canvas.drawImage(ImageReader(picture), 540, 790, 27, 27))


@pytest.mark.parametrize("dpi", [150, 300])
def test_a_scanned_form_of_another_invoice_is_seen_by_its_data_matrix(dpi: int) -> None:
    truth, other = invoice(63, rows=2), invoice(64, rows=2)
    own, _, annex = parts_of(truth)
    scan = Scan(dpi=dpi, skew=0.4, noise=8)
    found = read_pdf(scanned(pages_of((with_data_matrix(other), [0]), (own, annex)), scan), today=TODAY)
    assert ("P229", "error", "guid") in findings(found)
    found = read_pdf(scanned(pages_of((with_data_matrix(truth), [0]), (own, annex)), scan), today=TODAY)
    assert (found.positions, found.findings) == (truth.positions, ())


@pytest.mark.skipif(data_folder() is None, reason="tesseract (the extra `ocr`) is not installed")
def test_a_scanned_form_without_a_data_matrix_is_compared_by_its_text() -> None:
    (one, form, annex), (other, _, other_annex) = parts_of(invoice(63, rows=2)), parts_of(invoice(64, rows=2))
    own = read(scanned(pages_of((one, form), (one, annex))), today=TODAY)
    assert own.required().findings == ()
    assert (own.record.pages[0].source, own.record.pages[-1].source) == ("ocr", "text")
    foreign = read_pdf(scanned(pages_of((one, form), (other, other_annex))), today=TODAY)
    assert ("P229", "error", "guid") in findings(foreign)
    assert reading_state(foreign) == "doubtful"


def test_a_scanned_form_that_nobody_could_compare_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ocr_folder", lambda: None)
    pdf, form, annex = parts_of(invoice(63, rows=2))
    found = read_pdf(scanned(pages_of((pdf, form), (pdf, annex))), today=TODAY)
    assert findings(found) == {("P239", "info", None)}
    assert reading_state(found) == "complete"


def test_two_whole_invoices_in_one_file_are_named_and_not_mixed() -> None:
    first, second = invoice(65, rows=2), invoice(66, rows=3)
    (one, form, annex), (other, other_form, other_annex) = parts_of(first), parts_of(second)
    found = read_pdf(pages_of((one, form + annex), (other, other_form + other_annex)), today=TODAY)
    assert (found.guid, found.positions, found.patient) == (first.guid, first.positions, first.patient)
    assert ("P242", "error", None) in findings(found)
    assert any(str(second.invoice_number) in one.message for one in found.findings)
    assert reading_state(found) == "doubtful"


def test_a_sheet_that_is_missing_leaves_the_print_and_says_so() -> None:
    truth = invoice(67, rows=60)
    pdf, form, annex = parts_of(truth, xml(with_long_remarks(truth)))
    found = read_pdf(pages_of((pdf, form), (pdf, annex[1:])), today=TODAY)
    assert (found.source.kind, found.positions) == ("text", truth.positions)
    assert ("P235", "warning", None) in findings(found)


def test_a_changed_print_beside_the_annex_is_found() -> None:
    """The codes say what the program wrote; the paper says what somebody else did."""
    truth = invoice(68, rows=2)
    assert truth.total_amount is not None
    more = truth.total_amount + Decimal("100.00")
    other = truth.model_copy(update={"total_amount": more, "amount_due": more})
    found = read_pdf(form_pdf(other, annex=True, annex_xml=xml(truth)), today=TODAY)
    assert found.total_amount == truth.total_amount
    assert {("P229", "error", "total_amount"), ("P229", "error", "amount_due")} <= findings(found)


def slip_on(canvas: Canvas, truth: Invoice) -> None:
    """The payment part's code on the form's last page."""
    canvas.drawImage(ImageReader(code_picture(payload(truth))), 250, 100, 130, 130)


PAYABLE = Payment(iban="CH4431999123000889012", reference="210000000003139471430009017", reference_type="QRR")


def test_a_payment_slip_says_what_the_form_does_not() -> None:
    truth = invoice(70, rows=2).model_copy(update={"payment": PAYABLE})
    found = read_pdf(form_pdf(truth, annex=False, overlay=lambda canvas: slip_on(canvas, truth)), today=TODAY)
    assert (found.source.kind, found.payment) == ("text", PAYABLE)
    assert [one.code for one in found.findings if one.severity == "error"] == []


@pytest.mark.parametrize("annex", [True, False])
def test_a_payment_slip_for_another_amount_goes_to_a_person(*, annex: bool) -> None:
    truth = invoice(70, rows=2).model_copy(update={"payment": PAYABLE})
    asked = truth.model_copy(update={"amount_due": Decimal("9999.95")})
    found = read_pdf(form_pdf(truth, annex=annex, overlay=lambda canvas: slip_on(canvas, asked)), today=TODAY)
    assert found.amount_due == truth.amount_due
    assert ("P229", "error", "amount_due") in findings(found)
    assert reading_state(found) == "doubtful"


def test_the_record_says_what_each_step_saw() -> None:
    truth = invoice(69, rows=2)
    record = read(form_pdf(truth, annex=True), today=TODAY).record
    assert record.pages[0].source == "text"
    assert truth.patient.family_name is not None
    assert truth.patient.family_name.split()[-1] in record.pages[0].text
    kinds = [one.kind for one in record.codes]
    assert kinds.count("data_matrix") >= 1
    assert kinds.count("qr") >= 1
    annex, printed = record.candidates
    assert annex.chosen
    assert annex.invoice is not None
    assert printed.invoice is not None
    assert (annex.invoice.guid, printed.invoice.guid) == (truth.guid, truth.guid)
    assert not record.cut


def test_a_page_without_an_invoice_has_its_words_in_the_record() -> None:
    result = read(hostile.cover_letter(), today=TODAY)
    assert result.problem is not None
    assert result.problem.reason == "P108"
    assert result.record.pages[0].text
