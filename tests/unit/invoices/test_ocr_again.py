"""The second reading of words, with a model that says what a picture of this size is."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from PIL import Image, ImageDraw

from pulse.invoices.text.ocr_again import AGREED, DISPUTED, SecondReading, with_overlooked
from pulse.invoices.text.ocr_symbols import PixelBox, Symbol, Word

BASE, TOP = 127, 100


def word(text: str, left: int, confidence: float = 0.9, width: int = 14) -> Word:
    boxes = [(left + index * 20, TOP, left + index * 20 + width, BASE) for index in range(len(text))]
    return Word(tuple(Symbol(one, box, confidence) for one, box in zip(text, boxes, strict=True)), confidence)


def picture(*ink: PixelBox) -> Image.Image:
    page = Image.new("L", (1200, 300), 255)
    draw = ImageDraw.Draw(page)
    for left, top, right, bottom in ink:
        draw.rectangle((left, top, right - 1, bottom - 1), fill=0)
    return page


class Said(SecondReading):
    """Says for each cut-out what it is told to, one after the other, then the last again."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def _read(self, picture: Image.Image, box: PixelBox, *, digits: bool, only: str = "") -> tuple[str, float]:
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]), 0.9


def boxes(words: Iterable[Word]) -> list[PixelBox]:
    return [symbol.box for one in words for symbol in one.symbols]


def test_a_single_digit_before_a_price_is_read_as_a_row_of_it() -> None:
    row = [word("4", 300), word("9.30", 500)]
    count, _ = Said("1111").confirmed_row(row, picture(*boxes(row)))
    assert (count.text, count.confidence) == ("1", DISPUTED)


def test_a_single_digit_that_is_read_alike_twice_is_agreed() -> None:
    row = [word("1", 300), word("9.30", 500)]
    assert Said("1111").confirmed_row(row, picture(*boxes(row)))[0].confidence == AGREED


def test_a_digit_that_reads_differently_at_another_distance_stays_as_it_was() -> None:
    row = [word("l", 300), word("9.30", 500)]
    assert Said("1111", "7777", "9.30").confirmed_row(row, picture(*boxes(row)))[0].text == "l"


def test_a_digit_that_is_not_seen_is_looked_at_with_other_distances() -> None:
    row = [word("l", 300), word("9.30", 500)]
    assert Said("", "", "1111", "1111", "9.30").confirmed_row(row, picture(*boxes(row)))[0].text == "1"


@pytest.mark.parametrize("misread", ["al", "di", "L"])
def test_letters_in_the_column_before_a_price_that_are_one_piece_of_ink_are_a_digit(misread: str) -> None:
    row = [word("Salbe", 100), word(misread, 300), word("9.30", 500)]
    page = picture(*boxes([row[0], row[2]]), (302, TOP, 316, BASE))
    assert [one.text for one in Said("1111").confirmed_row(row, page)][1] == "1"


def test_a_guid_of_too_many_digits_is_read_again_and_doubtful() -> None:
    guid = "bb4a681aa7499ea213d67d749fa0b8c6"
    row = [word(f"{guid[:23]}4{guid[23:]}", 100)]
    (found,) = Said(guid).confirmed_row(row, picture(*boxes(row)))
    assert (found.text, found.confidence) == (guid, DISPUTED)


def test_an_overlooked_word_joins_the_line_that_it_stands_in() -> None:
    line, other = [word("Tb", 100), word("9.30", 500)], [word("Total", 100)]
    other = [Word(tuple(Symbol(one.text, (one.box[0], 200, one.box[2], 227), 0.9) for one in other[0].symbols), 0.9)]
    found = with_overlooked([line, other], [[word("g", 300)], [word("7", 700)]])
    assert [[one.text for one in row] for row in found] == [["Tb", "g", "9.30"], ["Total"], ["7"]]


@pytest.mark.parametrize(("width", "digit"), [(11, "1"), (16, "4")])
def test_a_four_that_is_as_narrow_as_a_one_is_a_one(width: int, digit: str) -> None:
    row = [word("4", 300, width=width), word("9.30", 500)]
    assert Said("4444").confirmed_row(row, picture(*boxes(row)))[0].text == digit


def test_how_far_apart_flags_are_is_told_by_the_digits_of_their_line() -> None:
    """24 pixels from middle to middle: two flags where digits are 18 apart, a number where they are 23."""

    def texts(pitch: int) -> list[str]:
        number = Word(tuple(Symbol("7", (100 + pitch * n, TOP, 114 + pitch * n, BASE), 0.9) for n in range(9)), 0.9)
        flags = Word(tuple(Symbol("1", (500 + 24 * n, TOP, 512 + 24 * n, BASE), 0.9) for n in range(2)), 0.9)
        row = [number, flags, word("9.30", 700)]
        return [one.text for one in Said("1111").confirmed_row(row, picture(*boxes(row)))][1:3]

    assert texts(18) == ["1", "1"]
    assert texts(23)[0] != "1"
