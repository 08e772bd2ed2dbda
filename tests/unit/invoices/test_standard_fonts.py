"""Every character of a font that a file does not hold stands where Adobe's metrics put it, whoever reads it."""

from __future__ import annotations

from io import BytesIO

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from pulse.invoices.text import fast, reference

#: What the encoding of such fonts has, but blanks, the soft hyphen, and the bullet: reportlab has its own code for it.
CHARACTERS = "".join(bytes([code]).decode("cp1252", errors="ignore") for code in (*range(33, 127), *range(128, 256)))
CHARACTERS = CHARACTERS.translate(dict.fromkeys(map(ord, "\xa0\xad•")))
FONTS = ["Times-Roman", "Times-Bold", "Times-Italic", "Times-BoldItalic"]
FONTS += [family + style for family in ("Helvetica", "Courier") for style in ("", "-Bold", "-Oblique", "-BoldOblique")]
LEFT, SIZE = 60, 10


def printed(font: str, texts: list[str], *, turned: bool = False) -> bytes:
    file = BytesIO()
    canvas = Canvas(file, pagesize=(600, 3000))
    if turned:
        canvas.translate(600, 0)
        canvas.rotate(90)
    for index, text in enumerate(texts):
        canvas.setFont(font, SIZE)
        canvas.drawString(LEFT, 20 + 13 * index, text)
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize("source", [fast, reference], ids=["pdfium", "pdfminer"])
@pytest.mark.parametrize("font", FONTS)
def test_what_stands_behind_any_character_stands_where_its_font_says(source, font: str) -> None:
    texts = [f"({character})" for character in CHARACTERS]
    (page,) = source.read_pages(printed(font, texts), max_pages=1)
    found = {word.text: word.box[2] for line in page.lines for word in line.words()}
    expected = {text: LEFT + stringWidth(text, font, SIZE) for text in texts}
    assert found == pytest.approx(expected, abs=0.11)


@pytest.mark.parametrize("source", [fast, reference], ids=["pdfium", "pdfminer"])
def test_words_in_guillemets_are_not_stretched_on_a_page_that_lies_on_its_side(source) -> None:
    text = "«Pansement «sensitive»» 12.50 €"
    (page,) = source.read_pages(printed("Helvetica", [text], turned=True), max_pages=1)
    (phrase,) = page.lines[0].phrases()
    assert phrase.text == text
    assert phrase.x1 - phrase.x0 == pytest.approx(stringWidth(text, "Helvetica", SIZE), abs=0.2)


def test_a_file_that_says_its_own_widths_is_believed() -> None:
    widths = b"/Widths [700] /FirstChar 171 /LastChar 171 "
    document = printed("Helvetica", ["««"]).replace(b"/BaseFont /Helvetica", widths + b"/BaseFont /Helvetica")
    (page,) = fast.read_pages(document, max_pages=1)
    assert page.lines[0].words()[0].box[2] == pytest.approx(LEFT + 2 * 0.7 * SIZE)
