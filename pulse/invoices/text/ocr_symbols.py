"""What OCR saw: symbols, each in a tight box around its ink, and the words that they make up; how large they are.

A font's size cannot be read off one letter: it follows from how high letters of a kind are, over a whole word.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from PIL import Image

#: Heights in ems of common typefaces: capitals, digits and tall letters; small letters; small letters with a tail.
TALL, _SMALL, _TAILED = 0.72, 0.53, 0.74
_SMALL_LETTERS, _TAILED_LETTERS = frozenset("acemnorsuvwxz"), frozenset("gpqy")

PixelBox = tuple[int, int, int, int]


def ink(picture: Image.Image, box: PixelBox, *, darker_than: int) -> Image.Image:
    """What is darker than a grey (0 to 255) in a box of a picture: 255 there, 0 elsewhere."""
    return picture.crop(box).point(lambda value: 255 if value < darker_than else 0)


@dataclass(frozen=True)
class Symbol:
    """One character, the box of its ink in pixels, confidence from 0 to 1."""

    text: str
    box: PixelBox
    confidence: float

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class Word:
    """The symbols between two blanks, from left to right; confidence from 0 to 1."""

    symbols: tuple[Symbol, ...]
    confidence: float

    @property
    def text(self) -> str:
        return "".join(symbol.text for symbol in self.symbols)

    @property
    def box(self) -> PixelBox:
        boxes = [symbol.box for symbol in self.symbols]
        return (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )


def em_of(word: Word) -> float | None:
    """The size of its font in pixels; by letters as high as digits where it has some, small ones differ by typeface."""
    tall, small = [], []
    for symbol in word.symbols:
        first = symbol.text[:1]
        if first.isdigit() or first.isupper() or first in "bdfhklß/":
            tall.append(symbol.height / TALL)
        elif first in _SMALL_LETTERS:
            small.append(symbol.height / _SMALL)
        elif first in _TAILED_LETTERS:
            small.append(symbol.height / _TAILED)
    return median(tall) if tall else median(small) if small else None


def base_of(word: Word) -> float | None:
    """The line that its letters stand on, in pixels from the top."""
    standing = [
        symbol.box[3] for symbol in word.symbols if symbol.text[:1].isalnum() and symbol.text[:1] not in "gpqyjJQçÇ"
    ]
    return median(standing) if standing else None


def pieces(ink: Image.Image, *, upright: bool = False) -> list[tuple[int, int]]:
    """From where to where something is white, from left to right (`upright`: from top to bottom), black between."""
    size = (1, ink.height) if upright else (ink.width, 1)
    ends = [False, *(value > 0 for value in ink.resize(size, Image.Resampling.BOX).tobytes()), False]
    edges = [index for index, (before, one) in enumerate(pairwise(ends)) if before != one]
    return list(zip(edges[::2], edges[1::2], strict=True))
