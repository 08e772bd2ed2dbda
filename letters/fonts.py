"""The letters' typeface: Liberation Sans, parsed once per process, and the glyphs of it that a letter embeds."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import as_file, files
from typing import NamedTuple

from reportlab.pdfbase.ttfonts import TTFontFace

from letters.plain import clean

#: What stands where the typeface has no glyph: seen by the reader, unlike a gap.
MISSING_GLYPH = "□"
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f]")
_MISSING_RUN = re.compile(f"{MISSING_GLYPH}+")
#: Every letter embeds the glyphs of these: nearly all letters then have the same ones, which are cut out once.
_USUAL = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("ÄÖÜÀÂÇÈÉÊËÎÏÔÙÛäöüàâçèéêëîïôùûñó–’«»·•□")


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

    def subset(self, characters: Iterable[str]) -> Subset:
        """The glyphs of these `printable` characters and of the usual ones."""
        return _subset(self.name, _USUAL.union(characters))


@dataclass(frozen=True, eq=False)
class Subset:
    """Some glyphs of a face as a TrueType program of their own, numbered anew from 1, and what a PDF says of them.

    `codes`: the number of each character's glyph, as four hex digits; `glyphs`: for each number the character and its
    width in thousandths of the size; `program`: compressed (zlib), `length` bytes before; `box` and the others in
    thousandths too. The name is marked as a subset's, as PDF wants it (ISO 32000-1, 9.6.4).
    """

    name: str
    codes: dict[str, str]
    glyphs: dict[int, tuple[str, float]]
    program: bytes
    length: int
    box: tuple[float, ...]
    ascent: float
    descent: float
    cap_height: float
    stem_width: float
    missing_width: float


@cache
def regular() -> Face:
    return _face("LiberationSans-Regular")


@cache
def bold() -> Face:
    return _face("LiberationSans-Bold")


def _face(name: str) -> Face:
    parsed = _parsed(name)
    return Face(name, {chr(point): float(parsed.charWidths[point]) for point in parsed.charToGlyph})


@cache
def _parsed(name: str) -> TTFontFace:
    with as_file(files("letters").joinpath("typefaces", f"{name}.ttf")) as path:
        return TTFontFace(str(path))


@lru_cache(maxsize=16)
def _subset(name: str, characters: frozenset[str]) -> Subset:
    """Characters that look the same share a glyph, and a number: that of the first of them."""
    parsed = _parsed(name)
    points = sorted(point for point in map(ord, characters) if point in parsed.charToGlyph)
    first_of: dict[int, int] = {}
    for point in points:
        first_of.setdefault(parsed.charToGlyph[point], point)
    numbers = {glyph: number for number, glyph in enumerate(first_of, start=1)}
    program = parsed.makeSubset(list(first_of.values()))
    tag = "".join(chr(ord("A") + byte % 26) for byte in sha256(repr(points).encode()).digest()[:6])
    return Subset(
        name=f"{tag}+{name}",
        codes={chr(point): f"{numbers[parsed.charToGlyph[point]]:04x}" for point in points},
        glyphs={numbers[glyph]: (chr(point), float(parsed.charWidths[point])) for glyph, point in first_of.items()},
        program=zlib.compress(program),
        length=len(program),
        box=tuple(parsed.bbox),
        ascent=parsed.ascent,
        descent=parsed.descent,
        cap_height=parsed.capHeight,
        stem_width=parsed.stemV,
        missing_width=float(parsed.defaultWidth),
    )
