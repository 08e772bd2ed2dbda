"""Reading the text costs at most 0.65 of what pdfplumber's words and table cost, in processor time."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable

import pdfplumber
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser

from pulse.invoices.forms.reader import read_form
from pulse.invoices.text.page_text import TextReader
from pulse.synthetic import form_pdf, invoice

MOST = 0.65


def test_the_own_words_cost_at_most_two_thirds_of_pdfplumbers() -> None:
    forms = [form_pdf(invoice(seed), annex=False, typeface="Vera" if seed % 2 else "Helvetica") for seed in range(8)]
    ratios = []
    for form in forms * 2:
        ours, theirs = _cpu(_read, form), _cpu(_plumb, form)
        ratios.append(ours / theirs)
    assert statistics.median(ratios) <= MOST


def _read(form: bytes) -> None:
    reader = TextReader()
    document = PDFDocument(PDFParser(io.BytesIO(form)))
    assert read_form([reader.read(page, number) for number, page in enumerate(PDFPage.create_pages(document), 1)])


def _plumb(form: bytes) -> None:
    with pdfplumber.open(io.BytesIO(form)) as pdf:
        for page in pdf.pages:
            page.extract_words()
            page.extract_table()


def _cpu(work: Callable[[bytes], None], form: bytes) -> float:
    start = time.process_time()
    work(form)
    return time.process_time() - start
