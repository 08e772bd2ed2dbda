"""Positions without a header over them: till slips and plain lists, told by the forms of their lines.

A position is a line that ends in an amount. Its name stands in the same line, or in the lines above it, or below it;
which of these a document does is found by trying: the reading whose sums agree wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pulse.base.money import FIVE_CENTS
from pulse.invoices.plain import values
from pulse.invoices.plain.sheet import Row, first_word_width, joined, part
from pulse.invoices.plain.table import REMARK, Item, words_of_total
from pulse.invoices.text.page_text import Phrase

_MONEY = values.MONEY.pattern.replace("(?P<minus>", "(?:")
_END = re.compile(rf"(?P<amount>{_MONEY})(?:\s+(?P<vat>[A-D]|[12]|\*|\d{{1,2}}[.,]\d\s?%))?$")
#: What may be meant as an amount, behind quantity and price (`2 x 7.10  1,234`).
_DOUBTFUL_END = re.compile(r"(?<=\s)(?P<amount>[-−–]?\d[\d'’]*[.,][\dOolI]{1,4})(?P<vat>)$")
_TIMES = re.compile(
    rf"(?P<quantity>[-−–]?\d+(?:[.,]\d{{1,3}})?)\s?(?:Stk\.?\s?|pce\.?\s?|pz\.?\s?|Pck\.?\s?)?(?:x|×|à|a|\*|@)\s?(?P<price>{_MONEY})",
    re.IGNORECASE,
)
_PRICE_BEFORE = re.compile(rf"(?:(?P<quantity>[-−–]?\d+(?:[.,]\d{{1,3}})?)\s+)?(?P<price>{_MONEY})$")
_LEADING_QUANTITY = re.compile(r"(?P<quantity>[-−–]?\d+(?:[.,]\d{1,3})?)\s?(?:x|×|\s)\s?(?=[^\W\d_])", re.IGNORECASE)
#: What the names of drugs and aids have, and remarks have not: a strength or the size of a pack.
_PACK = re.compile(r"\d\s?(?:mg|mcg|µg|g|kg|ml|dl|l|Stk|pce|pz|IE|UI|%|cm|mm)\b")

#: In points: what begins so much further left begins at another place.
_INDENT = 3.0


@dataclass(frozen=True)
class _Line:
    """One printed line: an amount line (`item`) or text."""

    row: Row
    item: Item | None


def read_slip_rows(rows: Sequence[Row], total: Decimal | None) -> list[Item]:
    """The positions in these rows; empty where no reading gives any."""
    lines = [_Line(row, _item(row)) for row in rows if words_of_total(row) is None]
    if not any(line.item for line in lines):
        return []
    readings = [_with_names(lines, above=True), _with_names(lines, above=False)]
    return max(readings, key=lambda items: _score(items, total))


def _score(items: Sequence[Item], total: Decimal | None) -> tuple[bool, int, int, int]:
    amounts = sum((item.amount or Decimal(0) for item in items), Decimal(0))
    named = sum(bool(item.lines) for item in items)
    coded = sum(sum(bool(values.GTIN.search(line.text)) for line in item.lines) == 1 for item in items)
    return (
        total is not None and abs(amounts - total) <= FIVE_CENTS,
        sum(item.adds_up for item in items),
        named - len(items),
        coded,
    )


def _with_names(lines: Sequence[_Line], *, above: bool) -> list[Item]:
    """Positions with the text lines above (or below) each as its name."""
    items: list[Item] = []
    loose: list[Phrase] = []
    right = max((phrase.x1 for line in lines if line.item is None for phrase in line.row.phrases), default=0.0)
    for index, line in enumerate(lines):
        if line.item is None:
            own = above and items and not loose and _continues(items[-1], line.row, lines[index + 1 : index + 2], right)
            if own or (items and not above):
                items[-1].lines += line.row.phrases
            else:
                loose += line.row.phrases
            continue
        item = Item(line.item.page, dict(line.item.cells), list(line.item.lines))
        if item.lines and above and loose and _is_code_only(loose):
            item.lines += loose
        elif above or not items:
            item.lines = [*loose, *item.lines]
        loose = []
        items.append(item)
    if loose and items:
        items[-1].lines += loose
    return items


def _continues(item: Item, row: Row, following: Sequence[_Line], right: float) -> bool:
    """Whether a line below an amount is the position's remark, or the next line of a remark that was full.

    What stands directly above a code or an amount is the next position's name, and so is what stands further left than
    the remark.
    """
    first = row.phrases[0]
    if REMARK.match(first.text):
        return True
    if _names_a_pack(row, following) or any(line.item or _is_code_only(line.row.phrases) for line in following):
        return False
    last = item.lines[-1] if item.lines else None
    if (
        last is None
        or last.box[1] <= item.cells["amount"].box[1]
        or not any(REMARK.match(one.text) for one in item.lines)
        or first.x0 < last.x0 - _INDENT
    ):
        return False
    return last.x1 + first_word_width(first) > right


def _names_a_pack(row: Row, following: Sequence[_Line]) -> bool:
    """Whether a strength or size stands in this line, or begins in it."""
    first = row.phrases[0].text
    text = " ".join([first, *(line.row.phrases[0].text for line in following)])
    found = _PACK.search(text)
    return found is not None and found.start() < len(first)


def _is_code_only(phrases: Sequence[Phrase]) -> bool:
    return all(re.fullmatch(r"(?:[A-Za-z.:\- ]+)?\d{7,13}", phrase.text) for phrase in phrases)


def _item(row: Row) -> Item | None:
    """An amount at the line's end, before it quantity and price or a name; a doubtful one is named, never dropped."""
    whole = joined(row.phrases, "  ")
    found = _END.search(whole.text)
    if not found and _TIMES.search(whole.text):
        found = _DOUBTFUL_END.search(whole.text)
    elif not found or values.as_number(found["amount"]) is None:
        return None
    if not found or REMARK.match(whole.text):
        return None
    if re.search(r"(?i)indi[kc]a", whole.text) and re.fullmatch(r"\d{5}\.\d{2}", found["amount"]):
        return None
    item = Item(row.page, {"amount": part(whole, found.start("amount"), found.end("amount"))})
    if found["vat"]:
        item.cells["vat_rate"] = part(whole, found.start("vat"), found.end("vat"))
    rest = part(whole, 0, found.start()) if found.start() else None
    if rest is None or not rest.text:
        return None
    if times := _TIMES.search(rest.text):
        item.cells["quantity"] = part(rest, times.start("quantity"), times.end("quantity"))
        item.cells["unit_price"] = part(rest, times.start("price"), times.end("price"))
        before, behind = part(rest, 0, times.start()), part(rest, times.end())
        item.lines = [one for one in (before, behind) if one.text]
        return item
    if priced := _PRICE_BEFORE.search(rest.text):
        item.cells["unit_price"] = part(rest, priced.start("price"), priced.end("price"))
        if priced["quantity"]:
            item.cells["quantity"] = part(rest, priced.start("quantity"), priced.end("quantity"))
        rest = part(rest, 0, priced.start())
    elif counted := _LEADING_QUANTITY.match(rest.text):
        item.cells["quantity"] = part(rest, counted.start("quantity"), counted.end("quantity"))
        rest = part(rest, counted.end())
    if rest.text:
        item.lines = [rest]
    return item
