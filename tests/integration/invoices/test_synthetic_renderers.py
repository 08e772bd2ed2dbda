"""A browser and LibreOffice print the same words at the same places as reportlab."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pypdfium2
import pytest

from pulse.synthetic.collection import compose
from pulse.synthetic.order import Wishes, orders
from pulse.synthetic.paper import Paper, Text
from pulse.synthetic.render import browser, office
from pulse.synthetic.render.canvas import print_with_canvas
from pulse.synthetic.render.errors import RendererMissing

#: Ligatures come out as one character of their own.
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"})


def papers() -> list[Paper]:
    wishes = Wishes(layouts=["form-4.5", "form-5.0", "pharmacy-table", "pharmacy-slip"], renderers=["html"])
    return [compose(order).paper for order in orders(4, 51, wishes)]


def letters(document: bytes) -> list[tuple[str, ...]]:
    """The letters of each page in alphabetical order: programs print words in orders of their own."""
    pages = pypdfium2.PdfDocument(document)
    texts = [page.get_textpage().get_text_bounded().translate(LIGATURES) for page in pages]
    return [tuple(sorted("".join(text.split()))) for text in texts]


def numbers_place(document: bytes, text: str) -> tuple[float, float]:
    """Left and lower edge of the first place where the text stands."""
    page = pypdfium2.PdfDocument(document)[0]
    textpage = page.get_textpage()
    found = textpage.search(text).get_next()
    assert found
    left, bottom, _, _ = textpage.get_charbox(found[0])
    return left, bottom


def page_size(document: bytes) -> tuple[float, float]:
    return pypdfium2.PdfDocument(document)[0].get_size()


@pytest.mark.parametrize(
    ("program", "printer"),
    [("chromium", browser.print_with_browser), ("soffice", office.print_with_office)],
)
def test_the_same_words_stand_on_the_same_pages(
    program: str, printer: Callable[[Sequence[Paper]], object], need: Callable[[str], str]
) -> None:
    need(program)
    expected = papers()
    for paper, printed in zip(expected, printer(expected), strict=True):
        reference = print_with_canvas(paper)
        assert letters(printed) == letters(reference)
        assert page_size(printed) == pytest.approx(page_size(reference), abs=0.5)
        number = max((mark.text for mark in paper.pages[0] if isinstance(mark, Text)), key=len)
        places = zip(numbers_place(printed, number), numbers_place(reference, number), strict=True)
        assert all(abs(one - other) < 4 for one, other in places)


@pytest.mark.parametrize("module", [browser, office])
def test_a_missing_program_is_named(module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda _name: None)
    with pytest.raises(RendererMissing, match="is not on this machine"):
        next(module.print_with_browser([]) if module is browser else module.print_with_office([]))


def test_text_on_paper_is_text_and_never_markup() -> None:
    paper = papers()[0]
    first = next(mark for mark in paper.pages[0] if getattr(mark, "text", ""))
    paper.pages[0].append(replace(first, text='<b>&lt; "x" </draw:page>'))
    assert "<b>" not in browser.as_html(paper)
    assert office.as_drawing(paper).count("</draw:page>") == len(paper.pages)
