"""Sets text on pages: wrapping, page breaks, tables. Draws strings only: no markup is ever parsed.

Pages are set first and drawn afterwards, so that each can say how many there are. Lengths are points; `x` from the
left, `y` from the top of the sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Literal

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from letters.archive import VERSION, Properties, archive, put_picture, tell_apart
from letters.fonts import Face, bold, regular, start_with_usual_letters
from letters.letterhead import Colour, Logo

MM = 72 / 25.4
WIDTH, HEIGHT = A4
INK: Colour = (0.10, 0.10, 0.12)
GREY: Colour = (0.38, 0.40, 0.44)
LINE: Colour = (0.78, 0.80, 0.83)
#: Less than anybody sees: what adds up differently in another order still fits.
_HAIR = 0.01


@dataclass(frozen=True)
class Style:
    """How a line looks; `leading` is the distance from line to line."""

    size: float
    leading: float
    bold: bool = False
    colour: Colour = INK

    @property
    def face(self) -> Face:
        return bold() if self.bold else regular()


@dataclass(frozen=True)
class Text:
    """A line of text on its baseline."""

    x: float
    y: float
    string: str
    style: Style


@dataclass(frozen=True)
class Rule:
    """A horizontal line."""

    x: float
    y: float
    width: float
    colour: Colour = LINE
    thickness: float = 0.5


@dataclass(frozen=True)
class Box:
    """A filled rectangle; `y` is its upper edge."""

    x: float
    y: float
    width: float
    height: float
    colour: Colour


@dataclass(frozen=True)
class Picture:
    """A picture; `y` is its upper edge."""

    x: float
    y: float
    width: float
    height: float
    picture: Logo


Mark = Text | Rule | Box | Picture


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, width and alignment."""

    heading: str
    width: float
    align: Literal["left", "right"] = "left"


Cell = Sequence[tuple[str, Style]]


def wrap(text: str, style: Style, width: float) -> list[str]:
    """The lines of `text` at this width. `CHF` stays with its amount; a word wider than a line is cut."""
    face, size = style.face, style.size
    blank = face.width(" ", size)
    lines: list[str] = []
    line, used = "", 0.0
    for word in _words(face.printable(text)):
        for piece, advance in _pieces(word, face, size, width):
            if line and used + blank + advance > width:
                lines.append(line)
                line, used = piece, advance
            else:
                line, used = (f"{line} {piece}", used + blank + advance) if line else (piece, advance)
    return [*lines, line] if line else lines


def fitted(text: str, style: Style, width: float) -> tuple[str, Style]:
    """`text` on one line of this width: set smaller, by three tenths at most, and cut where that is not enough."""
    string = style.face.printable(text)
    needed = style.face.width(string, style.size)
    if needed <= width:
        return string, style
    smaller = replace(style, size=style.size * max(width / needed, 0.7))
    while len(string) > 1 and style.face.width(string, smaller.size) > width + _HAIR:
        string = f"{string[:-2].rstrip()}…"
    return string, smaller


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in text.split(" "):
        if words and words[-1] == "CHF" and word[:1].isdigit():
            words[-1] = f"CHF {word}"
        else:
            words.append(word)
    return words


def _pieces(word: str, face: Face, size: float, width: float) -> list[tuple[str, float]]:
    """The word, or the parts of one that is wider than a line, each with its width."""
    advance = face.width(word, size)
    if advance <= width:
        return [(word, advance)]
    pieces, piece = [], ""
    for sign in word:
        if piece and face.width(piece + sign, size) > width:
            pieces.append(piece)
            piece = ""
        piece += sign
    return [(piece, face.width(piece, size)) for piece in (*pieces, piece)]


@dataclass
class Sheet:
    """The pages being set, with a cursor that moves down and starts a new page where the room ends."""

    left: float
    right: float
    top: float
    bottom: float
    pages: list[list[Mark]] = field(default_factory=lambda: [[]])
    y: float = 0.0

    @property
    def width(self) -> float:
        return WIDTH - self.left - self.right

    def put(self, mark: Mark) -> None:
        """Places a mark on the present page, wherever the cursor is."""
        self.pages[-1].append(mark)

    def line(self, x: float, y: float, text: str, style: Style, align: Literal["left", "right"] = "left") -> None:
        """Places one line; `x` is its left or right end."""
        string = style.face.printable(text)
        start = x - style.face.width(string, style.size) if align == "right" else x
        self.put(Text(start, y, string, style))

    def turn(self) -> None:
        """Starts a new page."""
        self.pages.append([])
        self.y = self.top

    def need(self, height: float) -> None:
        """Starts a new page unless `height` is left on this one, or is more than any page has."""
        if HEIGHT - self.bottom - self.y + _HAIR < height <= HEIGHT - self.bottom - self.top:
            self.turn()

    def skip(self, height: float) -> None:
        """Leaves room."""
        self.y += height

    def paragraph(self, text: str, style: Style, *, indent: float = 0.0, bullet: str = "", after: float = 0.0) -> None:
        """Sets a wrapped paragraph; no page starts or ends with a single line of it."""
        lines = wrap(text, style, self.width - indent)
        for number, string in enumerate(lines):
            left = len(lines) - number
            together = left if left == 2 or (number == 0 and left <= 3) else 2 if number == 0 else 1
            self.need(style.leading * together)
            self.y += style.leading
            if bullet and number == 0:
                self.put(Text(self.left, self.y, bullet, style))
            self.put(Text(self.left + indent, self.y, string, style))
        self.y += after

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], total: Sequence[Cell], head: Style
    ) -> None:
        """Sets a table: rows are never torn, the headings come again on each page, the total stays with a row."""
        headings = _set_row(columns, [[(column.heading, head)] for column in columns])
        body = [_set_row(columns, row) for row in rows]
        end = _set_row(columns, total)
        self.need(headings.height + body[0].height + (end.height if len(body) == 1 else 0))
        self._row(columns, headings, INK)
        for number, row in enumerate(body, start=1):
            page = len(self.pages)
            self.need(row.height + (end.height if number == len(body) else 0))
            if len(self.pages) > page:
                self._row(columns, headings, INK)
            self._row(columns, row, LINE)
        self._row(columns, end, INK)

    def _row(self, columns: Sequence[Column], row: _Row, rule: Colour) -> None:
        x = self.left
        for column, cell in zip(columns, row.cells, strict=True):
            y = self.y + 1.5
            for string, style in cell:
                y += style.leading
                if column.align == "right":
                    self.line(x + column.width, y, string, style, "right")
                else:
                    self.put(Text(x, y, string, style))
            x += column.width
        self.y += row.height
        self.put(Rule(self.left, self.y, self.width, rule, 0.5 if rule == LINE else 0.8))


_GUTTER = 2 * MM


@dataclass(frozen=True)
class _Row:
    """A table row, wrapped: the lines of each cell, and the height of the tallest."""

    cells: list[list[tuple[str, Style]]]
    height: float


def _set_row(columns: Sequence[Column], row: Sequence[Cell]) -> _Row:
    cells = [
        [(line, style) for text, style in cell for line in wrap(text, style, column.width - _GUTTER)]
        for column, cell in zip(columns, row, strict=True)
    ]
    return _Row(cells, max(sum(style.leading for _, style in cell) for cell in cells) + 6)


def draw(pages: Sequence[Sequence[Mark]], properties: Properties) -> bytes:
    """The PDF/A-2b of these pages: the same bytes for the same marks."""
    target = BytesIO()
    canvas = Canvas(
        target, pagesize=A4, pageCompression=1, invariant=1, pdfVersion=VERSION, lang=properties.language,
        initialFontName=regular().name,  # type: ignore[arg-type]  # reportlab's own would be named, not embedded
    )  # fmt: skip
    archive(canvas, properties)
    start_with_usual_letters(canvas)
    with _binary_streams():
        for marks in pages:
            _draw_page(canvas, marks)
            canvas.showPage()
        canvas.save()
    return target.getvalue()


@contextmanager
def _binary_streams() -> Iterator[None]:
    """Written as text, streams are a quarter longer and cost a seventh of the whole; other files stay as they are."""
    before = rl_config.useA85
    rl_config.useA85 = 0
    try:
        yield
    finally:
        rl_config.useA85 = before


def _draw_page(canvas: Canvas, marks: Sequence[Mark]) -> None:
    for mark in marks:
        if isinstance(mark, Rule):
            canvas.setStrokeColorRGB(*mark.colour)
            canvas.setLineWidth(mark.thickness)
            canvas.line(mark.x, HEIGHT - mark.y, mark.x + mark.width, HEIGHT - mark.y)
        elif isinstance(mark, Box):
            canvas.setFillColorRGB(*mark.colour)
            canvas.rect(mark.x, HEIGHT - mark.y - mark.height, mark.width, mark.height, stroke=0, fill=1)
        elif isinstance(mark, Picture):
            put_picture(canvas, mark.picture, (mark.x, HEIGHT - mark.y - mark.height), (mark.width, mark.height))
    tell_apart(canvas, "\n".join(mark.string for mark in marks if isinstance(mark, Text)))
    writing = canvas.beginText()
    style: Style | None = None
    for mark in marks:
        if isinstance(mark, Text):
            if mark.style is not style:
                if style is None or mark.style.colour != style.colour:
                    writing.setFillColorRGB(*mark.style.colour)
                style = mark.style
                writing.setFont(style.face.name, style.size)
            writing.setTextOrigin(mark.x, HEIGHT - mark.y)
            writing.textLine(mark.string)  # unlike textOut it does not measure the text once more
    canvas.drawText(writing)
