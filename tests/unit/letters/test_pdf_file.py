"""The file around a letter's pages: what other programs must find in it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pypdfium2 as pdfium
import pytest
from pypdf import PdfReader

from letters.facts import Facts
from letters.fonts import bold, regular
from letters.pdf import render
from letters.writer import TemplateWriter

RARE = "Łukasz Ő. Ćwik, Ελλάδα"


def letter(facts: Facts) -> bytes:
    return render(facts, TemplateWriter().write(facts))


@pytest.mark.parametrize("comment", [None, RARE])
def test_every_object_stands_where_the_file_says(facts: Callable[..., Facts], comment: str | None) -> None:
    data = letter(facts(comment=comment))
    (start,) = re.findall(rb"startxref\n(\d+)\n%%EOF\n$", data)
    table = data[int(start) :]
    assert table.startswith(b"xref\n")
    places = [int(place) for place in re.findall(rb"^(\d{10}) 00000 n $", table, re.MULTILINE)]
    for number, place in enumerate(places, start=1):
        assert data[place:].startswith(b"%d 0 obj\n" % number)
    for place, length in ((m.end(), int(m[1])) for m in re.finditer(rb"/Length (\d+)[^\n]*>>\nstream\n", data)):
        assert data[place + length :].startswith(b"\nendstream")


def test_strict_readers_find_nothing_to_complain_about(facts: Callable[..., Facts]) -> None:
    reader = PdfReader(io.BytesIO(letter(facts(comment=RARE))), strict=True)
    assert RARE in reader.pages[0].extract_text()
    assert reader.pages[0].mediabox.width == pytest.approx(595.28, abs=0.01)
    document = pdfium.PdfDocument(letter(facts(comment=RARE)))
    assert RARE in document[0].get_textpage().get_text_range()
    document.close()


def test_each_glyph_is_as_wide_as_the_layout_believes() -> None:
    for face in (regular(), bold()):
        subset = face.subset(RARE)
        for sign in RARE:
            shown, width = subset.glyphs[int(subset.codes[sign], 16)]
            assert (shown, width) == (sign, face.widths[sign])


def test_characters_that_look_the_same_share_a_glyph_and_are_copied_as_the_first() -> None:
    subset = regular().subset("\u00a0")
    assert subset.codes["\u00a0"] == subset.codes[" "]
    assert subset.glyphs[int(subset.codes[" "], 16)][0] == " "


def test_usual_letters_share_the_glyphs_that_were_cut_out_once() -> None:
    assert regular().subset("Müller") is regular().subset("Total 80.35")
    assert regular().subset(RARE).length > regular().subset("").length
    assert regular().subset(RARE).name != regular().subset("").name
