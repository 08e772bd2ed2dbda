"""The table of positions: a line of cells, the name on a second line, a remark on a third; pages go on where one ended.

Columns are found by the header's own words. Cells are right-aligned to them, so a value belongs to the header that ends
where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from pulse.invoices.draft import Box, Draft, Where
from pulse.invoices.forms.head import PRINTED
from pulse.invoices.text.page_text import Glyph, Line, PageText, Phrase
from pulse.invoices.xml.positions import DRUG_TARIFFS, indication_code

#: Header words without blanks, in printed order; the second one is not on every release.
_HEADER = (
    ("date", "Datum"),
    ("tariff", "Tarif"),
    ("code", "Tarifziffer"),
    ("reference", "Bezugsziffer"),
    ("session", "Si"),
    ("session", "Gr"),
    ("side", "St"),
    ("quantity", "Anzahl"),
    ("unit_price", "TPAL/Preis"),
    ("scale", "fAL"),
    ("point_value", "TPWAL"),
    ("unit_tl", "TPTL"),
    ("scale_tl", "fTL"),
    ("point_value_tl", "TPWTL"),
    ("responsible", "A"),
    ("provider", "V"),
    ("obligation", "P"),
    ("vat", "M"),
    ("amount", "Betrag"),
)
_OPTIONAL = frozenset({"Si", "Gr", "P"})
_FLAGS = ("responsible", "provider", "obligation", "vat")
_RIGHT_ALIGNED = (
    "session",
    "side",
    "quantity",
    "unit_price",
    "scale",
    "point_value",
    "unit_tl",
    "scale_tl",
    "point_value_tl",
    "amount",
)
_DATE_LIKE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}")
_ALIGNMENT = 4.0
_FOOT_START = 0.12
_MAX_ROWS = 2000


@dataclass
class _Row:
    """A position while its lines are read."""

    page: int
    cells: dict[str, Phrase]
    flags: dict[str, str]
    name: list[Phrase] = field(default_factory=list)
    remark: list[Phrase] = field(default_factory=list)


class RowReader:
    """Reads the tables of all pages into the draft; `finish` when the last page was read."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._rows: list[_Row] = []
        self._box: Box | None = None
        self._page = 1

    def read(self, page: PageText, lines: list[Line]) -> list[Line]:
        """Takes the rows of one page; returns the lines below the table."""
        if not lines or not (columns := _columns(lines[0])):
            return lines
        for index, line in enumerate(lines[1:], 1):
            phrases = line.phrases()
            if _is_foot(phrases, page.width):
                return lines[index:]
            words = line.words()
            cells = _cells(words, columns)
            if _is_row(cells) and len(self._rows) < _MAX_ROWS:
                self._rows.append(_Row(page.number, cells, _flags(line.glyphs, columns)))
                self._extend_box(page, words)
            elif self._rows and abs(phrases[0].x0 - columns["code"][0]) < 2 * _ALIGNMENT:
                self._continue(self._rows[-1], phrases)
        return []

    def finish(self, vat_rates: Mapping[str, Decimal]) -> None:
        """Notes all rows; `vat_rates` by the code in column M."""
        self._draft.rows = len(self._rows)
        if self._rows:
            self._draft.put_evidence("positions", Where(self._page, self._box, PRINTED))
        for index, row in enumerate(self._rows):
            _note(self._draft, f"positions.{index}", row, vat_rates)

    @staticmethod
    def _continue(row: _Row, phrases: list[Phrase]) -> None:
        """The name's lines are bold like the first one; what follows in another weight is the remark."""
        if not row.remark and (not row.name or (row.name[0].bold and phrases[0].bold)):
            row.name += phrases
        else:
            row.remark += phrases

    def _extend_box(self, page: PageText, words: list[Phrase]) -> None:
        """The evidence of the number of rows is the table on its first page."""
        if self._box is None:
            self._page, self._box = page.number, words[0].box
        if page.number == self._page:
            edges = [self._box, *(word.box for word in words)]
            self._box = (
                min(edge[0] for edge in edges),
                min(edge[1] for edge in edges),
                max(edge[2] for edge in edges),
                max(edge[3] for edge in edges),
            )


def _columns(header: Line) -> dict[str, tuple[float, float]] | None:
    """Left and right edge of each header word, or None if this is no such header."""
    glyphs = [glyph for glyph in header.glyphs if not glyph.text.isspace()]
    text = "".join(glyph.text[:1] for glyph in glyphs)
    columns: dict[str, tuple[float, float]] = {}
    at = 0
    for key, word in _HEADER:
        if text.startswith(word, at):
            columns[key] = (glyphs[at].x0, glyphs[at + len(word) - 1].x1)
            at += len(word)
        elif word not in _OPTIONAL:
            return None
    return columns


def _is_foot(phrases: list[Phrase], width: float) -> bool:
    first = phrases[0]
    return (first.text == "Code" and first.x0 < _FOOT_START * width) or first.text.startswith(
        ("Zwischentotal", "Gesamtbetrag:")
    )


def _is_row(cells: dict[str, Phrase]) -> bool:
    dated = "date" in cells and bool(_DATE_LIKE.fullmatch(cells["date"].text))
    return "amount" in cells and (dated or ("tariff" in cells and "quantity" in cells))


def _cells(words: list[Phrase], columns: dict[str, tuple[float, float]]) -> dict[str, Phrase]:
    cells: dict[str, Phrase] = {}
    loose: Phrase | None = None
    flags_start, flags_end = columns["responsible"][0] - 2, columns["vat"][1] + 2
    for word in words:
        middle = (word.x0 + word.x1) / 2
        if flags_start < middle < flags_end:
            continue
        if abs(word.x0 - columns["date"][0]) < _ALIGNMENT:
            cells["date"] = word
        elif word.x1 <= columns["tariff"][1] + _ALIGNMENT:
            cells["tariff"] = word
        elif abs(word.x1 - columns["reference"][1]) < _ALIGNMENT and word.x0 > columns["code"][0] + _ALIGNMENT:
            cells["reference"] = word
        elif word.x1 < columns["reference"][1] + _ALIGNMENT:
            before = cells.get("code")
            cells["code"] = _glued(before, word) if before else word
        else:
            key = min(_RIGHT_ALIGNED, key=lambda name: abs(word.x1 - columns.get(name, (0, 0))[1]))
            if loose and word.x0 - loose.x1 < _ALIGNMENT:
                word = _glued(loose, word)  # noqa: PLW2901  a blank between thousands
            loose = word
            if abs(word.x1 - columns.get(key, (0, 0))[1]) < _ALIGNMENT:
                cells[key], loose = word, None
    return cells


def _glued(left: Phrase, right: Phrase) -> Phrase:
    return Phrase(left.text + right.text, (left.x0, left.box[1], right.x1, left.box[3]), left.bold)


def _flags(glyphs: tuple[Glyph, ...], columns: dict[str, tuple[float, float]]) -> dict[str, str]:
    """The one-digit columns A, V, P, M stand so close that they are told apart glyph by glyph."""
    flags: dict[str, str] = {}
    present = [key for key in _FLAGS if key in columns]
    start, end = columns[present[0]][0] - 2, columns[present[-1]][1] + 2
    for glyph in glyphs:
        middle = (glyph.x0 + glyph.x1) / 2
        if start < middle < end and not glyph.text.isspace():
            key = min(present, key=lambda name: abs(glyph.x1 - columns[name][1]))
            flags[key] = flags.get(key, "") + glyph.text
    return flags


def _note(draft: Draft, path: str, row: _Row, vat_rates: Mapping[str, Decimal]) -> None:
    def where(phrase: Phrase) -> Where:
        return Where(row.page, phrase.box, PRINTED)

    cells = row.cells
    for key in ("tariff", "code"):
        if key in cells:
            draft.text(f"{path}.{key}", cells[key].text, where(cells[key]))
    if "date" in cells:
        draft.date(f"{path}.date", cells["date"].text, where(cells["date"]))
    for key in ("unit_price", "amount"):
        if key in cells:
            draft.money(f"{path}.{key}", cells[key].text, where(cells[key]))
    if "quantity" in cells:
        draft.number(f"{path}.quantity", cells["quantity"].text, where(cells["quantity"]))
    _note_factor(draft, path, row)
    for key, lines in (("name", row.name), ("remark", row.remark)):
        if lines:
            draft.text(f"{path}.{key}", " ".join(line.text for line in lines), where(lines[0]))
    if (rate := vat_rates.get(row.flags.get("vat", ""))) is not None:
        draft.put(f"{path}.vat_rate", rate, where(cells["amount"]))
    if draft.values.get(f"{path}.tariff") in DRUG_TARIFFS and row.remark:
        texts = [line.text for line in row.remark]
        reference = cells["reference"].text if "reference" in cells else None
        draft.text(f"{path}.indication_code", indication_code([*texts, reference]), where(row.remark[0]))


def _note_factor(draft: Draft, path: str, row: _Row) -> None:
    """Scale and point value together are what the unit price is multiplied by. A point value that was not printed
    (`NaN`) is a warning: no amount depends on our multiplying it again."""
    factor = Decimal(1)
    cells = [row.cells[key] for key in ("scale", "point_value") if key in row.cells]
    for cell in cells:
        part = draft.read_number(f"{path}.factor", cell.text, "warning")
        if part is None:
            return
        factor *= part
    if cells:
        draft.number(f"{path}.factor", format(factor, "f"), Where(row.page, cells[-1].box, PRINTED))
