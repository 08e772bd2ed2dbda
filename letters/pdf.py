"""A letter as PDF: A4 for a window envelope, every fact set by code, in the form that archives keep (PDF/A-2b)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import singledispatchmethod
from math import inf

from letters import plain
from letters.archive import Properties
from letters.bill import put_bill
from letters.content import ColumnName, Content, Items, Part, Positions, Section, Signature, content_of
from letters.facts import Facts
from letters.layout import GREY, MM, WIDTH, Cell, Column, Rule, Sheet, Style, draw, fitted, wrap
from letters.letterhead import Letterhead
from letters.masthead import LEFT, RIGHT, new_sheet, put_masthead
from letters.texts import Texts, default_texts
from letters.writer import Wording

_BODY = Style(9.5, 12.6)
_HEAD = Style(9.5, 12.6, bold=True)
_SUBJECT = Style(12, 16, bold=True)
_SMALL = Style(8, 10.5, colour=GREY)
_CELL = Style(8.5, 11)
_CELL_BOLD = Style(8.5, 11, bold=True)
_CELL_NOTE = Style(7.5, 9.6, colour=GREY)
_TABLE_HEAD = Style(7.5, 10, bold=True, colour=GREY)
_NOTE = Style(8, 10.4, colour=GREY)
_NOTE_HEAD = Style(8, 10.4, bold=True, colour=GREY)
_AFTER, _AFTER_ITEM, _INDENT = 5.0, 1.5, 4 * MM

#: In mm; the product has what they leave.
_WIDTHS_MM: dict[ColumnName, float] = {"date": 19, "quantity": 14, "billed": 25, "approved": 28, "note": 31}
_FIGURES = frozenset({"quantity", "billed", "approved"})
_BEFORE_NOTE = 5 * MM
#: The typeface's parser keeps its place in the file: two letters at once would read from each other's.
_ONE_AT_A_TIME = threading.Lock()


def render(facts: Facts, wording: Wording, texts: Texts | None = None, look: Letterhead | None = None) -> bytes:
    """The letter's PDF: the same bytes for the same facts, wording and look. Safe to call from several threads."""
    with _ONE_AT_A_TIME:
        content = content_of(facts, wording, texts or default_texts())
        properties = Properties(content.title, content.insurer.name, plain.tag(content.language), facts.letter_date)
        return draw(_Letter(content, look or Letterhead()).set().pages, properties)


class _Letter:
    """One letter on its way to paper, from the letterhead down."""

    def __init__(self, content: Content, look: Letterhead) -> None:
        self.content, self.look = content, look
        self.labels = plain.labels(content.language)
        self.sheet = new_sheet()

    def set(self) -> Sheet:
        content, sheet = self.content, self.sheet
        put_masthead(sheet, content.insurer, content.addressee, self.look, (content.desk, content.entries))
        sheet.paragraph(content.subject, _SUBJECT, after=8)
        self._parts()
        self._footers()
        for bill in content.bills:
            put_bill(sheet, bill, content.insurer, content.addressee, content.language, look=self.look)
        return sheet

    def _parts(self) -> None:
        """No page begins with the closing: the paragraphs before it, and what follows, go with it where a page can."""
        parts = self.content.parts
        for number, part in enumerate(parts):
            if any(isinstance(following, Signature) for following in parts[number + 1 : number + 2]):
                self.sheet.need(self._height(parts[number:]))
            self._put(part)

    def _height(self, parts: Sequence[Part]) -> float:
        """How much room they take, set without a page's end; what is left free after the last does not count."""
        real, self.sheet = self.sheet, Sheet(left=LEFT, right=RIGHT, top=0, bottom=-inf)
        for part in parts:
            self._put(part)
        endless, self.sheet = self.sheet, real
        return endless.y - _AFTER

    @singledispatchmethod
    def _put(self, part: Part) -> None:
        raise TypeError(part)

    @_put.register
    def _section(self, part: Section) -> None:
        head, body = (_NOTE_HEAD, _NOTE) if part.small else (_HEAD, _BODY)
        after = _AFTER_ITEM if part.dense else _AFTER
        if part.heading:
            self._heading(part.heading, head, part.paragraphs[0], body)
        for paragraph in part.paragraphs:
            self.sheet.paragraph(paragraph, body, after=after)
        self.sheet.skip(_AFTER - after)

    @_put.register
    def _items(self, part: Items) -> None:
        self._heading(part.heading, _HEAD, part.items[0], _BODY, indent=_INDENT)
        for item in part.items:
            self.sheet.paragraph(item, _BODY, indent=_INDENT, bullet="•", after=_AFTER_ITEM)
        self.sheet.skip(_AFTER - _AFTER_ITEM)

    @_put.register
    def _positions(self, part: Positions) -> None:
        names = [name for name, _ in part.columns]
        widths: dict[ColumnName, float] = {name: _WIDTHS_MM[name] * MM for name in names if name != "product"}
        widths["product"] = self.sheet.width - sum(widths.values()) - ("note" in widths) * _BEFORE_NOTE
        columns = [
            Column(heading, widths[name], "right" if name in _FIGURES else "left") for name, heading in part.columns
        ]
        rows = [
            [_cell(name, lines) for name, lines in zip(names, row, strict=True)] for row in part.rows
        ]  # fmt: skip
        total: list[Cell] = [[(line, _CELL_BOLD) for line in lines] for lines in part.total]
        if "note" in widths:
            columns.insert(-1, Column("", _BEFORE_NOTE))
            for row in (*rows, total):
                row.insert(-1, [])
        self.sheet.skip(2)
        self.sheet.table(columns, rows, total, _TABLE_HEAD)
        self.sheet.skip(6)

    @_put.register
    def _signature(self, part: Signature) -> None:
        self.sheet.skip(4)
        for paragraph in part.closing:
            self.sheet.paragraph(paragraph, _BODY, after=_AFTER)
        self.sheet.paragraph(part.name, _HEAD)
        for line in part.lines:
            self.sheet.paragraph(line, _BODY)
        for line in part.unsigned:
            self.sheet.paragraph(line, _SMALL)
        self.sheet.skip(5)

    def _heading(self, text: str, style: Style, first: str, body: Style, *, indent: float = 0.0) -> None:
        """On the page where the first paragraph below it begins."""
        self.sheet.skip(3)
        lines = len(wrap(first, body, self.sheet.width - indent))
        self.sheet.need(style.leading + _AFTER_ITEM + body.leading * (lines if lines <= 3 else 2))
        self.sheet.paragraph(text, style, after=_AFTER_ITEM)

    def _footers(self) -> None:
        pages = self.sheet.pages
        left = f"{self.content.insurer.name} · {self.labels['reference']} {self.content.reference}"
        for number, page in enumerate(pages, start=1):
            right = self.labels["page"].format(page=number, pages=len(pages))
            foot = Sheet(left=LEFT, right=RIGHT, top=0, bottom=0, pages=[page])
            foot.put(Rule(LEFT, 281 * MM, foot.width))
            foot.line(LEFT, 285.5 * MM, *fitted(left, _SMALL, foot.width - 30 * MM))
            foot.line(WIDTH - RIGHT, 285.5 * MM, right, _SMALL, "right")


def _cell(column: ColumnName, lines: tuple[str, ...]) -> Cell:
    """A note is small, and so is the code below a product's name."""
    styles = [_CELL_NOTE if column == "note" or number else _CELL for number in range(len(lines))]
    return list(zip(lines, styles, strict=True))
