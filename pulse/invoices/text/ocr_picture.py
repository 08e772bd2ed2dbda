"""A scanned page put in order before it is read: upright, straight, without speckles and frames.

Pillow alone: a row's darkness is the page scaled to one pixel's width, a long stroke is what stays black when many
pixels become one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageChops, ImageFilter, ImageOps

from pulse.invoices.draft import Box

#: Letters of 7 points have 29 pixels at this resolution, what tesseract reads best.
DPI = 300
_POINTS_PER_INCH = 72
_WHITE, _DARK = 255, 150
#: Degrees: how far a page is turned at most, and the steps in which that is looked for.
_MOST_SKEW, _COARSE, _FINE = 6.0, 0.5, 0.1
#: Pixels: the width to which a page is scaled to find how it lies; the length of a stroke that is no letter's.
_SMALL, _STROKE = 800, 56
_ALL_BLACK = 24
#: Into so many parts a page is cut to find where it has most to read.
_BANDS = 20
#: Share of a clean page's pixels that a median filter changes by far; more are speckles.
_SPECKLED, _FAR = 0.004, 90


@dataclass(frozen=True)
class Placement:
    """How a page lay: it was turned by `turn` (0, 90, 180, 270) and by `skew` degrees, both clockwise.

    Width and height are those of the straight page, in points.
    """

    turn: int
    skew: float
    width: float
    height: float

    def on_sheet(self, box: Box) -> Box:
        """Where a box of the straight page stands on the sheet as a viewer shows it."""
        x, y = (box[0] + box[2]) / 2 - self.width / 2, (box[1] + box[3]) / 2 - self.height / 2
        half_width, half_height = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
        width, height = self.width, self.height
        if self.turn in (90, 270):
            half_width, half_height, width, height = half_height, half_width, height, width
        back = math.radians(-self.skew - self.turn)
        x, y = x * math.cos(back) - y * math.sin(back), x * math.sin(back) + y * math.cos(back)
        x, y = x + width / 2, y + height / 2
        return x - half_width, y - half_height, x + half_width, y + half_height


@dataclass(frozen=True)
class Straight:
    """A page's picture as it is read; `scale` is pixels per point."""

    picture: Image.Image
    turn: int
    skew: float
    scale: float

    @property
    def placement(self) -> Placement:
        width, height = self.picture.width / self.scale, self.picture.height / self.scale
        return Placement(self.turn, self.skew, width, height)


def straightened(page: Image.Image, scale: float) -> Straight:
    """A grey page upright (or on its head: only reading tells), straight, white where the paper is."""
    page = _despeckled(ImageOps.autocontrast(page, cutoff=(0.5, 30)))
    small = page.resize((_SMALL, max(1, round(page.height * _SMALL / page.width))), Image.Resampling.BOX)
    small = ImageOps.invert(small)
    upright, upright_score = _skew(small)
    lying, lying_score = _skew(small.transpose(Image.Transpose.ROTATE_270))
    turn, skew = (90, lying) if lying_score > 1.2 * upright_score else (0, upright)
    if turn:
        page = page.transpose(Image.Transpose.ROTATE_270)
    if abs(skew) >= _FINE / 2:
        page = page.rotate(-skew, Image.Resampling.BICUBIC, fillcolor=_WHITE)
    return Straight(_without_strokes(page), turn, skew, scale)


def turned_over(straight: Straight) -> Straight:
    """The same page after half a turn more."""
    picture = straight.picture.transpose(Image.Transpose.ROTATE_180)
    return Straight(picture, (straight.turn + 180) % 360, straight.skew, straight.scale)


def fullest_band(picture: Image.Image) -> Image.Image:
    """A tenth of the page's height, where most ink is."""
    bands = picture.resize((1, _BANDS), Image.Resampling.BOX).tobytes()
    height = picture.height // _BANDS
    darkest = min(range(_BANDS - 1), key=lambda band: bands[band] + bands[band + 1])
    return picture.crop((0, darkest * height, picture.width, (darkest + 2) * height))


def _skew(small: Image.Image) -> tuple[float, float]:
    """By how many degrees clockwise a page of white letters on black must be turned, and its lines' sharpness then."""
    steps = round(_MOST_SKEW / _COARSE)
    coarse = max((step * _COARSE for step in range(-steps, steps + 1)), key=lambda angle: _sharpness(small, angle))
    steps = round(_COARSE / _FINE)
    fine = max((coarse + step * _FINE for step in range(-steps, steps + 1)), key=lambda angle: _sharpness(small, angle))
    return fine, _sharpness(small, fine)


def _sharpness(small: Image.Image, angle: float) -> float:
    """How much the rows' brightness changes from one to the next: most where lines of text lie level."""
    turned = small.rotate(-angle, Image.Resampling.NEAREST, fillcolor=0)
    rows = turned.resize((1, turned.height), Image.Resampling.BOX).tobytes()
    return sum((one - other) ** 2 for one, other in pairwise(rows)) / len(rows)


def _despeckled(page: Image.Image) -> Image.Image:
    """Without single dots, where there are many: the filter takes a little of a clean page's letters too."""
    middle = page.crop((0, page.height * 3 // 8, page.width, page.height * 5 // 8))
    far = sum(ImageChops.difference(middle, middle.filter(ImageFilter.MedianFilter(3))).histogram()[_FAR:])
    return page.filter(ImageFilter.MedianFilter(3)) if far > _SPECKLED * middle.width * middle.height else page


def _without_strokes(page: Image.Image) -> Image.Image:
    """Without frames and lines, which tesseract takes for letters where they touch some.

    A stroke is black over two cells of `_STROKE` pixels' length and one pixel's width; what is next to it goes too.
    """
    black = page.point(lambda value: 0 if value < _DARK else _WHITE)
    strokes = Image.new("L", page.size, 0)
    for size, (along, across) in (
        ((max(2, page.width // _STROKE), page.height), ((1, 0), (0, 1))),
        ((page.width, max(2, page.height // _STROKE)), ((0, 1), (1, 0))),
    ):
        cells = black.resize(size, Image.Resampling.BOX).point(lambda value: _WHITE if value < _ALL_BLACK else 0)
        runs = ImageChops.darker(cells, _beside(cells, *along))
        runs = ImageChops.lighter(runs, _beside(runs, *across))
        strokes = ImageChops.lighter(strokes, runs.resize(page.size, Image.Resampling.NEAREST))
    page = page.copy()
    page.paste(_WHITE, mask=strokes)
    return page


def _beside(cells: Image.Image, x: int, y: int) -> Image.Image:
    """What the cells before and behind say, the lighter one."""
    return ImageChops.lighter(ImageChops.offset(cells, x, y), ImageChops.offset(cells, -x, -y))
