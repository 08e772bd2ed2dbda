"""The letters' typeface: Liberation Sans, embedded. It is parsed once per process, and what nearly all texts need of it
is cut out once: each of both costs more than the rest of a letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Any, NamedTuple, cast

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDocument, PDFStream, PDFStreamFilterZCompress
from reportlab.pdfbase.ttfonts import TTFont, TTFontFace
from reportlab.pdfgen.canvas import Canvas

from letters.plain import clean

#: What stands where the typeface has no glyph: seen by the reader, unlike a gap.
MISSING_GLYPH = "□"
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f]")
_MISSING_RUN = re.compile(f"{MISSING_GLYPH}+")
#: Beyond ASCII, which every file holds as it is.
_USUAL = "ÄÖÜÀÂÇÈÉÊËÎÏÔÙÛäöüàâçèéêëîïôùûñó–’«»·•□"


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


def start_with_usual_letters(canvas: Canvas) -> None:
    """Has a new file hold the usual letters first: most letters then hold the same ones, and share what was cut out."""
    for face in (regular(), bold()):
        font = cast("TTFont", pdfmetrics.getFont(face.name))
        font.splitString(_USUAL, canvas._doc)  # type: ignore[attr-defined]  # as reportlab's own drawing does


class _CompressedOnce(PDFStreamFilterZCompress):
    """Remembers the last results."""

    encode = lru_cache(maxsize=16)(PDFStreamFilterZCompress.encode)


@lru_cache(maxsize=16)
def _written(widths: tuple[float, ...]) -> bytes:
    return PDFArray(widths).format(None)


class _Font(TTFont):
    """Writes the widths and the code points of a set of letters out once."""

    def addObjects(self, doc: Any) -> None:  # noqa: N802  reportlab's name
        super().addObjects(doc)
        for font in doc.idToObject["BasicFonts"].dict.values():
            if isinstance(getattr(font, "Widths", None), PDFArray):
                font.Widths = _written(tuple(font.Widths.sequence))
                doc.idToObject[font.ToUnicode.name].filters = [COMPRESSED_ONCE]


class _Typeface(TTFontFace):
    """Cuts a set of letters out once, and compresses it once."""

    def __init__(self, filename: str) -> None:
        super().__init__(filename)
        self._cut_out = lru_cache(maxsize=16)(super().makeSubset)

    def makeSubset(self, subset: Sequence[int]) -> bytes:  # noqa: N802  reportlab's name
        return self._cut_out(tuple(subset))

    def addSubsetObjects(self, doc: PDFDocument, fontname: str, subset: Sequence[int]) -> object:  # noqa: N802
        reference: object = super().addSubsetObjects(doc, fontname, subset)  # type: ignore[no-untyped-call]
        file = cast("PDFStream", doc.idToObject[f"fontFile:{self.filename}({fontname})"])
        file.filters = [COMPRESSED_ONCE]
        return reference


#: The filter for what many files hold alike.
COMPRESSED_ONCE = _CompressedOnce()


def _register(name: str) -> Face:
    with as_file(files("letters").joinpath("typefaces", f"{name}.ttf")) as path:
        font = _Font(name, str(path))
        font.face = face = _Typeface(str(path))
    pdfmetrics.registerFont(font)
    return Face(name, {chr(point): float(face.charWidths[point]) for point in face.charToGlyph})
