"""Rows of the printed table: cells belong to the heading that ends where they end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reportlab.pdfgen.canvas import Canvas

from pulse.invoices.forms.reader import read_form
from pulse.invoices.model import Invoice, Source
from pulse.invoices.text.pages import read_pages
from pulse.synthetic import form_pdf, invoice


@pytest.fixture
def read_with() -> Callable[..., Invoice]:
    """Reads a form of one row with something drawn over it."""

    def read(draw: Callable[[Canvas], None], seed: int = 71) -> Invoice:
        pdf = form_pdf(invoice(seed, rows=1), annex=False, overlay=draw)
        form = read_form(read_pages(pdf, max_pages=3))
        assert form is not None
        return form[0].build(Source(kind="text", form_release=form[1]))

    return read


def row(canvas: Canvas, price: str, amount: str, quantity: str = "1.00") -> None:
    """A second row, below the first one."""
    canvas.setFont("Helvetica", 9)
    for x, text in ((28.3, "01.06.2026"), (83.5, "402"), (102, "7680494930101")):
        canvas.drawString(x, 300, text)
    for right, text in ((292, quantity), (334, price), (391.3, "1.00"), (567, amount)):
        canvas.drawRightString(right, 300, text)


@pytest.mark.parametrize(
    ("printed", "exact"),
    [
        ("1'234.50", "1234.50"),
        ("1’234.50", "1234.50"),
        ("1 234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("-5.00", "-5.00"),
    ],
)
def test_amounts_in_a_cell_are_read_as_people_print_them(
    read_with: Callable[..., Invoice], printed: str, exact: str
) -> None:
    read = read_with(lambda canvas: row(canvas, printed, printed))
    assert (str(read.positions[1].unit_price), str(read.positions[1].amount)) == (exact, exact)


def test_an_unreadable_amount_is_a_finding_and_the_row_stays(read_with: Callable[..., Invoice]) -> None:
    read = read_with(lambda canvas: row(canvas, "2.90", "1234.5O", quantity="NaN"))
    assert len(read.positions) == 2
    assert (read.positions[1].amount, read.positions[1].quantity) == (None, None)
    assert {(one.code, one.field) for one in read.findings} == {
        ("P230", "positions.1.amount"),
        ("P230", "positions.1.quantity"),
    }


def test_a_name_over_two_bold_lines_and_a_remark_below(read_with: Callable[..., Invoice]) -> None:
    def draw(canvas: Canvas) -> None:
        row(canvas, "2.90", "2.90")
        canvas.setFont("Helvetica-Bold", 7)
        canvas.drawString(102, 290, "Acetalgin Supp 125 mg für")
        canvas.drawString(102, 281, "Säuglinge 10 Stk")
        canvas.setFont("Helvetica", 7)
        canvas.drawString(102, 272, "Repetition; Indikationscode")
        canvas.drawString(102, 263, "12345.67")

    position = read_with(draw).positions[1]
    assert position.name == "Acetalgin Supp 125 mg für Säuglinge 10 Stk"
    assert position.remark == "Repetition; Indikationscode 12345.67"
    assert position.indication_code == "12345.67"


def test_a_code_with_blanks_is_one_code(read_with: Callable[..., Invoice]) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 9)
        canvas.drawString(28.3, 300, "01.06.2026")
        canvas.drawString(83.5, 300, "402")
        canvas.drawString(102, 300, "7680 49493 010 1")
        for right, text in ((292, "1.00"), (334, "2.90"), (567, "2.90")):
            canvas.drawRightString(right, 300, text)

    assert read_with(draw).positions[1].code == "7680494930101"


def test_a_row_without_a_date_is_a_row(read_with: Callable[..., Invoice]) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 9)
        canvas.drawString(83.5, 300, "402")
        canvas.drawString(102, 300, "7680494930101")
        for right, text in ((292, "1.00"), (334, "2.90"), (567, "2.90")):
            canvas.drawRightString(right, 300, text)

    read = read_with(draw)
    assert len(read.positions) == 2
    assert read.positions[1].date is None
