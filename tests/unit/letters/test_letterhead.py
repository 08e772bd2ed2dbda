"""The insurer's look: logo and colour that can be used, the address where the envelope's window is."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from letter_samples import CLIENT, make_facts
from paper import LONG_ADDRESS, bare_letter, billed_letter, logo_file, long_letter, looks
from PIL import Image

from letters.facts import Facts
from letters.letterhead import ACCENT, BadLetterhead, Letterhead, Window, as_hex, contrast, read_colour, read_logo
from letters.occasions import Kind
from letters.pdf import render
from letters.writer import TemplateWriter
from pulse.base.reasons import LANGUAGES, Language

MM = 72 / 25.4
Box = tuple[float, float, float, float]


def words(facts: Facts, look: Letterhead) -> list[list[dict[str, Any]]]:
    """The words of each page with their places."""
    with pdfplumber.open(io.BytesIO(render(facts, TemplateWriter().write(facts), look=look))) as document:
        return [page.extract_words() for page in document.pages]


#: Left, top, right and bottom in mm of what a window always shows, and of what it may show as the sheet slides.
WINDOWS: dict[Window, tuple[Box, Box]] = {
    "left": ((20, 62.7, 105, 90), (20, 45, 105, 90)),
    "right": ((117, 52, 198, 78.2), (98, 33, 210, 97)),
}


@pytest.mark.parametrize("facts", [make_facts(), make_facts(addressee=LONG_ADDRESS)], ids=["usual", "long"])
@pytest.mark.parametrize("window", ["left", "right"])
def test_the_address_stands_in_the_window_however_the_sheet_slides(facts: Facts, window: Window) -> None:
    shown = inside(words(facts, Letterhead(window=window))[0], WINDOWS[window][0])
    left, _, right, bottom = (side * MM for side in WINDOWS[window][0])
    assert all(word["x0"] >= left and word["x1"] <= right and word["bottom"] <= bottom for word in shown)
    text = " ".join(word["text"] for word in shown)
    assert text.startswith(" ".join(facts.addressee.name.split()[:2]))
    assert facts.addressee.city in text
    assert "12345678" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("window", ["left", "right"])
def test_a_postman_reads_nothing_through_the_window_but_who_writes_to_whom(window: Window, language: Language) -> None:
    for facts in (make_facts(Kind.DENIED, language=language), long_letter(language)):
        shown = inside(words(facts, Letterhead(window=window))[0], WINDOWS[window][1])
        envelope = [*facts.addressee.lines, *facts.insurer.address.lines, facts.insurer.email]
        told = [part for line in envelope for part in line.replace(",", " ").split()]
        for word in shown:
            assert any(word["text"].strip("….,") in part for part in told), word["text"]


def inside(page: list[dict[str, Any]], box: Box) -> list[dict[str, Any]]:
    """The words of a page of which something lies in this box."""
    left, top, right, bottom = (side * MM for side in box)
    return [
        word
        for word in page
        if word["x1"] > left and word["x0"] < right and word["bottom"] > top and word["top"] < bottom
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", [long_letter, bare_letter, billed_letter])
def test_no_word_lies_on_another_in_any_look(shape: Any, language: Any, tmp_path: Path) -> None:
    for look in looks(tmp_path):
        facts = shape(language, positions=8) if shape is long_letter else shape(language)
        for page in words(facts, look):
            for index, one in enumerate(page):
                assert 4 * MM < one["x0"] < one["x1"] < 206 * MM
                assert one["bottom"] < 293 * MM
                for other in page[index + 1 :]:
                    across = min(one["x1"], other["x1"]) - max(one["x0"], other["x0"])
                    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
                    assert across <= 0.5 or down <= 2.5, (one["text"], other["text"])


def test_sixty_positions_carry_their_headings_from_page_to_page() -> None:
    pages = words(long_letter("fr"), Letterhead())
    rows = ["".join(word["text"] for word in page).count("7680562090041") for page in pages]
    assert sum(rows) == 60
    for page, count in zip(pages, rows, strict=True):
        text = " ".join(word["text"] for word in page)
        assert ("Quantité" in text) == (count > 0)
        assert f"Page {pages.index(page) + 1} sur {len(pages)}" in text


def test_a_logo_is_kept_small_and_on_white(tmp_path: Path) -> None:
    logo = read_logo(logo_file(tmp_path))
    assert max(logo.width, logo.height) <= 709
    assert len(logo.pixels) == logo.width * logo.height * 3
    assert logo.pixels[:3] == b"\xff\xff\xff"
    width, height = logo.size_mm
    assert width <= 60
    assert height <= 15
    assert abs(width / height - 900 / 260) < 0.02


def test_a_jpeg_of_printers_inks_becomes_one_of_light(tmp_path: Path) -> None:
    Image.new("CMYK", (300, 100), (0, 255, 255, 0)).save(tmp_path / "logo.jpg")
    red, green, blue = read_logo(tmp_path / "logo.jpg").pixels[:3]
    assert red > 200
    assert max(green, blue) < 40


@pytest.mark.parametrize("content", [b"", b"GIF89a" + bytes(100), b"\x89PNG\r\n\x1a\n" + bytes(200), b"<svg/>", None])
def test_a_logo_that_is_none_is_refused_by_its_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "logo.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadLetterhead, match=r"logo\.png"):
        read_logo(path)


def test_a_huge_logo_is_refused(tmp_path: Path) -> None:
    Image.new("1", (9000, 10)).save(tmp_path / "wide.png")
    with pytest.raises(BadLetterhead, match="8000 pixels"):
        read_logo(tmp_path / "wide.png")
    (tmp_path / "heavy.png").write_bytes(bytes(1024 * 1024 + 1))
    with pytest.raises(BadLetterhead, match="1 MiB"):
        read_logo(tmp_path / "heavy.png")


@pytest.mark.parametrize(("text", "ratio"), [("#000000", 21.0), ("#ffffff", 1.0), ("#777777", 4.48), ("#767676", 4.54)])
def test_contrast_is_as_the_standard_has_it(text: str, ratio: float) -> None:
    colour = tuple(int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    assert round(contrast(colour), 2) == ratio


@pytest.mark.parametrize("text", ["#777777", "#ffcc00", "#fff", "red", "#12345g", "054a61", "#054a61 "])
def test_a_colour_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadLetterhead):
        read_colour(text)


def test_our_own_colour_passes_and_is_the_settings_default() -> None:
    from pulse.settings import Settings

    assert contrast(ACCENT) > 4.5
    assert as_hex(ACCENT) == Settings().insurer_colour
    assert as_hex(read_colour("#a00030")) == "#a00030"
    assert CLIENT.name
