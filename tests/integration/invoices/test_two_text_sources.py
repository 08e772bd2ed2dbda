"""pdfium, which reads, and pdfminer, the measure, see the same words and give the same invoice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pytest

from pulse.base.errors import Unreadable
from pulse.invoices import document
from pulse.invoices.model import Invoice
from pulse.invoices.text import fast, reference
from pulse.invoices.text.page_text import PageText, Phrase
from pulse.synthetic import form_pdf, invoice
from pulse.synthetic.collection import write
from pulse.synthetic.order import Wishes

#: Points. Places come from single-precision numbers on one side, and are rounded to tenths.
SAME_PLACE = 0.25


@pytest.mark.timeout(1500)
def test_synthetic_invoices_of_all_layouts_have_the_same_words_and_the_same_json(
    tmp_path: Path, full_size: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in write(tmp_path, 2000 if full_size else 40, 905_000, Wishes()):
        pass
    for path in sorted(tmp_path.glob("*.pdf")):
        same(path.read_bytes(), path.name, monkeypatch)


def test_sample_forms_have_the_same_words_and_the_same_json(
    shared_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = sorted((shared_folder / "samples" / "invoice_pdf").glob("*.pdf"))
    assert paths
    for path in paths:
        same(path.read_bytes(), path.name, monkeypatch)


def test_a_file_that_pdfium_cannot_open_is_read_by_pdfminer(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = invoice(3, rows=2)

    def refuse(data: bytes, *, max_pages: int) -> list[PageText]:
        raise fast.NotOpened

    monkeypatch.setattr(fast, "read_pages", refuse)
    read = document.read_document(form_pdf(truth, annex=False), max_pages=3).required()
    assert read.positions == truth.positions


def same(data: bytes, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (source.read_pages(data, max_pages=30) for source in (fast, reference))
    assert [about(page) for page in one] == [about(page) for page in other], name
    for ours, theirs in zip(words(one), words(other), strict=True):
        assert (ours.text, ours.bold) == (theirs.text, theirs.bold), name
        assert ours.box == pytest.approx(theirs.box, abs=SAME_PLACE), f"{name}: {ours.text}"
    invoices = []
    for pages in (one, other):
        monkeypatch.setattr(document, "read_pages", lambda *_, found=pages, **__: found)
        try:
            invoices.append(without_boxes(document.read_document(data, max_pages=30).required()))
        except Unreadable as problem:
            invoices.append(problem.reason)
    assert invoices[0] == invoices[1], name


def about(page: PageText) -> tuple[object, ...]:
    return page.number, page.width, page.height, page.has_image, page.hidden, len(page.lines)


def words(pages: Sequence[PageText]) -> list[Phrase]:
    lines = list(chain.from_iterable(page.lines for page in pages))
    return [word for line in lines for word in (*line.phrases(), *line.words())]


def without_boxes(invoice: Invoice) -> object:
    fields = {path: (field.page, field.confidence) for path, field in invoice.fields.items()}
    return invoice.model_dump(exclude={"fields"}), fields
