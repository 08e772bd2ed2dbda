"""A sheet of paper with its origin at the top left, as forms are measured; text in two weights."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import reportlab
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 595.275, 841.889
Typeface = Literal["Helvetica", "Vera"]

#: Regular and bold; Vera is embedded (as most programs do), Helvetica is not (as the official print does).
_FONTS: dict[Typeface, tuple[str, str]] = {"Helvetica": ("Helvetica", "Helvetica-Bold"), "Vera": ("Vera", "Vera-Bold")}
_FILES = {"Vera": "Vera.ttf", "Vera-Bold": "VeraBd.ttf"}
#: Vera's letters are wider: as large as this they take the same room.
_SCALE: dict[Typeface, float] = {"Helvetica": 1.0, "Vera": 0.86}
_ASCENT = 0.793


class Sheets:
    """Draws on one page after another; `pdf` closes the document."""

    def __init__(self, typeface: Typeface, title: str) -> None:
        for name in _FONTS[typeface]:
            if name in _FILES and name not in pdfmetrics.getRegisteredFontNames():
                path = Path(reportlab.__file__).parent / "fonts" / _FILES[name]
                pdfmetrics.registerFont(TTFont(name, str(path)))
        self._regular, self._bold = _FONTS[typeface]
        self._scale = _SCALE[typeface]
        self._file = io.BytesIO()
        self.canvas = Canvas(self._file, pagesize=(WIDTH, HEIGHT), invariant=1)
        self.canvas.setTitle(title)

    def text(self, x: float, top: float, text: str, size: float = 7, *, bold: bool = False, gray: float = 0) -> None:
        """Text that begins at x; `top` is the top edge of its letters' box."""
        self._set(size, bold, gray)
        self.canvas.drawString(x, self._baseline(top, size), text)

    def right(self, x: float, top: float, text: str, size: float = 7, *, bold: bool = False, gray: float = 0) -> None:
        """Text that ends at x."""
        self._set(size, bold, gray)
        self.canvas.drawRightString(x, self._baseline(top, size), text)

    def center(self, x: float, top: float, text: str, size: float = 7, *, bold: bool = False, gray: float = 0) -> None:
        """Text whose middle is at x."""
        self._set(size, bold, gray)
        self.canvas.drawCentredString(x, self._baseline(top, size), text)

    def wrap(self, text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
        """Lines of at most this width, broken at blanks."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, size, bold=bold) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """How long the text gets."""
        return float(pdfmetrics.stringWidth(text, self._bold if bold else self._regular, size * self._scale))

    def line(self, x0: float, top: float, x1: float, bottom: float, thickness: float = 0.5) -> None:
        """A rule."""
        self.canvas.setLineWidth(thickness)
        self.canvas.line(x0, HEIGHT - top, x1, HEIGHT - bottom)

    def picture(self, picture: ImageReader, x: float, top: float, side: float) -> None:
        """A square picture."""
        self.canvas.drawImage(picture, x, HEIGHT - top - side, side, side)

    def next_page(self) -> None:
        """Ends this page."""
        self.canvas.showPage()

    def pdf(self) -> bytes:
        """Ends the document."""
        self.canvas.showPage()
        self.canvas.save()
        return self._file.getvalue()

    def _set(self, size: float, bold: bool, gray: float) -> None:
        self.canvas.setFont(self._bold if bold else self._regular, size * self._scale)
        self.canvas.setFillGray(gray)

    @staticmethod
    def _baseline(top: float, size: float) -> float:
        return HEIGHT - top - _ASCENT * size
