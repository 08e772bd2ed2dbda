"""Marks above letters, points between digits and dirt beside words, on pictures drawn for the purpose."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PIL import Image, ImageDraw

from pulse.invoices.text.ocr_cleaning import clean, fitted
from pulse.invoices.text.ocr_symbols import PixelBox, Symbol, Word

#: Pixels at 300 dpi: where digits and small letters of 9 points begin, and the line they stand on.
DIGIT_TOP, SMALL_TOP, BASE, WIDTH = 100, 107, 127, 18


def word(text: str, left: int = 100, confidence: float = 0.95) -> Word:
    """Letters 4 pixels apart; boxes reach up to where digits do, as those of OCR."""
    boxes = [
        (left + index * (WIDTH + 4), DIGIT_TOP, left + index * (WIDTH + 4) + WIDTH, BASE) for index in range(len(text))
    ]
    return Word(tuple(Symbol(one, box, confidence) for one, box in zip(text, boxes, strict=True)), confidence)


def drawn(words: Sequence[Word], *ink: PixelBox | Sequence[tuple[int, int]]) -> Image.Image:
    """The letters as bars, small ones lower, and more ink: boxes, or corners."""
    picture = Image.new("L", (600, 200), 255)
    draw = ImageDraw.Draw(picture)
    for symbol in (symbol for one in words for symbol in one.symbols):
        left, top, right, bottom = symbol.box
        small = symbol.text in "acemnorsuvwxzéèêëôöòü&"
        draw.rectangle((left, SMALL_TOP if small else top, right - 1, bottom - 1), fill=0)
    for shape in ink:
        if isinstance(shape[0], int):
            draw.rectangle((shape[0], shape[1], shape[2] - 1, shape[3] - 1), fill=0)
        else:
            draw.polygon(list(shape), fill=0)
    return picture


def read(text: str, *ink: PixelBox | Sequence[tuple[int, int]]) -> str:
    words = [word(text)]
    return " ".join(one.text for one in clean(fitted(words, drawn(words, *ink))))


TWO_DOTS = ((124, 98, 128, 103), (134, 98, 138, 103))
LEANING_RIGHT = ((127, 104), (130, 104), (137, 97), (134, 97))
LEANING_LEFT = ((134, 104), (137, 104), (130, 97), (127, 97))


@pytest.mark.parametrize("misread", ["Lôs", "Lòs", "Los"])
def test_two_dots_above_a_vowel_are_an_umlaut_whatever_was_read(misread: str) -> None:
    assert read(misread, *TWO_DOTS) == "Lös"


def test_a_stroke_above_a_vowel_is_the_accent_that_it_leans_to() -> None:
    assert read("Leo", LEANING_RIGHT) == "Léo"
    assert read("Leo", LEANING_LEFT) == "Lèo"


def test_an_e_with_two_dots_that_was_taken_for_another_sign_is_a_letter() -> None:
    assert read("Z&", *TWO_DOTS) == "Zë"


def test_a_vowel_without_a_mark_stays_and_so_does_what_is_not_seen_clearly() -> None:
    assert read("Leo") == "Leo"
    assert read("Léo", (130, 97, 132, 105)) == "Léo"


def test_what_reaches_over_from_a_neighbour_is_no_mark() -> None:
    assert read("Feo", (118, 98, 128, 103)) == "Feo"


def test_a_mark_that_was_put_right_leaves_the_word_less_sure() -> None:
    words = [word("Lôs", confidence=0.97)]
    assert fitted(words, drawn(words, *TWO_DOTS))[0].confidence < 0.9


def test_a_point_that_was_overlooked_between_digits_is_seen_and_doubtful() -> None:
    first, rest = word("9"), word("57", 128)
    picture = drawn([first, rest], (121, 123, 125, 127))
    (whole,) = fitted([first, rest], picture)
    assert (whole.text, whole.confidence) == ("9.57", 0.5)


def test_digits_without_a_point_between_them_stay_as_they_are() -> None:
    assert read("957") == "957"


def test_a_piece_of_a_frame_is_no_letter() -> None:
    frame = Symbol("l", (100, 60, 104, 140), 0.9)
    words = [Word((frame,), 0.9), word("12", 120)]
    picture = drawn(words)
    assert [one.text for one in clean(fitted(words, picture))] == ["12"]


def test_a_speck_before_a_date_is_dropped_and_a_sign_is_not() -> None:
    assert read("‘19") == "19"
    assert read("-19") == "-19"


def test_the_point_of_a_number_that_was_torn_apart_stays() -> None:
    words = [word("21"), Word((Symbol(".", (146, 123, 150, 127), 0.9),), 0.9), word("40", 156)]
    assert [one.text for one in clean(fitted(words, drawn(words)))] == ["21", ".", "40"]


@pytest.mark.parametrize(
    ("corners", "meant"),
    [
        (((124, 99), (130, 99), (129, 108), (125, 108)), "D'A"),
        (((125, 99), (131, 99), (131, 103), (126, 109), (123, 109), (126, 103)), "D’A"),
    ],
)
def test_an_apostrophe_is_straight_or_curved_as_its_ink_is(corners: Sequence[tuple[int, int]], meant: str) -> None:
    d, _, a = word("D-A").symbols
    picture = drawn([Word((d, a), 0.95)], corners)
    for misread in "'’":
        seen = Word((d, Symbol(misread, (122, 97, 134, 111), 0.95), a), 0.95)
        assert [one.text for one in fitted([seen], picture)] == [meant]


def test_the_point_that_was_taken_for_a_dash_of_whole_francs_is_seen() -> None:
    four, one, dash = word("41-").symbols
    words = [Word((four, one), 0.95)]
    dash = Symbol("-", (142, 100, 166, 127), 0.95)
    picture = drawn(words, (144, 123, 148, 127), (152, 114, 166, 117))
    assert [one.text for one in fitted([Word((four, one, dash), 0.95)], picture)] == ["41.-"]


def test_a_stroke_before_a_point_is_an_initial() -> None:
    words = [word("|.")]
    assert [one.text for one in clean(fitted(words, drawn(words)))] == ["I."]
