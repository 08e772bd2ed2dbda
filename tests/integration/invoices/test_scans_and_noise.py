"""Scans of the QR sheets, locks without a key, turned and cropped pages, copies, and files with bytes knocked out."""

from __future__ import annotations

import datetime as dt
import io
import random

import pytest
from PIL import Image, ImageFilter
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pulse.base.errors import Unreadable
from pulse.invoices import Invoice, reading, reading_state
from pulse.invoices.reading import page_image, read_pdf
from pulse.synthetic import form_pdf, invoice

TODAY = dt.date(2026, 11, 22)


def scanned(pdf: bytes, *, angle: float, pages: list[int] | None = None) -> bytes:
    """Every page as a grey, slightly blurred and turned picture of 200 dpi."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(595.275, 841.889))
    count = len(PdfReader(io.BytesIO(pdf)).pages)
    for number in pages or range(1, count + 1):
        picture = Image.open(io.BytesIO(page_image(pdf, number, dpi=200))).convert("L")
        picture = picture.rotate(angle, fillcolor=255, resample=Image.Resampling.BICUBIC)
        picture = picture.filter(ImageFilter.GaussianBlur(0.7)).point(lambda value: 25 + value * 4 // 5)
        canvas.drawImage(ImageReader(picture), 0, 0, 595.275, 841.889)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize("angle", [0, 1.5, -2, 180])
def test_a_scan_is_read_by_its_codes(angle: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its codes alone: nothing else is there to compare them with."""
    monkeypatch.setattr(reading, "ocr_folder", lambda: None)
    truth = invoice(61, rows=12, tiers="payant")
    read = read_pdf(scanned(form_pdf(truth, annex=True), angle=angle), today=TODAY)
    assert read.source.kind == "qr_annex"
    assert read.positions == truth.positions
    assert (read.patient, read.payment, read.total_amount) == (truth.patient, truth.payment, truth.total_amount)


def test_a_scan_of_the_form_alone_goes_to_a_person_where_there_is_no_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ocr_folder", lambda: None)
    pdf = form_pdf(invoice(61, rows=2), annex=True)
    with pytest.raises(Unreadable) as refused:
        read_pdf(scanned(pdf, angle=0, pages=[1]))
    assert refused.value.reason == "P107"


def test_a_lock_that_opens_without_a_password_is_no_obstacle() -> None:
    truth = invoice(62, rows=2)
    writer = PdfWriter(clone_from=io.BytesIO(form_pdf(truth, annex=False)))
    writer.encrypt(user_password="", owner_password="nobody knows", algorithm="AES-256")
    file = io.BytesIO()
    writer.write(file)
    assert read_pdf(file.getvalue(), today=TODAY).positions == truth.positions


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_lock_with_a_password_is_named(algorithm: str) -> None:
    writer = PdfWriter(clone_from=io.BytesIO(form_pdf(invoice(62, rows=2), annex=False)))
    writer.encrypt(user_password="geheim", algorithm=algorithm)
    file = io.BytesIO()
    writer.write(file)
    with pytest.raises(Unreadable) as refused:
        read_pdf(file.getvalue())
    assert refused.value.reason == "P102"


def test_an_old_lock_is_named_too() -> None:
    file = io.BytesIO()
    canvas = Canvas(file, encrypt=StandardEncryption("geheim", strength=40))
    canvas.drawString(50, 800, "Rückforderungsbeleg")
    canvas.save()
    with pytest.raises(Unreadable) as refused:
        read_pdf(file.getvalue())
    assert refused.value.reason == "P102"


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_lies_on_its_side_or_its_head_is_read(turn: int) -> None:
    truth = invoice(63, rows=3)
    writer = PdfWriter(clone_from=io.BytesIO(form_pdf(truth, annex=False)))
    writer.pages[0].rotate(turn)
    file = io.BytesIO()
    writer.write(file)
    read = read_pdf(file.getvalue(), today=TODAY)
    assert read.positions == truth.positions
    assert read.total_amount == truth.total_amount


def test_a_cropped_page_is_measured_from_what_is_shown_of_it() -> None:
    truth = invoice(65, rows=2)
    writer = PdfWriter(clone_from=io.BytesIO(form_pdf(truth, annex=False)))
    writer.pages[0].mediabox.left = -100
    writer.pages[0].mediabox.top = 1000
    writer.pages[0].cropbox.lower_left = (0, 0)
    writer.pages[0].cropbox.upper_right = (595.275, 841.889)
    file = io.BytesIO()
    writer.write(file)
    read = read_pdf(file.getvalue(), today=TODAY)
    assert read.positions == truth.positions
    box = read.fields["patient.family_name"].box
    assert box is not None
    assert abs(box[0] - 162.7) < 1
    assert abs(box[1] - 100) < 1


def test_text_below_a_page_wide_picture_is_not_what_a_person_sees() -> None:
    def cover(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(Image.new("L", (60, 80), 255)), 0, 0, 595, 842)

    with pytest.raises(Unreadable) as refused:
        read_pdf(form_pdf(invoice(66, rows=2), annex=False, overlay=cover))
    assert refused.value.reason == "P107"


def test_the_same_page_twice_counts_once() -> None:
    truth = invoice(67, rows=2)
    writer = PdfWriter()
    for _ in range(2):
        writer.append(io.BytesIO(form_pdf(truth, annex=False)))
    file = io.BytesIO()
    writer.write(file)
    read = read_pdf(file.getvalue(), today=TODAY)
    assert read.positions == truth.positions
    assert read.findings == ()


def test_two_invoices_in_one_file_go_to_a_person() -> None:
    writer = PdfWriter()
    for seed in (68, 69):
        writer.append(io.BytesIO(form_pdf(invoice(seed, rows=2), annex=False)))
    file = io.BytesIO()
    writer.write(file)
    read = read_pdf(file.getvalue(), today=TODAY)
    assert ("P242", "error") in [(one.code, one.severity) for one in read.findings]
    assert reading_state(read) == "doubtful"


@pytest.mark.timeout(600)
def test_any_bytes_give_an_invoice_or_a_named_problem(full_size: bool) -> None:
    rng = random.Random(4)
    forms = [form_pdf(invoice(64, rows=3), annex=annex) for annex in (True, False, False, False)]
    names = set()
    for number in range(200 if full_size else 24):
        broken = bytearray(forms[number % 4])
        for _ in range(rng.choice((1, 5, 50))):
            start = rng.randrange(len(broken))
            broken[start : start + rng.randrange(1, 40)] = rng.randbytes(rng.randrange(0, 40))
        try:
            assert isinstance(read_pdf(bytes(broken), today=TODAY), Invoice)
            names.add("read")
        except Unreadable as error:
            names.add(error.reason)
    assert names <= {"read", "P101", "P102", "P103", "P105", "P106", "P107", "P108", "P109"}
    assert len(names) > 1
