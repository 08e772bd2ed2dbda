"""Reading the text costs a small part of what pdfplumber's words cost, in processor time."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable

import pdfplumber

from pulse.invoices.text import fast, reference
from pulse.synthetic import form_pdf, invoice

#: Of pdfplumber's words; measured: 0.12 and 0.55. A busy machine is given room.
MOST, MOST_OF_THE_REFERENCE = 0.2, 0.75


def test_our_words_cost_a_fifth_of_pdfplumbers_at_most_and_the_references_three_quarters() -> None:
    forms = [form_pdf(invoice(seed), annex=False, typeface="Vera" if seed % 2 else "Helvetica") for seed in range(8)]
    spent = [(_cpu(_read, form), _cpu(_read_reference, form), _cpu(_plumb, form)) for form in forms * 2]
    assert statistics.median(ours / theirs for ours, _, theirs in spent) <= MOST
    assert statistics.median(ours / theirs for _, ours, theirs in spent) <= MOST_OF_THE_REFERENCE


def _read(form: bytes) -> None:
    assert all(line.words() for page in fast.read_pages(form, max_pages=9) for line in page.lines)


def _read_reference(form: bytes) -> None:
    assert all(line.words() for page in reference.read_pages(form, max_pages=9) for line in page.lines)


def _plumb(form: bytes) -> None:
    with pdfplumber.open(io.BytesIO(form)) as pdf:
        for page in pdf.pages:
            page.extract_words()


def _cpu(work: Callable[[bytes], None], form: bytes) -> float:
    start = time.process_time()
    work(form)
    return time.process_time() - start
