"""What stands where on which page, before any program prints it; the origin is the top left, as forms are measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from PIL import Image

from pulse.synthetic.typefaces import Typeface

WIDTH, HEIGHT = 595.275, 841.889
Align = Literal["left", "right", "center"]
#: From the top of a letter's box down to its base line, as a share of the size.
ASCENT = 0.793


@dataclass(frozen=True, slots=True)
class Text:
    """A run of text: x is where it begins, ends or has its middle; `top` is the top edge of its letters' box."""

    x: float
    top: float
    text: str
    size: float
    bold: bool = False
    align: Align = "left"
    gray: float = 0.0
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """A line."""

    x0: float
    top: float
    x1: float
    bottom: float
    thickness: float = 0.5


@dataclass(frozen=True, slots=True)
class Picture:
    """An image."""

    image: Image.Image
    x: float
    top: float
    width: float
    height: float


Mark = Text | Rule | Picture


@dataclass
class Paper:
    """Pages being filled. `stretch` and `shift` move everything sideways, as another program's margins would."""

    typeface: Typeface
    title: str = ""
    width: float = WIDTH
    height: float = HEIGHT
    stretch: float = 1.0
    shift: float = 0.0
    pages: list[list[Mark]] = field(default_factory=lambda: [[]])

    def text(self, x: float, top: float, text: str, size: float = 7, *, bold: bool = False, gray: float = 0) -> None:
        """Text that begins at x."""
        self._add(x, top, text, size, bold=bold, gray=gray, align="left")

    def right(self, x: float, top: float, text: str, size: float = 7, *, bold: bool = False, gray: float = 0) -> None:
        """Text that ends at x."""
        self._add(x, top, text, size, bold=bold, gray=gray, align="right")

    def center(self, x: float, top: float, text: str, size: float = 7, *, bold: bool = False, gray: float = 0) -> None:
        """Text whose middle is at x."""
        self._add(x, top, text, size, bold=bold, gray=gray, align="center")

    def _add(self, x: float, top: float, text: str, size: float, *, bold: bool, gray: float, align: Align) -> None:
        if text.strip():
            long = self.length(text, size, bold=bold)
            self.pages[-1].append(Text(self._x(x), top, text, size * self.typeface.scale, bold, align, gray, long))

    def line(self, x0: float, top: float, x1: float, bottom: float, thickness: float = 0.5) -> None:
        """A rule."""
        self.pages[-1].append(Rule(self._x(x0), top, self._x(x1), bottom, thickness))

    def picture(self, image: Image.Image, x: float, top: float, width: float, height: float | None = None) -> None:
        """An image; a square one where no height is given."""
        self.pages[-1].append(Picture(image, self._x(x), top, width, width if height is None else height))

    def next_page(self) -> None:
        """Ends this page."""
        self.pages.append([])

    def length(self, text: str, size: float, *, bold: bool = False) -> float:
        """How long the text gets."""
        return self.typeface.width(text, size, bold=bold)

    def wrap(self, text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
        """Lines of at most this width, broken at blanks."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.length(longer, size, bold=bold) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def _x(self, x: float) -> float:
        return x * self.stretch + self.shift
