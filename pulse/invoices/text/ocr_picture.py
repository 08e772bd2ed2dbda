"""A scanned page put in order before it is read: upright, straight, without speckles and frames.

Pillow alone: a row's darkness is the page scaled to one pixel's width, a long stroke is what stays when a page is laid
over itself, shifted along the stroke.
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
_WHITE, _DARK = 255, 190
#: Degrees: how far a page is turned at most, and the steps in which that is looked for.
_MOST_SKEW, _COARSE, _FINE = 6.0, 0.5, 0.1
#: Pixels: the width to which a page is scaled to find how it lies.
_SMALL = 800
#: Pixels at half the resolution: how long an upright and a level stroke is that is no letter's; how thick a bar is.
_UPRIGHT, _LEVEL, _BAR = 32, 120, 15
#: Share of a stroke that is dark at least: the tops of small bold letters in a row have a gap behind each.
_UNBROKEN = 0.95
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

    A stroke is thin and longer than letters are high, or than the bars of several that touch. One that was a little
    askew jumps from one row of pixels to the next. Letters that touch it stay, and bars with white letters on them.
    """
    half = (-(-page.width // 2), -(-page.height // 2))
    dark = page.resize(half, Image.Resampling.BOX).point(lambda value: _WHITE if value < _DARK else 0)
    bars = _grown(_runs(_runs(dark, _BAR, 1, 0), _BAR, 0, 1))
    thin = ImageChops.subtract(dark, bars)
    strokes = ImageChops.lighter(_strokes(thin, _UPRIGHT, 0, 1), _strokes(thin, _LEVEL, 1, 0))
    strokes = ImageChops.lighter(strokes, ImageChops.subtract(_grown(strokes), dark))
    strokes = strokes.resize((2 * half[0], 2 * half[1]), Image.Resampling.NEAREST).crop((0, 0, *page.size))
    page = page.copy()
    page.paste(_WHITE, mask=strokes)
    return page


def _strokes(white: Image.Image, length: int, x: int, y: int) -> Image.Image:
    """What of the white pixels is a stroke of this length in this direction, also where it changes to the next row."""
    wide = ImageChops.lighter(white, _beside(white, y, x))
    return ImageChops.darker(white, _runs(wide, length, x, y, unbroken=_UNBROKEN))


def _runs(white: Image.Image, length: int, x: int, y: int, *, unbroken: float = 0.0) -> Image.Image:
    """What of the white pixels stands in a row of at least so many in this direction; a gap of one does not end it, but
    a row of which less than a share is `unbroken` is none."""
    kept = ImageChops.lighter(white, ImageChops.darker(_shifted(white, x, y), _shifted(white, -x, -y)))
    steps: list[int] = []
    while (reach := 1 + sum(steps)) < length:
        steps.append(min(reach, length - reach))
        kept = ImageChops.darker(kept, _shifted(kept, steps[-1] * x, steps[-1] * y))
    if unbroken:
        half = length // 2
        share = _shifted(white.filter(ImageFilter.BoxBlur((half * x, half * y))), half * x, half * y)
        kept = ImageChops.darker(kept, share.point(lambda value: _WHITE if value >= unbroken * _WHITE else 0))
    for step in steps:
        kept = ImageChops.lighter(kept, _shifted(kept, -step * x, -step * y))
    return kept


def _grown(white: Image.Image) -> Image.Image:
    """With a pixel more on every side."""
    for x, y in ((1, 0), (0, 1)):
        white = ImageChops.lighter(white, _beside(white, x, y))
    return white


def _beside(white: Image.Image, x: int, y: int) -> Image.Image:
    """Where a pixel before or behind is white."""
    return ImageChops.lighter(_shifted(white, x, y), _shifted(white, -x, -y))


def _shifted(white: Image.Image, x: int, y: int) -> Image.Image:
    """Each pixel is what stood so far to its right and below; black where that is outside."""
    return white.crop((x, y, white.width + x, white.height + y))
