"""One German form 5.0 as PDF, as tests and the demo print it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from reportlab.pdfgen.canvas import Canvas

from pulse.invoices.model import Invoice
from pulse.synthetic.case import Case
from pulse.synthetic.catalogue import Insurer
from pulse.synthetic.layouts.form import FormStyle, draw_form, title_of
from pulse.synthetic.paper import Paper
from pulse.synthetic.qr_sheet import draw_annex
from pulse.synthetic.render.canvas import print_with_canvas
from pulse.synthetic.typefaces import HELVETICA, VERA
from pulse.synthetic.wording.forms import form_words
from pulse.synthetic.xml import xml

#: Vera is embedded (as most programs do), Helvetica is not (as the official print does).
_TYPEFACES = {"Helvetica": HELVETICA, "Vera": VERA}


def form_pdf(
    invoice: Invoice,
    *,
    annex: bool,
    typeface: Literal["Helvetica", "Vera"] = "Helvetica",
    insurer: Insurer | None = None,
    annex_xml: bytes | None = None,
    overlay: Callable[[Canvas], None] | None = None,
) -> bytes:
    """The form of this invoice, one to several pages; with `annex` the sheets of QR codes behind it.

    For tests of what must not be believed: `annex_xml` stands in the codes instead of the invoice's own XML, `overlay`
    draws on the form's last page.
    """
    case = Case(invoice=invoice, kind="pharmacy", insurer=insurer or Insurer())
    style = FormStyle(words=form_words("de"))
    title = title_of(case, style)
    paper = Paper(_TYPEFACES[typeface], title=f"{title} {invoice.invoice_number}")
    draw_form(paper, case, style)
    last = len(paper.pages) - 1
    if annex:
        data = annex_xml or xml(invoice, insurer=case.insurer)
        draw_annex(paper, case, data, title=title, words=style.words)
    return print_with_canvas(paper, overlay, last)
