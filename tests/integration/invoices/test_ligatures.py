"""Programs print `ff` and `fi` as one glyph: words hold together behind it, and the blank after it is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from pulse.invoices.text import fast
from pulse.synthetic.paper import Paper
from pulse.synthetic.render.browser import print_with_browser
from pulse.synthetic.render.office import print_with_office
from pulse.synthetic.typefaces import TYPEFACES

LINES = ("8200 Schaffhausen", "1588 Cudrefin", "cpr eff 40 mg", "Pflaster nach Ziffer 3", "Wirkstofffreisetzung off")


def paper_of(typeface) -> Paper:
    paper = Paper(typeface)
    tops = iter(range(40, 800, 20))
    for size in (7, 9, 12.5):
        for line in LINES:
            paper.text(60, next(tops), line, size)
            paper.text(60, next(tops), line, size, bold=True)
    return paper


@pytest.mark.parametrize(("program", "printer"), [("chromium", print_with_browser), ("soffice", print_with_office)])
def test_words_with_ligatures_are_read_as_they_are_written(
    program: str, printer: Callable[[Sequence[Paper]], Iterator[bytes]], need: Callable[[str], str]
) -> None:
    need(program)
    typefaces = [one for one in TYPEFACES if one.files]
    documents = printer([paper_of(one) for one in typefaces])
    for typeface, document in zip(typefaces, documents, strict=True):
        read = [page.text.splitlines() for page in fast.read_pages(document, max_pages=1)]
        assert read == [[line for _ in range(3) for line in LINES for _ in range(2)]], typeface.name
