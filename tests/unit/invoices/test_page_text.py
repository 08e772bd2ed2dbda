"""Lines, words and phrases by the places of glyphs alone, however a source hands them over."""

from __future__ import annotations

import random

import pytest

from pulse.invoices.text.page_text import Glyph, PageText, Run, lines, runs_of


def run(text: str, x: float, base: float, size: float = 10.0, *, bold: bool = False) -> Run:
    """Letters half an em wide, side by side."""
    step = size / 2
    letters = [(letter, x + step * index, x + step * (index + 1)) for index, letter in enumerate(text)]
    top, bottom = base - 0.8 * size, base + 0.2 * size
    return Run(text, x, top, letters[-1][2], bottom, size, bold, 1.0, letters[-1][1], letters)


def words(*runs: Run | Glyph) -> list[str]:
    return [word.text for line in lines(runs) for word in line.words()]


def test_a_word_printed_in_two_goes_is_one_word() -> None:
    assert words(run("Rech", 50, 100), run("nung", 70, 100, bold=True)) == ["Rechnung"]


def test_a_word_printed_twice_to_look_bold_is_read_once() -> None:
    assert words(run("Total", 50, 100), run("Total", 50.4, 100), run("CHF", 90, 100)) == ["Total", "CHF"]


def test_a_word_within_another_is_read_letter_by_letter() -> None:
    assert words(run("AAAA", 50, 100), run("bb", 52, 100.5)) == ["AbAbAA"]


def test_a_text_that_reaches_into_the_next_column_is_not_mixed_with_what_stands_there() -> None:
    assert words(run("Spray,", 50, 100), run("7680", 77, 100)) == ["Spray,7680"]
    assert words(run("7680", 77, 100), run("Spray,", 50, 100)) == ["Spray,7680"]


def test_a_last_letter_printed_twice_is_read_once() -> None:
    assert words(run("Total", 50, 100), run("l", 70.4, 100)) == ["Total"]


def test_a_wide_gap_parts_phrases_and_a_narrow_one_words() -> None:
    (line,) = lines([run("CHF", 50, 100), run("Total", 68, 100), run("71.55", 120, 100)])
    assert [phrase.text for phrase in line.phrases()] == ["CHF Total", "71.55"]
    assert [word.text for word in line.words()] == ["CHF", "Total", "71.55"]
    assert line.phrases()[0].box == (50, 92, 93, 102)


def test_the_letters_of_a_page_stand_without_blanks() -> None:
    page = PageText(1, 595, 842, lines([run("QR", 50, 100), run("Zahlteil", 90, 100)]), has_image=False, hidden=0)
    assert (page.letters, page.characters) == ("QRZahlteil", 10)


@pytest.mark.parametrize("seed", range(40))
def test_runs_have_the_words_of_their_glyphs_in_the_order_of_painting(seed: int) -> None:
    rng = random.Random(seed)
    runs = [
        run(
            "".join(rng.choices("abil.1", k=rng.randint(1, 8))),
            rng.randint(20, 120) + rng.random(),
            100 + rng.choice((0, 0.5, 2, 12)),
            rng.choice((8.0, 10.0)),
            bold=rng.random() < 0.2,
        )
        for _ in range(rng.randint(1, 12))
    ]
    apart = [glyph for one in runs for glyph in one.glyphs]
    for line, other in zip(lines(runs), lines(runs_of(apart)), strict=True):
        assert line.words() == other.words()
        assert line.phrases() == other.phrases()
        assert line.glyphs == other.glyphs
