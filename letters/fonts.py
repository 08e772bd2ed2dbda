"""The letters' typeface: Liberation Sans, embedded, parsed once per process (parsing it costs more than a letter)."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import as_file, files
from typing import NamedTuple

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from letters.plain import clean

#: What stands where the typeface has no glyph: seen by the reader, unlike a gap.
MISSING_GLYPH = "□"
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f]")
_MISSING_RUN = re.compile(f"{MISSING_GLYPH}+")


class Face(NamedTuple):
    """One weight: its name in the PDF, and the widths in thousandths of the size of the characters it can print."""

    name: str
    widths: dict[str, float]

    def width(self, text: str, size: float) -> float:
        """The width in points of a `printable` text."""
        return sum(map(self.widths.__getitem__, text)) * size / 1000

    def printable(self, text: str) -> str:
        """`text` on one line, with a visible box for each run of characters that the typeface lacks."""
        signs = _VARIATION_SELECTORS.sub("", clean(text))
        if self.widths.keys() >= set(signs):
            return signs
        boxed = "".join(sign if sign in self.widths else MISSING_GLYPH for sign in signs)
        return _MISSING_RUN.sub(MISSING_GLYPH, boxed)


@cache
def regular() -> Face:
    return _register("LiberationSans-Regular")


@cache
def bold() -> Face:
    return _register("LiberationSans-Bold")


def _register(name: str) -> Face:
    with as_file(files("letters").joinpath("typefaces", f"{name}.ttf")) as path:
        font = TTFont(name, str(path))
    pdfmetrics.registerFont(font)
    face = font.face
    return Face(name, {chr(point): float(face.charWidths[point]) for point in face.charToGlyph})
