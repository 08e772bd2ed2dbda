"""A table of positions by the words above its columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from pulse.base.money import ZERO
from pulse.invoices.draft import around
from pulse.invoices.plain import labels, values
from pulse.invoices.plain.header import Column, Header, find_header
from pulse.invoices.plain.sheet import Row, is_scanned, joined, part
from pulse.invoices.text.page_text import Phrase

#: Columns that hold numbers and are set flush right.
NUMERIC = frozenset({"quantity", "unit_price", "factor", "discount", "vat_rate", "amount", "line"})
_TEXT = frozenset({"name", "unit"})
#: Points: a misfit that a value may have against its column; what a wrong kind of value costs.
_SLACK, _MISFIT = 14.0, 400.0
_LINE_HEIGHT = 2.6
_CODE = re.compile(r"[A-Z]{0,4}[.-]?\d[\dA-Za-z.\-]{2,}|[A-Z]{2}\d+(?:\.\d+)*|\d{3,14}")
#: What a remark below a position begins with.
REMARK = re.compile(
    r"(?i)(?:bem(?:erkung)?|hinweis|anmerkung|info|remarques?|rem|notes?|nota|osservazion[ei]|oss|annotazione|avvertenza|remark"
    r"|commentaire|commento)\b\s?\.?\s?:\s*"
)
_QUANTITY = re.compile(r"[-−–]?\d+(?:[.,]\d{1,3})?(?:\s?(?:x|×|Stk\.?|Pck\.?|Pkg\.?))?", re.IGNORECASE)
#: A date or a code before a name belongs to a column of its own.
_NOT_A_NAME = re.compile(r"(?:\d{1,2}\.\d{1,2}\.\d{4}|\d{13})\s")
#: What may be meant as an amount.
_LIKE_AMOUNT = re.compile(r"[-−–]?\s?\d[\d'’ ]*[.,][\dOolI]{1,4}")
#: Where columns run into each other there is no blank before the thirteen digits of a GTIN.
_TRAILING_CODE = re.compile(r"(?:(?<=\S)\s+(?=\d{7}$)|(?<=[^\d.-])(?=\d{13}$))(\d+)$")
_LEADING = {
    "line": re.compile(r"(\d{1,3}\.?)\s+(?=\d{1,2}\.\d{1,2}\.|\d{7,14}\b)"),
    "date": re.compile(r"(\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2}))\s+(?=\S)"),
    "quantity": re.compile(r"([-−–]?\d+(?:[.,]\d{1,3})?)\s+(?=[^\W\d_])"),
    "tariff": re.compile(r"(\d{3})\s+(?=\S)"),
    "code": re.compile(r"(0?\d{13}|\d{7})\s+(?=[^\W\d_])"),
}
_RATE = re.compile(r"\d{1,2}(?:[.,]\d{1,2})?\s?%?|[A-C]|\(?\d\)?|[*#]")
_LIKE_DATE = re.compile(r"[\d./-]{5,10}")
#: What values of a column look like.
_KINDS: Mapping[str, Callable[[str], object]] = {
    "date": lambda text: values.as_date(text) or _LIKE_DATE.fullmatch(text),
    "amount": lambda text: values.MONEY.fullmatch(text) or _LIKE_AMOUNT.fullmatch(text),
    "unit_price": lambda text: values.MONEY.fullmatch(text) or values.NUMBER.fullmatch(text),
    "discount": re.compile(r"[-−–]?\d+(?:[.,]\d+)?\s?%?").fullmatch,
    "quantity": _QUANTITY.fullmatch,
    "factor": values.NUMBER.fullmatch,
    "vat_rate": _RATE.fullmatch,
    "line": re.compile(r"\d{1,3}\.?").fullmatch,
    "tariff": re.compile(r"[0-9A-Z]{2,4}(?: [IVX]+)?|[A-Z][A-Za-z]{2,9}").fullmatch,
    "code": _CODE.fullmatch,
}


@dataclass
class Item:
    """A position as it is printed: its cells by column, the lines of text that belong to it."""

    page: int
    cells: dict[str, Phrase] = field(default_factory=dict)
    lines: list[Phrase] = field(default_factory=list)

    @property
    def box(self) -> tuple[float, float, float, float]:
        return around(phrase.box for phrase in (*self.cells.values(), *self.lines))

    @cached_property
    def amount(self) -> Decimal | None:
        return values.as_number(self.cells["amount"].text) if "amount" in self.cells else None

    @cached_property
    def adds_up(self) -> bool:
        """Whether quantity times price (times factor) is the amount."""
        parts = [
            values.as_number(_bare(self.cells[key].text)) for key in ("quantity", "unit_price") if key in self.cells
        ]
        if len(parts) < 2 or self.amount is None or any(one is None for one in parts):
            return False
        factor = values.as_number(self.cells["factor"].text) if "factor" in self.cells else Decimal(1)
        return abs((parts[0] or 0) * (parts[1] or 0) * (factor or 1) - self.amount) <= Decimal("0.05")


def _bare(text: str) -> str:
    return re.sub(r"(?i)\s?(?:x|×|stk\.?|pck\.?|pkg\.?)$", "", text.strip())


class TableReader:
    """Reads the rows below a header; the same header on the next page goes on with the same table."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.header: Header | None = None
        self._loose: list[Phrase] = []
        self._centred = False

    def read(self, rows: Sequence[Row], header: Header) -> int:
        """Takes rows until the first that is none of the table's; how many were taken."""
        self.header = header
        self._loose = []
        before = header.bottom
        first = len(self.items)
        for index, row in enumerate(rows):
            kind = words_of_total(row)
            if kind == "end":
                return self._close(rows, index, first)
            if kind == "skip":
                before = row.bottom
                continue
            height = max(row.bottom - row.top, 6.0)
            item = self._item(row)
            if item is None and row.top - before > _LINE_HEIGHT * height:
                return self._close(rows, index, first)
            if item is not None and self._is_sum(item):
                return self._close(rows, index, first)
            if item is not None:
                self.items.append(item)
                item.lines, self._loose = [*self._loose, *item.lines], []
                before = row.bottom
            elif self._is_text(row):
                self._continue(row, first)
                before = row.bottom
            elif find_header(rows, index) is None:
                return self._close(rows, index, first)
        return self._close(rows, len(rows), first)

    def _close(self, rows: Sequence[Row], index: int, first: int) -> int:
        if self._loose and len(self.items) > first:
            self.items[-1].lines += self._loose
        self._loose = []
        return index

    def _is_sum(self, item: Item) -> bool:
        """Whether a row is a total, whatever it is called: no cell but an amount that all rows above add up to."""
        if not self.items or item.cells.keys() & {"code", "quantity", "unit_price", "date"}:
            return False
        amounts = [one.amount for one in self.items]
        return None not in amounts and item.amount == sum(filter(None, amounts), ZERO)

    def _is_text(self, row: Row) -> bool:
        """Whether the row has nothing but text below the column of names (or of codes)."""
        assert self.header is not None
        spots = [column for column in self.header.columns if column.key in {"name", "code"}]
        left = min(column.x0 for column in spots) - _SLACK
        right = max((column.x0 for column in self.header.columns if column.key in NUMERIC - {"line"}), default=1e9)
        return all(left <= phrase.x0 < right for phrase in row.phrases)

    def _continue(self, row: Row, first: int) -> None:
        """Text goes to the position above, unless that one still has no name: then cells are centred in height."""
        if len(self.items) == first:
            self._loose += row.phrases
            self._centred = True
        else:
            self.items[-1].lines += row.phrases

    def _item(self, row: Row) -> Item | None:
        assert self.header is not None
        cells = fit(row.phrases, self.header)
        column = self.header.column("amount")
        if cells is None or not _has_amount(cells, column):
            cells = _without_amount(row, self.header, column) if column and any(map(is_scanned, row.phrases)) else None
        if cells is None:
            return None
        if not cells.keys() & {"name", "code", "quantity", "unit_price", "date"}:
            return None
        item = Item(row.page, cells)
        if "name" in cells:
            item.lines.append(cells.pop("name"))
        return item


def _has_amount(cells: Mapping[str, Phrase], column: Column | None) -> bool:
    amount = cells.get("amount")
    if amount is None or not (values.is_money(amount.text) or _is_doubtful_row(cells)):
        return False
    return column is None or amount.x1 >= column.x0 - _SLACK


def _without_amount(row: Row, header: Header, column: Column) -> dict[str, Phrase] | None:
    """The cells of a position whose amount OCR did not read, or read as no number: what stands in its place, be it
    nothing. The row is named so, where its end would be taken for the table's."""
    read = [phrase for phrase in row.phrases if (phrase.x0 + phrase.x1) / 2 < column.x0 - _SLACK]
    cells = _assign(read, header) or {}
    if not cells.keys() & {"code", "date"} or not {"quantity", "unit_price"} <= cells.keys() or "amount" in cells:
        return None
    if not all(_is_kind(key, phrase.text) for key, phrase in cells.items()):
        return None
    torn = [phrase for phrase in row.phrases if phrase not in read]
    nothing = Phrase("", (column.x0, row.top, column.x1, row.bottom), bold=False, confidence=0.0)
    return {**cells, "amount": joined(torn) if torn else nothing}


def _is_doubtful_row(cells: Mapping[str, Phrase]) -> bool:
    """Whether this is a position though its amount is none (`1,234`, `12.5O`): named, never dropped."""
    return bool(_LIKE_AMOUNT.fullmatch(cells["amount"].text)) and len(cells) > 3 and "quantity" in cells


def words_of_total(row: Row) -> str | None:
    """`end` where a row begins with a total's label, `skip` where it carries a sub-total over."""
    totals = [(phrase, *found) for phrase in row.phrases if (found := labels.TOTALS.first(phrase.text))]
    if not totals or values.VAT.search(row.text) or "CHE-" in row.text:
        return None
    for phrase, key, end in totals:
        rest = phrase.text[end:].strip(" .:()")
        amounts = [one for one in row.phrases if values.is_money(one.text)]
        bare = not rest or rest.startswith(("CHF", "Fr")) or bool(values.MONEY.search(rest)) or key == "subtotal"
        if key == "subtotal":
            return "skip"
        if bare and (phrase is row.phrases[0] or len(row.phrases) <= 3) and (amounts or len(row.phrases) <= 2):
            return "end"
        if key == "vat" and phrase is row.phrases[0] and (amounts or values.RATE.search(row.text)):
            return "end"
    return None


def fit(phrases: Sequence[Phrase], header: Header) -> dict[str, Phrase] | None:
    """The phrases of a row in the columns of a header, by place and kind, from left to right; None for a misfit.

    First phrase by phrase; where that fails, word by word (narrow tables have no gaps between their columns).
    """
    phrases = _peeled(phrases, header)
    cells = _assign(list(phrases), header)
    if cells is not None and _plausible(cells):
        return cells
    pieces = [piece for phrase in phrases for piece in _pieces(phrase)]
    if len(pieces) > len(phrases) and len(pieces) <= 40:
        finer = _assign(pieces, header)
        if finer is not None and _plausible(finer):
            return finer
    return cells


def _peeled(phrases: Sequence[Phrase], header: Header) -> list[Phrase]:
    """What stands close before another column's value, taken off it: `24.06.2026 7680168361378`, `1 24.06.2026`."""
    keys = [column.key for column in header.columns]
    code_follows = "name" in keys and "code" in keys[keys.index("name") :]
    keys = keys[: keys.index("name")] if "name" in keys else keys[:1]
    result: list[Phrase] = []
    for index, phrase in enumerate(phrases):
        rest = phrase
        while keys and (found := _leading(rest.text, keys)):
            keys = keys[keys.index(found[0]) + 1 :]
            result.append(part(rest, 0, found[1]))
            rest = part(rest, found[1])
        behind = _TRAILING_CODE.search(rest.text) if code_follows else None
        result += [part(rest, 0, behind.start()), part(rest, behind.start(1))] if behind else [rest]
        if keys and _is_kind(keys[0], rest.text):
            keys = keys[1:]
        if keys and index and not any(_is_kind(key, rest.text) for key in keys) and _is_name(rest.text):
            keys = []
    return result


def _leading(text: str, keys: Sequence[str]) -> tuple[str, int] | None:
    """The column whose value a text begins with before a blank, and where that value ends."""
    for key in keys:
        if (pattern := _LEADING.get(key)) and (found := pattern.match(text)):
            return key, found.end(1)
    return None


def _pieces(phrase: Phrase) -> list[Phrase]:
    return [part(phrase, match.start(), match.end()) for match in re.finditer(r"\S+", phrase.text)]


def _plausible(cells: dict[str, Phrase]) -> bool:
    return "amount" in cells and all(_is_kind(key, phrase.text) for key, phrase in cells.items())


def _assign(phrases: list[Phrase], header: Header) -> dict[str, Phrase] | None:
    """Dynamic programme over phrases and columns; neighbouring phrases may share a column of text."""
    columns = header.columns
    count, width = len(phrases), len(columns)
    limit = _MISFIT * max(1, count)
    # best[i][j]: cost of the first i phrases in the first j columns.
    best = [[limit] * (width + 1) for _ in range(count + 1)]
    back: list[list[int]] = [[-1] * (width + 1) for _ in range(count + 1)]
    best[0] = [0.0] * (width + 1)
    gaps = [right.x0 - left.x1 for left, right in pairwise(phrases)]
    for j, column in enumerate(columns, start=1):
        joins = column.key in _TEXT
        for i in range(1, count + 1):
            least, origin = best[i][j - 1], i
            left, right, cost = phrases[i - 1].x0, phrases[i - 1].x1, 0.0
            for start in range(i - 1, -1, -1):
                if start < i - 1:
                    gap = gaps[start]
                    if gap > 6:
                        if not joins:
                            break
                        cost += 3 * (gap - 6)
                    left, right = min(left, phrases[start].x0), max(right, phrases[start].x1)
                reached = best[start][j - 1] + cost
                # Where the place alone costs too much, the kind need not be known.
                if reached < least and reached + (distance := _distance(left, right, column)) < least:
                    text = " ".join([phrase.text for phrase in phrases[start:i]])
                    value = reached + (distance + _kind_cost(column.key, text, header))
                    if value < least:
                        least, origin = value, start
            best[i][j], back[i][j] = least, origin
    if best[count][width] >= limit:
        return None
    cells: dict[str, Phrase] = {}
    i = count
    for j in range(width, 0, -1):
        start = back[i][j]
        if start < i and start >= 0:
            cells[columns[j - 1].key] = phrases[start] if start == i - 1 else joined(phrases[start:i])
            i = start
    return cells if i == 0 else None


def _distance(left: float, right: float, column: Column) -> float:
    """How far what stands between two edges is from where a value of the column should stand."""
    if column.key == "name" and left > column.x0:
        return (left - column.x0) / 2
    if column.key in _TEXT:
        return abs(left - column.x0)
    middle = abs(left + right - column.x0 - column.x1) / 2
    return min(abs(left - column.x0), abs(right - column.x1), middle)


def _kind_cost(key: str, text: str, header: Header) -> float:
    """What it costs to take this text for a value of this column."""
    if kind := _KINDS.get(key):
        return 0.0 if kind(text) else _MISFIT
    if key != "name":
        return 0.0
    code_inside = header.has("code") and _TRAILING_CODE.search(text)
    return (_MISFIT / 2 if code_inside else 0.0) + (0.0 if _is_name(text) else _MISFIT / 2)


def _is_kind(key: str, text: str) -> bool:
    """Whether a text may be a value of this column."""
    if kind := _KINDS.get(key):
        return bool(kind(text))
    return key != "name" or _is_name(text)


def _is_name(text: str) -> bool:
    return not (values.is_money(text) or _NOT_A_NAME.match(text))
