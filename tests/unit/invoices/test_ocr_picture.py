"""Putting a scanned page in order, on pages of grey bars that stand for lines of text."""

from __future__ import annotations

import random

import pytest
from PIL import Image, ImageDraw

from pulse.invoices.text.ocr_picture import DPI, Placement, straightened, turned_over

SCALE = DPI / 72


def page() -> Image.Image:
    """A page of words: short bars in lines."""
    rng = random.Random(1)
    picture = Image.new("L", (1240, 1754), 255)
    draw = ImageDraw.Draw(picture)
    for y in range(120, 1600, 40):
        x = 100
        while x < 1000:
            width = rng.randrange(15, 50)
            draw.rectangle((x, y, x + width, y + 18), fill=0)
            x += width + 14
    return picture


@pytest.mark.parametrize("skew", [-4.2, -1.0, 0.0, 0.7, 3.0])
def test_a_page_that_lies_askew_is_straightened(skew: float) -> None:
    turned = page().rotate(skew, Image.Resampling.BICUBIC, fillcolor=255)
    assert straightened(turned, SCALE).skew == pytest.approx(skew, abs=0.2)


def test_a_page_that_lies_on_its_side_is_turned() -> None:
    straight = straightened(page().transpose(Image.Transpose.ROTATE_90), SCALE)
    assert straight.turn == 90
    assert straight.picture.size == page().size
    assert turned_over(straight).turn == 270


def test_frames_and_lines_go_and_letters_stay() -> None:
    picture = page()
    letters = picture.copy()
    draw = ImageDraw.Draw(picture)
    draw.rectangle((60, 60, 1100, 1650), outline=0, width=3)
    draw.line((60, 800, 1100, 800), fill=0, width=2)
    cleaned = straightened(picture, SCALE).picture
    assert cleaned.getpixel((600, 61)) == 255
    assert cleaned.getpixel((61, 900)) == 255
    inked = letters.histogram()[0]
    assert cleaned.histogram()[0] == pytest.approx(inked, rel=0.03)


def test_the_tops_of_bold_letters_in_a_row_are_no_line() -> None:
    picture = page()
    draw = ImageDraw.Draw(picture)
    draw.rectangle((60, 870, 1100, 950), fill=255)
    for x in range(100, 600, 20):
        draw.rectangle((x, 900, x + 17, 918), fill=0)
        draw.rectangle((x + 6, 906, x + 11, 918), fill=255)
    cleaned = straightened(picture, SCALE).picture
    assert cleaned.crop((90, 895, 620, 925)).tobytes() == picture.crop((90, 895, 620, 925)).tobytes()


def test_a_black_and_white_line_that_was_askew_goes_with_all_its_steps() -> None:
    picture = page()
    draw = ImageDraw.Draw(picture)
    for step in range(20):
        draw.line((60 + 50 * step, 700 + 2 * (step % 2), 109 + 50 * step, 700 + 2 * (step % 2)), fill=0, width=2)
    cleaned = straightened(picture, SCALE).picture
    assert cleaned.histogram()[0] == pytest.approx(page().histogram()[0], rel=0.03)


def test_the_cell_of_a_table_leaves_nothing_behind_and_a_bar_of_a_heading_stays() -> None:
    picture = page()
    draw = ImageDraw.Draw(picture)
    draw.rectangle((60, 706, 1070, 788), outline=0, width=3)
    draw.rectangle((60, 1630, 1100, 1690), fill=0)
    cleaned = straightened(picture, SCALE).picture
    table = (50, 670, 1080, 800)
    assert cleaned.crop(table).histogram()[0] == pytest.approx(page().crop(table).histogram()[0], rel=0.03)
    assert cleaned.getpixel((600, 1660)) == 0


def test_speckles_go_where_there_are_many() -> None:
    rng = random.Random(2)
    picture = page()
    for _ in range(40_000):
        picture.putpixel((rng.randrange(1240), rng.randrange(1754)), 0)
    cleaned = straightened(picture, SCALE).picture
    assert sum(cleaned.crop((1050, 0, 1240, 1754)).histogram()[:100]) < 100


@pytest.mark.parametrize(
    ("turn", "box", "on_sheet"),
    [
        (0, (10, 20, 30, 40), (10, 20, 30, 40)),
        (180, (10, 20, 30, 40), (565, 802, 585, 822)),
        (90, (10, 20, 30, 30), (20, 565, 30, 585)),
        (270, (10, 20, 30, 30), (812, 10, 822, 30)),
    ],
)
def test_a_box_is_found_again_on_the_sheet(
    turn: int, box: tuple[float, float, float, float], on_sheet: tuple[float, float, float, float]
) -> None:
    place = Placement(turn, 0.0, 595.0, 842.0)
    assert place.on_sheet(box) == pytest.approx(on_sheet)


def test_a_box_of_a_page_that_lay_askew_moves_with_it() -> None:
    x0, top, _, _ = Placement(0, 1.0, 595.0, 842.0).on_sheet((100, 100, 110, 110))
    assert (x0, top) == pytest.approx((94.4, 103.4), abs=0.2)
