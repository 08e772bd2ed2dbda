"""The text of a page as lines and phrases, from a page that pdfplumber opened, interpreted without layout analysis.

A device that keeps only what a reader needs is a third of the cost of a full character object per glyph, and it sees
what those objects do not carry: the text render mode and the fill colour. Text that no person can see is dropped and
counted: invisible or clipping render modes, smaller than 2 points, off the page, white, below a page-wide picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from pdfminer.pdfcolor import PDFColorSpace
from pdfminer.pdfdevice import PDFTextDevice, PDFTextSeq
from pdfminer.pdffont import PDFFont, PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFGraphicState, PDFPageInterpreter, PDFResourceManager, PDFStackT, PDFTextState
from pdfminer.pdfpage import PDFPage
from pdfminer.utils import MATRIX_IDENTITY, Matrix, apply_matrix_pt, mult_matrix

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.draft import Box

MIN_SIZE = 2.0
#: A printed page has a few thousand characters; a document with more than this was made to keep a reader busy.
MAX_GLYPHS = 200_000
_INVISIBLE_MODES = frozenset({3, 7})
#: Glyphs whose middles differ by less stand on one line (labels and values differ in size; lines are 8 points apart).
_LINE_TOLERANCE = 3.0
#: Gaps in ems: a wider one than the first is a blank, than the second a new column.
_BLANK_GAP, _COLUMN_GAP = 0.15, 0.8
_WHITE = 0.97
#: A picture over more than this share of the page covers the text below it.
_COVERING = 0.6


class Glyph(NamedTuple):
    """One printed character; box in points from the page's top left."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool


@dataclass(frozen=True)
class Phrase:
    """Characters of one line without a column gap between them."""

    text: str
    box: Box
    bold: bool

    @property
    def x0(self) -> float:
        return self.box[0]

    @property
    def x1(self) -> float:
        return self.box[2]


@dataclass(frozen=True)
class Line:
    """Glyphs of one height, from left to right."""

    glyphs: tuple[Glyph, ...]

    @property
    def top(self) -> float:
        return self.glyphs[0].top

    @property
    def bottom(self) -> float:
        return self.glyphs[0].bottom

    def phrases(self) -> list[Phrase]:
        """Split at column gaps."""
        return [phrase for run in _runs(self.glyphs, _COLUMN_GAP) if (phrase := _phrase(run)).text]

    def words(self) -> list[Phrase]:
        """Split at every blank too."""
        words = []
        for run in _runs(self.glyphs, _BLANK_GAP):
            word: list[Glyph] = []
            for glyph in (*run, None):
                if glyph is not None and not glyph.text.isspace():
                    word.append(glyph)
                elif word:
                    words.append(_phrase(word))
                    word = []
        return words


@dataclass(frozen=True)
class PageText:
    """What a person sees on a page: number from 1, size in points, lines from top to bottom."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    has_image: bool
    hidden: int

    @property
    def characters(self) -> int:
        return sum(len(line.glyphs) for line in self.lines)

    @property
    def text(self) -> str:
        """The page's phrases, one line per printed line."""
        return "\n".join("  ".join(phrase.text for phrase in line.phrases()) for line in self.lines)


class TextReader:
    """Turns pages into `PageText`; fonts are shared among the pages of a document."""

    def __init__(self) -> None:
        self._resources = PDFResourceManager(caching=True)
        self._device = _GlyphDevice(self._resources)
        self._interpreter = PDFPageInterpreter(self._resources, self._device)

    def read(self, page: PDFPage, number: int) -> PageText:
        """Interprets one page's content stream; a page that lies on its side or its head is turned upright."""
        device = self._device
        self._interpreter.process_page(page)
        if turn := device.turn:
            page.rotate = (page.rotate + turn) % 360
            self._interpreter.process_page(page)
        lines = tuple(_lines(device.glyphs))
        return PageText(number, device.width, device.height, lines, device.has_image, device.hidden)


class _GlyphDevice(PDFTextDevice):
    """Collects visible glyphs; counts the others; notes images."""

    def __init__(self, resources: PDFResourceManager) -> None:
        super().__init__(resources)
        self.glyphs: list[Glyph] = []
        self.width = self.height = 0.0
        self.hidden = 0
        self.has_image = False
        self._directions: Counter[int] = Counter()
        self._seen = 0
        self._invisible = False
        self._white = False
        self._left = self._upper = 0.0
        self._ctm = self._figure = MATRIX_IDENTITY

    def set_ctm(self, ctm: Matrix) -> None:
        super().set_ctm(ctm)
        self._ctm = ctm

    def begin_page(self, page: PDFPage, ctm: Matrix) -> None:
        """Measures from the corner of what a viewer shows of the page: the crop box within the media box."""
        self.glyphs, self.hidden, self.has_image = [], 0, False
        self._directions.clear()
        media, crop = page.mediabox, page.cropbox
        low = apply_matrix_pt(ctm, (max(media[0], crop[0]), max(media[1], crop[1])))
        high = apply_matrix_pt(ctm, (min(media[2], crop[2]), min(media[3], crop[3])))
        self._left, self._upper = min(low[0], high[0]), max(low[1], high[1])
        self.width, self.height = abs(high[0] - low[0]), abs(high[1] - low[1])

    @property
    def turn(self) -> int:
        """By how many degrees clockwise the page must be turned for most of its text to stand upright."""
        return self._directions.most_common(1)[0][0] if self._directions else 0

    def begin_figure(self, name: str, bbox: Any, matrix: Matrix) -> None:
        self._figure = mult_matrix(matrix, self._ctm)

    def render_image(self, name: str, stream: Any) -> None:
        """A picture over most of the page covers what was written before it."""
        self.has_image = True
        low, high = apply_matrix_pt(self._figure, (0, 0)), apply_matrix_pt(self._figure, (1, 1))
        area = abs(high[0] - low[0]) * abs(high[1] - low[1])
        if area > _COVERING * self.width * self.height:
            self.hidden += sum(not glyph.text.isspace() for glyph in self.glyphs)
            self.glyphs = []

    def render_string(
        self, textstate: PDFTextState, seq: PDFTextSeq, ncs: PDFColorSpace, graphicstate: PDFGraphicState
    ) -> None:
        self._invisible = textstate.render in _INVISIBLE_MODES
        self._white = _is_white(ncs.name, graphicstate.ncolor)
        across, up, *_ = mult_matrix(textstate.matrix, self._ctm)
        turn = (0 if across > 0 else 180) if abs(across) >= abs(up) else (90 if up > 0 else 270)
        self._directions[turn] += 1
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(  # noqa: PLR0917  pdfminer's signature
        self,
        matrix: Matrix,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: PDFColorSpace,
        graphicstate: PDFGraphicState,
    ) -> float:
        self._seen += 1
        if self._seen > MAX_GLYPHS:
            raise Unreadable("The document has too much text.", code=Reason.LIMITS_EXCEEDED, limit=MAX_GLYPHS)
        try:
            text = font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            text = "\ufffd"
        advance = font.char_width(cid) * fontsize * scaling
        low = font.get_descent() * fontsize + rise
        left, bottom = apply_matrix_pt(matrix, (0, low))
        right, top = apply_matrix_pt(matrix, (advance, low + fontsize))
        x0, x1 = min(left, right) - self._left, max(left, right) - self._left
        y0, y1 = self._upper - max(bottom, top), self._upper - min(bottom, top)
        outside = x1 <= 0 or x0 >= self.width or y1 <= 0 or y0 >= self.height
        if self._invisible or self._white or outside or y1 - y0 < MIN_SIZE:
            self.hidden += not text.isspace()
        else:
            self.glyphs.append(Glyph(text, x0, y0, x1, y1, y1 - y0, "bold" in (font.fontname or "").lower()))
        return advance


def _is_white(space: str, color: PDFStackT | Any) -> bool:
    parts = color if isinstance(color, (tuple, list)) else (color,)
    if not parts or not all(isinstance(part, (int, float)) for part in parts):
        return False
    if space == "DeviceCMYK" or len(parts) == 4:
        return all(part <= 1 - _WHITE for part in parts)
    return (
        len(parts) in (1, 3)
        and space in {"DeviceGray", "DeviceRGB", "CalGray", "CalRGB", "ICCBased"}
        and all(part >= _WHITE for part in parts)
    )


def _lines(glyphs: list[Glyph]) -> Iterable[Line]:
    """Groups glyphs by height; a line's first glyph sets its middle."""
    ordered = sorted(glyphs, key=lambda glyph: glyph.top + glyph.bottom)
    start = 0
    for index in range(1, len(ordered) + 1):
        if index < len(ordered):
            first, glyph = ordered[start], ordered[index]
            if (glyph.top + glyph.bottom) - (first.top + first.bottom) <= 2 * _LINE_TOLERANCE:
                continue
        run = sorted(ordered[start:index], key=lambda glyph: glyph.x0)
        if any(not glyph.text.isspace() for glyph in run):
            yield Line(tuple(run))
        start = index


def _runs(glyphs: tuple[Glyph, ...], gap: float) -> Iterable[list[Glyph]]:
    run = [glyphs[0]]
    for before, glyph in pairwise(glyphs):
        if glyph.x0 - before.x1 > gap * min(before.size, glyph.size):
            yield run
            run = []
        run.append(glyph)
    yield run


def _phrase(run: list[Glyph]) -> Phrase:
    parts = [run[0].text]
    for before, glyph in pairwise(run):
        if glyph.x0 - before.x1 > _BLANK_GAP * glyph.size:
            parts.append(" ")
        parts.append(glyph.text)
    inked = [glyph for glyph in run if not glyph.text.isspace()] or run
    box = (
        inked[0].x0,
        min(glyph.top for glyph in inked),
        max(glyph.x1 for glyph in inked),
        max(glyph.bottom for glyph in inked),
    )
    return Phrase(" ".join("".join(parts).split()), box, inked[0].bold)
