"""From the boxes that OCR draws around ink to glyphs, on pictures drawn for the purpose."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from pulse.invoices.text.ocr_words import Symbol, Word, glyphs_of
from pulse.invoices.text.page_text import lines

SCALE = 300 / 72
#: Digits of 9 points are 27 pixels high at 300 dpi, and an em is 37.5.
HEIGHT, EM = 27, 37.5


def word(text: str, *lefts: int, width: int = 18, confidence: float = 0.95, base: int = 127) -> Word:
    """A word whose symbols begin at these pixels, all as high as digits."""
    boxes = [(left, base - HEIGHT, left + width, base) for left in lefts]
    return Word(tuple(Symbol(one, box, confidence) for one, box in zip(text, boxes, strict=True)), confidence)


def printed(*rows: list[Word]) -> list[str]:
    """The words as a layout reader sees them."""
    picture = Image.new("L", (2000, 400), 255)
    draw = ImageDraw.Draw(picture)
    for symbol in (symbol for row in rows for one in row for symbol in one.symbols):
        draw.rectangle((symbol.box[0], symbol.box[1], symbol.box[2] - 1, symbol.box[3] - 1), fill=0)
    return [one.text for line in lines(glyphs_of(rows, picture, SCALE)) for one in line.words()]


def test_the_size_follows_from_the_height_of_the_digits() -> None:
    picture = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(picture).rectangle((100, 100, 117, 126), fill=0)
    (glyph,) = glyphs_of([[word("4", 100)]], picture, SCALE)
    assert glyph.size == pytest.approx(9.0, abs=0.1)
    assert glyph.bottom == pytest.approx(127 / SCALE + 0.2 * 9, abs=0.2)
    assert glyph.confidence == 0.95


def test_a_box_that_reaches_beyond_its_ink_is_trimmed() -> None:
    picture = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(picture).rectangle((100, 100, 117, 126), fill=0)
    tall = Word((Symbol("4", (98, 60, 120, 160), 0.9),), 0.9)
    (glyph,) = glyphs_of([[tall]], picture, SCALE)
    assert glyph.size == pytest.approx(9.0, abs=0.1)


def test_digits_beside_a_one_stay_together_and_a_blank_stays_a_blank() -> None:
    assert printed([word("511", 100, 124, 156, width=14)]) == ["511"]
    assert printed([word("5", 100), word("8", 100 + 18 + 16)]) == ["5", "8"]


def test_a_narrow_one_behind_the_point_of_a_number_stays_with_it() -> None:
    point = Symbol(".", (142, 123, 146, 127), 0.95)
    five, one, eight = word("5", 120).symbols[0], word("1", 157, width=6).symbols[0], word("8", 171).symbols[0]
    assert printed([Word((five, point, one, eight), 0.95)]) == ["5.18"]


def test_a_box_that_reaches_over_its_neighbour_is_cut_back_to_its_own_ink() -> None:
    first, last = Symbol("5", (100, 100, 118, 127), 0.95), Symbol("8", (146, 100, 164, 127), 0.95)
    wide = Symbol("6", (100, 100, 140, 127), 0.95)
    assert printed([Word((first, wide, last), 0.95)]) == ["568"]


def test_a_number_that_ocr_cut_between_two_ones_is_one_word() -> None:
    assert printed([word("51", 100, 124, width=14), word("17", 150, 174, width=14)]) == ["5117"]


def test_typewriting_is_put_together_and_apart_by_its_cells() -> None:
    def typed(text: str, column: int) -> Word:
        boxes = [
            (100 + 24 * cell + (8 if one in ".1il" else 0), 100, 118 + 24 * cell - (8 if one in ".1il" else 0), 127)
            for cell, one in enumerate(text, column)
        ]
        return Word(tuple(Symbol(one, box, 0.95) for one, box in zip(text, boxes, strict=True)), 0.95)

    row = [typed("Vitamin", 0), typed("14", 8), typed(".", 10), typed("85", 11)]
    picture = Image.new("L", (2000, 400), 255)
    draw = ImageDraw.Draw(picture)
    for symbol in (symbol for one in row for symbol in one.symbols):
        draw.rectangle((symbol.box[0], symbol.box[1], symbol.box[2] - 1, symbol.box[3] - 1), fill=0)
    (line,) = lines(glyphs_of([row], picture, SCALE))
    assert [one.text for one in line.phrases()] == ["Vitamin 14.85"]


def test_digits_of_a_street_and_of_a_place_stay_apart_in_a_line_of_larger_ones() -> None:
    small = [
        Symbol(one, (left, 107, left + 12, 127), 0.95)
        for one, left in zip("67800", (600, 624, 640, 656, 672), strict=True)
    ]
    row = [word("7601000", *range(100, 254, 22)), Word(tuple(small[:1]), 0.95), Word(tuple(small[1:]), 0.95)]
    assert printed(row) == ["7601000", "6", "7800"]


def test_a_blank_that_ocr_left_out_is_seen() -> None:
    assert printed([word("F/F", 100, 100 + 18 + 14, 100 + 36 + 28)]) == ["F", "/", "F"]


@pytest.mark.parametrize("mark", ["-", ":", "+"])
def test_a_small_mark_in_the_middle_of_a_line_is_the_dot_between_two_addresses(mark: str) -> None:
    dot, digit = Symbol(mark, (100, 110, 105, 115), 0.9), Symbol("4", (140, 100, 158, 127), 0.9)
    assert printed([Word((dot, digit), 0.9)]) == ["·", "4"]


def test_a_word_with_a_foreign_mark_among_its_letters_is_doubtful() -> None:
    picture = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(picture).rectangle((100, 100, 200, 126), fill=0)
    assert {glyph.confidence for glyph in glyphs_of([[word("pr&", 100, 122, 144)]], picture, SCALE)} == {0.5}


def test_a_frame_taken_for_a_letter_is_no_word() -> None:
    assert printed([word("|", 50, confidence=0.4), word("4", 100)]) == ["4"]


def test_the_flacon_of_a_drug_is_spelled_as_it_is_printed() -> None:
    assert printed([word("FI", 100, 122)]) == ["Fl"]


def test_thick_strokes_are_bold() -> None:
    picture = Image.new("L", (2000, 400), 255)
    draw = ImageDraw.Draw(picture)
    rows = []
    for row, stroke in enumerate((3, 3, 6)):
        base = 100 + 80 * row
        one = word("HH", 100, 130, base=base)
        for symbol in one.symbols:
            for x in (symbol.box[0], symbol.box[2] - stroke):
                draw.rectangle((x, base - HEIGHT, x + stroke - 1, base - 1), fill=0)
        rows.append([one])
    assert [glyph.bold for glyph in glyphs_of(rows, picture, SCALE)] == [False] * 4 + [True] * 2


def test_digits_of_two_narrow_columns_stay_apart_and_those_of_a_number_do_not() -> None:
    number = word("2026", 700, 721, 742, 763, width=16)
    assert printed([word("1", 100, width=12), word("1", 126, width=12), number]) == ["1", "1", "2026"]
    assert printed([word("1", 100, width=12), word("1", 117, width=12), number]) == ["11", "2026"]


def test_a_point_behind_a_narrow_digit_is_of_the_same_number() -> None:
    assert printed([word("1.5", 100, 129, 150)]) == ["1.5"]


def test_a_number_with_its_check_digit_has_no_blank_wherever_ocr_saw_its_digits() -> None:
    lefts = [100 + 21 * index + (14 if index > 6 else 0) for index in range(13)]
    assert printed([word("7601804410885", *lefts, width=12)]) == ["7601804410885"]
    assert printed([word("7601804410886", *lefts, width=12)]) == ["7601804", "410886"]


def test_the_letters_of_a_typewritten_word_stand_side_by_side_where_their_boxes_drifted() -> None:
    evenly = [word("Datum", *range(400 + 100 * index, 480 + 100 * index, 16), width=12) for index in range(3)]
    evenly += [word("Rechnungen", *range(900, 1060, 16), width=12)]
    drifted = word("Vorname", 100, 131, 147, 160, 172, 186, 198, width=12)
    assert printed([drifted, *evenly])[0] == "Vorname"
