"""Dirt off a page before it is read, and print that looks like dirt but stays, on pictures drawn for the purpose."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from pulse.invoices.text.ocr_specks import without_specks
from pulse.invoices.text.ocr_symbols import PixelBox

#: Pixels at 300 dpi: letters of 9 points stand on the base line, small ones and one with a tail.
BASE, TOP = 127, 100
LETTERS: tuple[PixelBox, ...] = ((100, TOP, 116, BASE), (140, TOP, 156, BASE), (200, 107, 216, BASE + 7))


def drawn(*dots: PixelBox) -> Image.Image:
    picture = Image.new("L", (600, 300), 255)
    draw = ImageDraw.Draw(picture)
    for left, top, right, bottom in (*LETTERS, *dots):
        draw.rectangle((left, top, right - 1, bottom - 1), fill=0)
    return picture


@pytest.mark.parametrize(
    "speck",
    [
        pytest.param((400, 200, 403, 203), id="far from all"),
        pytest.param((125, 96, 129, 100), id="beside the top of a letter"),
        pytest.param((84, 112, 88, 116), id="before the first letter"),
        pytest.param((160, 84, 163, 87), id="above the line"),
    ],
)
def test_a_dot_that_belongs_to_nothing_goes(speck: PixelBox) -> None:
    assert without_specks(drawn(speck)).tobytes() == drawn().tobytes()


@pytest.mark.parametrize(
    "dots",
    [
        pytest.param([(126, 123, 130, BASE)], id="point between two digits"),
        pytest.param([(160, 123, 164, BASE)], id="point behind a letter"),
        pytest.param([(222, 123, 226, BASE)], id="point behind a letter with a tail"),
        pytest.param([(206, 98, 210, 102)], id="dot of a letter"),
        pytest.param([(170, 109, 174, 113), (170, 123, 174, BASE)], id="colon"),
        pytest.param([(170, 109, 174, 113), (169, 122, 174, 132)], id="semicolon"),
        pytest.param([(126, 112, 130, 116)], id="dot between two words"),
        pytest.param([(126, 112, 134, 115)], id="dash"),
        pytest.param([(400, 200, 408, 208)], id="large dot"),
    ],
)
def test_marks_and_dots_of_letters_stay(dots: list[PixelBox]) -> None:
    assert without_specks(drawn(*dots)).tobytes() == drawn(*dots).tobytes()


def test_a_clean_page_is_given_back_as_it_is() -> None:
    picture = drawn()
    assert without_specks(picture) is picture
