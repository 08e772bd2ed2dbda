"""The rows of the table of positions: a line of cells, the name on a second line, a remark on a third.

Pages go on where one ended; sub-totals and carried amounts are no rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pulse.base.money import NotAnAmount, parse_number
from pulse.invoices.draft import Box, Draft, Where, around, without_trailing_zeros
from pulse.invoices.forms import labels
from pulse.invoices.forms.columns import Columns, find_columns
from pulse.invoices.forms.lines import GUESSED, PRINTED, PrintedLine, height, joined, leading_label
from pulse.invoices.forms.vocabulary import Vocabulary
from pulse.invoices.text.page_text import PageText, Phrase
from pulse.invoices.xml.positions import DRUG_TARIFFS, indication_code

_FOOT = Vocabulary(labels.FOOT)
#: What begins the foot; a carried amount stands above the first row of a page.
_FOOT_LABELS = frozenset(labels.FOOT) - {"carried", "vat_rate"}
_VAT_TABLE = ("vat_code", "vat_rate")
_DATE_LIKE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}")
_TARIFF = re.compile(r"[0-9A-Z]{3}")
_HAS_DIGIT = re.compile(r"\d")
_ALIGNED = 8.0
#: A line of a row stands at most this many heights of a letter below the one before.
_LINE_DISTANCE = 1.5
#: What the flag 1 is taken for in a scan, where no rate has this code.
_LIKE_ONE, _SPECKS = frozenset("1lIiïL|!7T4EF"), "-.,:;'"
#: A price whose point was lost in a scan.
_POINTLESS = re.compile(r"\d{3,}")
_MAX_ROWS = 2000


@dataclass
class _Row:
    """A position while its lines are read; `room` is how far to the right a name may go. Of a scan nothing is certain
    about the weight of letters, and flags of one digit look like others."""

    page: int
    cells: dict[str, Phrase]
    flags: dict[str, str]
    room: float
    is_scanned: bool
    lines: list[Phrase] = field(default_factory=list)
    bottom: float = 0.0


class RowReader:
    """Reads the tables of all pages into the draft; `finish` when the last page was read."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._rows: list[_Row] = []
        self._box: Box | None = None
        self._page = 1

    def read(self, page: PageText, lines: Sequence[PrintedLine], columns: Columns) -> Sequence[PrintedLine]:
        """Takes the rows of one page, below its headings; returns the lines below the table."""
        open_row: _Row | None = None
        for index, line in enumerate(lines):
            cells = columns.cells(line)
            if _is_row(cells) and len(self._rows) < _MAX_ROWS:
                flags, scanned = columns.read_flags(line), page.source == "ocr"
                open_row = _Row(page.number, cells, flags, columns.names_end, scanned, bottom=_bottom(line))
                self._rows.append(open_row)
                self._extend_box(page, line.words)
            elif is_foot(line, columns.code_x):
                return lines[index:]
            elif open_row and _continues(open_row, line, columns):
                open_row.lines.append(joined(line.words))
                open_row.bottom = _bottom(line)
        return []

    def finish(self, vat_rates: Mapping[str, Decimal]) -> None:
        """Notes all rows; `vat_rates` by the code in column M."""
        self._draft.rows = len(self._rows)
        if self._rows:
            self._draft.put_evidence("positions", Where(self._page, self._box, PRINTED))
        weights = {line.bold for row in self._rows for line in row.lines}
        for index, row in enumerate(self._rows):
            by_weight = len(weights) > 1 and not row.is_scanned
            names, remarks = _by_weight(row.lines) if by_weight else _by_width(row.lines, row.room)
            _note(self._draft, f"positions.{index}", row, vat_rates)
            _note_texts(self._draft, f"positions.{index}", row, names, remarks)

    def _extend_box(self, page: PageText, words: Sequence[Phrase]) -> None:
        """The evidence of the number of rows is the table on its first page."""
        if self._box is None:
            self._page, self._box = page.number, words[0].box
        if page.number == self._page:
            self._box = around([self._box, *(word.box for word in words)])


def split_at_headings(
    lines: Sequence[PrintedLine],
) -> tuple[Sequence[PrintedLine], Columns | None, Sequence[PrintedLine]]:
    """Lines above the table of positions, its columns, and the lines below its headings.

    Only where no line of headings is written right, one with a wrong letter or a slanted one is looked for.
    """
    for index, line in enumerate(lines):
        if columns := find_columns(line, exactly=True):
            return lines[:index], columns, lines[index + 1 :]
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else None
        if columns := find_columns(line, exactly=False):
            return lines[:index], columns, lines[index + 1 :]
        if following and line.overlaps(following) and (columns := find_columns(line.with_(following), exactly=False)):
            return lines[:index], columns, lines[index + 2 :]
    return lines, None, []


def is_foot(line: PrintedLine, code_x: float | None) -> bool:
    """Whether a line begins the foot: one of its labels stands there, and not where names of positions stand."""
    for phrase in line.phrases:
        if code_x is not None and abs(phrase[0].x0 - code_x) < _ALIGNED:
            continue
        found = leading_label(phrase, _FOOT)
        if found is None or found[0] not in _FOOT_LABELS:
            continue
        if found[0] != "vat_code" or _is_vat_table(line):
            return True
    return False


def _is_vat_table(line: PrintedLine) -> bool:
    heads = [found[0] for phrase in line.phrases if (found := leading_label(phrase, _FOOT))]
    return heads[:2] == list(_VAT_TABLE)


def _is_row(cells: Mapping[str, Phrase]) -> bool:
    if "amount" not in cells:
        return False
    if "date" in cells and _DATE_LIKE.fullmatch(cells["date"].text):
        return True
    in_table = "tariff" in cells and bool(_TARIFF.fullmatch(cells["tariff"].text)) and "quantity" in cells
    return in_table and bool(_HAS_DIGIT.search(cells["amount"].text))


def _continues(row: _Row, line: PrintedLine, columns: Columns) -> bool:
    first = line.words[0]
    near = first.box[1] - row.bottom < _LINE_DISTANCE * height(first)
    return near and abs(first.x0 - columns.code_x) < _ALIGNED


def _bottom(line: PrintedLine) -> float:
    return max(word.box[3] for word in line.words)


def _by_weight(lines: Sequence[Phrase]) -> tuple[list[Phrase], list[Phrase]]:
    """The name's lines are bold like the first one; what follows in another weight is the remark."""
    count = next((index for index, line in enumerate(lines) if index and line.bold != lines[0].bold), len(lines))
    if lines and not lines[0].bold:
        count = 1
    return list(lines[:count]), list(lines[count:])


def _by_width(lines: Sequence[Phrase], room: float) -> tuple[list[Phrase], list[Phrase]]:
    """Without weights (a scan) a name goes on where the next line's first word had no more room beside it."""
    count = 1
    while count < len(lines) and lines[count - 1].x1 + _first_word_width(lines[count]) > room:
        count += 1
    return list(lines[:count]), list(lines[count:])


def _first_word_width(line: Phrase) -> float:
    return (line.x1 - line.x0) * len(f"{line.text.split()[0]} ") / max(len(line.text), 1)


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
        if key in cells and row.is_scanned and _POINTLESS.fullmatch(text := cells[key].text):
            draft.money(f"{path}.{key}", f"{text[:-2]}.{text[-2:]}", Where(row.page, cells[key].box, GUESSED))
        elif key in cells:
            draft.money(f"{path}.{key}", cells[key].text, where(cells[key]))
    if "quantity" in cells:
        draft.number(f"{path}.quantity", cells["quantity"].text, where(cells["quantity"]))
    _note_factor(draft, path, row)
    flag = row.flags.get("vat", "")
    if row.is_scanned:
        flag = flag.strip(_SPECKS)
    if (rate := _vat_rate(flag, vat_rates)) is not None:
        draft.put(f"{path}.vat_rate", rate, where(cells["amount"]))
    elif row.is_scanned and "1" in vat_rates and flag and set(flag) <= _LIKE_ONE:
        draft.put(f"{path}.vat_rate", vat_rates["1"], Where(row.page, cells["amount"].box, GUESSED))


def _note_texts(draft: Draft, path: str, row: _Row, names: Sequence[Phrase], remarks: Sequence[Phrase]) -> None:
    for key, lines in (("name", names), ("remark", remarks)):
        if lines:
            draft.text(f"{path}.{key}", " ".join(line.text for line in lines), Where(row.page, lines[0].box, PRINTED))
    if draft.values.get(f"{path}.tariff") in DRUG_TARIFFS and remarks:
        texts = [" ".join(line.text for line in remarks)]
        reference = row.cells["reference"].text if "reference" in row.cells else None
        code = indication_code([*texts, reference])
        draft.text(f"{path}.indication_code", code, Where(row.page, remarks[0].box, PRINTED))


def _vat_rate(printed: str, rates: Mapping[str, Decimal]) -> Decimal | None:
    """By the code in the column M; some print the rate itself there."""
    if printed in rates:
        return rates[printed]
    if not re.search(r"[.,%]", printed):
        return None
    try:
        return without_trailing_zeros(parse_number(printed.rstrip("% ")))
    except NotAnAmount:
        return None


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
        draft.put(f"{path}.factor", without_trailing_zeros(factor), Where(row.page, cells[-1].box, PRINTED))
