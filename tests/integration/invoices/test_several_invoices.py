"""Several invoices in one PDF are told apart; one invoice is never cut.

Seeds start at 980 000. 500 invoices of several pages and 200 files at full size.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from reportlab.pdfgen.canvas import Canvas
from scanned import Scan, scanned

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices import Invoice, reading, reading_state
from pulse.invoices.reading import Limits, Reading, read, read_pdf
from pulse.invoices.text.ocr_data import data_folder
from pulse.synthetic import form_pdf, invoice, xml
from pulse.synthetic.collection import Item, compose
from pulse.synthetic.order import LAYOUTS, Wishes, orders
from pulse.synthetic.paper import Text
from pulse.synthetic.render.canvas import print_with_canvas

_SEED = 980_000
Span = tuple[int, ...]


def items(seed: int, count: int, **wishes: object) -> Iterator[Item]:
    """Invoices of all layouts and languages, some with their sheets of codes."""
    return map(compose, orders(count, seed, Wishes(annex_share=0.4, **wishes)))  # type: ignore[arg-type]


def one_behind_the_other(pdfs: Sequence[bytes]) -> tuple[bytes, list[Span]]:
    """All of them in one file, and which pages of it are whose."""
    spans: list[Span] = []
    first = 1
    with pypdfium2.PdfDocument.new() as whole, io.BytesIO() as file:
        for pdf in pdfs:
            with pypdfium2.PdfDocument(pdf) as part:
                whole.import_pages(part)
                spans.append(tuple(range(first, first + len(part))))
                first += len(part)
        whole.save(file)
        return file.getvalue(), spans


def letter(*lines: str, page: str = "") -> bytes:
    """A page that is no invoice."""
    with io.BytesIO() as file:
        canvas = Canvas(file)
        for number, line in enumerate(lines):
            canvas.drawString(60, 780 - 16 * number, line)
        canvas.drawRightString(540, 40, page)
        canvas.save()
        return file.getvalue()


COVER = letter("Muster Apotheke", "Sehr geehrte Damen und Herren", "Anbei unsere Rechnungen.", "Freundliche Grüsse")
LIST = letter(
    "Zusammenstellung", "Rechnung Nr. RE100001  CHF 55.10", "Rechnung Nr. RE100002  CHF 41.55", "Total  CHF 96.65",
    page="Seite 1",
)  # fmt: skip


@cache
def form(seed: int, rows: int = 2) -> bytes:
    return form_pdf(invoice(seed, rows=rows), annex=False)


def spans(found: Reading) -> list[Span]:
    return [part.pages for part in found.parts]


def errors(found: Invoice) -> set[Reason]:
    return {one.code for one in found.findings if one.severity == "error"}


@pytest.mark.timeout(1500)
def test_an_invoice_of_several_pages_is_never_cut(full_size: bool) -> None:
    wanted = 500 if full_size else 40
    paged = (item for item in items(_SEED, 100 * wanted) if len(item.paper.pages) > 1)
    for item in (one for one, _ in zip(paged, range(wanted), strict=False)):
        found = read(print_with_canvas(item.paper))
        assert not found.parts, item.order
        assert Reason.SEVERAL_INVOICES not in errors(found.required()), item.order
        assert found.required().invoice_number == item.truth.invoice_number


def test_no_sample_is_cut(shared_folder: Path) -> None:
    samples = sorted((shared_folder / "samples" / "invoice_pdf").glob("*.pdf"))
    assert samples
    for sample in samples:
        assert not read(sample.read_bytes()).parts, sample.name


@pytest.mark.timeout(1500)
def test_each_of_several_invoices_is_found_and_read_as_if_it_had_come_alone(full_size: bool) -> None:
    rng, files = random.Random(_SEED), 200 if full_size else 8
    drawn = list(items(_SEED + 1, 4 * files))
    wrong = []
    for _ in range(files):
        chosen = rng.sample(drawn, rng.randint(2, 5))
        data, expected = one_behind_the_other([print_with_canvas(item.paper) for item in chosen])
        found = read(data)
        if spans(found) != expected:
            wrong.append([item.order.layout for item in chosen])
            continue
        for part, item in zip(found.parts, chosen, strict=True):
            alone = read(print_with_canvas(item.paper)).required()
            assert read(part.data, is_part=True).required().model_copy(update={"source": alone.source}) == alone
    assert len(wrong) <= files // 100, wrong


@pytest.mark.parametrize("layout", LAYOUTS)
def test_two_invoices_of_one_layout_are_told_apart(layout: str) -> None:
    pair = list(items(_SEED + 2, 2, layouts=(layout,), languages=("fr",)))
    data, expected = one_behind_the_other([print_with_canvas(item.paper) for item in pair])
    assert spans(read(data)) == expected


def test_letters_and_lists_between_invoices_belong_to_none() -> None:
    pdfs = [COVER, form(1), LIST, form(2, rows=40), COVER, form(3), COVER]
    data, expected = one_behind_the_other(pdfs)
    assert spans(read(data)) == [expected[1], expected[3], expected[5]]


def test_the_same_file_gives_the_same_parts_at_any_time_and_a_part_says_where_it_was() -> None:
    data, _ = one_behind_the_other([form(1), form(2, rows=40)])
    once, again = read(data), read(data)
    assert [part.data for part in once.parts] == [part.data for part in again.parts]
    assert all(b"CreationDate(D:20000101000000" in part.data for part in once.parts)
    assert [part.place for part in once.parts] == ["1", "2-4"]
    assert [part.name for part in once.parts] == [invoice(1, rows=2).invoice_number, invoice(2, rows=40).invoice_number]


def test_an_xml_in_the_file_goes_with_its_own_invoice() -> None:
    data, _ = one_behind_the_other([form(1), form(2)])
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    for seed in (2, 1):
        writer.add_attachment(f"{seed}.xml", xml(invoice(seed, rows=2)))
    with io.BytesIO() as file:
        writer.write(file)
        found = read(file.getvalue())
    for part, seed in zip(found.parts, (1, 2), strict=True):
        own = read(part.data, is_part=True).required()
        assert (own.source.kind, own.guid, errors(own)) == ("xml", invoice(seed, rows=2).guid, set())


def test_sheets_of_codes_alone_and_scans_with_them_need_no_text() -> None:
    pdfs = [form_pdf(invoice(seed, rows=2), annex=True) for seed in (1, 2)]
    data, expected = one_behind_the_other(pdfs)
    assert spans(read(scanned(data, Scan(dpi=150)))) == expected
    sheets, expected = one_behind_the_other([pages(pdf, 1) for pdf in pdfs])
    assert spans(read(sheets)) == expected


def pages(pdf: bytes, *numbers: int) -> bytes:
    """These pages (from 0) alone."""
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(pdf), pages=list(numbers))
    with io.BytesIO() as file:
        writer.write(file)
        return file.getvalue()


def test_a_sheet_of_codes_behind_another_invoices_form_cuts_nothing_and_goes_to_a_person() -> None:
    foreign = pages(form_pdf(invoice(2, rows=2), annex=True), 1)
    for others in ([], [form(3)]):
        found = read(one_behind_the_other([form(1), foreign, *others])[0])
        assert not found.parts
        assert errors(found.required()) & {Reason.SEVERAL_INVOICES, Reason.SOURCES_DISAGREE}
        assert reading_state(found.required()) == "doubtful"


def test_an_invoice_that_is_there_twice_is_one() -> None:
    assert not read(one_behind_the_other([form(1, rows=40), form(1, rows=40)])[0]).parts


@pytest.mark.parametrize("layout", ["pharmacy-letter", "practice-table"])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"invoice_number": "4711"},
        {"biller": invoice(5).biller},
        {"invoice_number": "4711", "biller": invoice(5).biller},
        {"invoice_number": "4711", "total_amount": Decimal("999.00")},
    ],
    ids=["the same", "another number", "an intermediary", "both", "a fee"],
)
def test_a_letter_with_the_form_of_its_invoice_is_never_cut(layout: str, change: dict[str, object]) -> None:
    """Whoever pays himself gets both in one file; the form begins with a page 1 of its own."""
    for item in items(_SEED + 4, 4, layouts=(layout,), languages=("de",)):
        letter_alone = print_with_canvas(item.paper)
        form_alone = form_pdf(item.truth.model_copy(update=change), annex=False)
        for pair in ((letter_alone, form_alone), (form_alone, letter_alone)):
            assert not read(one_behind_the_other(pair)[0]).parts


def test_where_one_thing_says_so_and_another_does_not_a_person_looks() -> None:
    """Both are of one person, one day and one biller, and none says that it is a first page."""
    (item,) = items(_SEED + 3, 1, layouts=("pharmacy-letter",), languages=("de",))
    number = item.truth.invoice_number
    assert number
    one = print_with_canvas(item.paper)
    for page in item.paper.pages:
        named = [(index, mark) for index, mark in enumerate(page) if isinstance(mark, Text) and number in mark.text]
        for index, mark in named:
            page[index] = replace(mark, text=mark.text.replace(number, "X-77"))
    found = read(one_behind_the_other([one, print_with_canvas(item.paper)])[0])
    assert not found.parts
    assert Reason.SEVERAL_INVOICES in errors(found.required())


def test_a_file_may_be_longer_than_an_invoice() -> None:
    many = [form(seed) for seed in range(1, 36)]
    data, expected = one_behind_the_other(many)
    assert spans(read(data)) == expected
    with pytest.raises(Unreadable) as caught:
        read(data, Limits(pages=6)).required()
    assert caught.value.reason == Reason.TOO_MANY_PAGES
    long, _ = one_behind_the_other([form(1, rows=40)])
    assert read(long, Limits(pages=3)).required().positions
    with pytest.raises(Unreadable) as caught:
        read(long, Limits(pages=1)).required()
    assert caught.value.reason == Reason.TOO_MANY_PAGES
    both, _ = one_behind_the_other([form(1, rows=40), form(2)])
    first, second = read(both, Limits(pages=1)).parts
    assert read(second.data, Limits(pages=1), is_part=True).required().positions
    assert read(first.data, Limits(pages=1), is_part=True).problem


def test_whoever_wants_one_invoice_gets_the_first_and_the_names_of_the_others() -> None:
    data, _ = one_behind_the_other([COVER, form(1), form(2)])
    found = read_pdf(data)
    assert found.invoice_number == invoice(1, rows=2).invoice_number
    assert found.fields["invoice_number"].page == 2
    said = next(one.message for one in found.findings if one.code == Reason.SEVERAL_INVOICES)
    assert str(invoice(2, rows=2).invoice_number) in said


@pytest.mark.skipif(data_folder() is None, reason="tesseract (the extra `ocr`) is not installed")
def test_scans_beside_each_other_and_beside_text_are_told_apart() -> None:
    data, expected = one_behind_the_other([scanned(form(1)), form(2), scanned(form(3))])
    assert spans(read(data)) == expected


def test_scans_that_nobody_can_read_are_one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ocr_folder", lambda: None)
    found = read(scanned(one_behind_the_other([form(1), form(2)])[0]))
    assert found.problem is not None
    assert found.problem.reason == Reason.IMAGE_ONLY
