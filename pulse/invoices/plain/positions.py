"""Positions from the rows of a table: code and tariff told apart, names and remarks, dates of one or all rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import median

from pulse.base.identifiers import compact, gtin_13
from pulse.base.reasons import Reason
from pulse.invoices.draft import Draft, around, without_trailing_zeros
from pulse.invoices.plain import values
from pulse.invoices.plain.sheet import GUESSED, PRINTED, first_word_width, is_scanned, part, where
from pulse.invoices.plain.table import REMARK, Item
from pulse.invoices.text.page_text import Phrase

_CODE_LABEL = re.compile(
    r"\(?\b(?P<label>GTIN|EAN|Pharma-?\s?code|Pharmacode|PhC|Code|Art\.?-?\s?Nr\.?|Réf\.?|Cod\.?)\s?(?:n[°o]\.?|Nr\.?)?\s?[:.]?\s?"
    r"(?P<code>\d{6,14})\b\)?",
    re.IGNORECASE,
)
#: No code in a line has fewer.
_DIGITS = re.compile(r"\d{6}")
#: What stands between a name and its code.
_SEPARATORS = " ,;·|–-()/"
_LOA = re.compile(r"\bLOA(?:\s?[IV]+)?\b|\bRBP\b")
_INDICATION = re.compile(r"(?<!\d)\d{5}\.\d{2}(?!\d)")
_INDICATION_LABEL = re.compile(r"(?i)indika|indica")
_TARIFF = re.compile(r"[0-9][0-9A-Z]{2}|TMA")
#: Lines whose left edges differ by less begin at the same place, in points.
_FLUSH = 3.0
#: Whose tops differ by less stand on one line, in points.
_SAME_LINE = 2.0
_DRUG_TARIFFS = frozenset({"402", "400"})
#: Of a row that is told apart by nothing: often one whose tariff was not read.
_OTHER_TARIFF = "999"
_MIN_PHARMACODE, _MAX_PHARMACODE = 5, 7


def note_positions(draft: Draft, items: Sequence[Item], rates: Mapping[str, Decimal]) -> None:
    """Notes all rows; `rates` by the code that a row names its VAT rate with."""
    draft.rows = len(items)
    if not items:
        return
    first = [item for item in items if item.page == items[0].page]
    agree = sum(item.adds_up for item in items) * 2 >= sum(
        {"quantity", "unit_price"} <= item.cells.keys() for item in items
    )
    everything = Phrase("", around(item.box for item in first), bold=False)
    draft.put_evidence("positions", where(items[0].page, everything, PRINTED if agree else GUESSED))
    priced = any("unit_price" in item.cells for item in items)
    printed = [line for item in items for line in item.lines if not _runs_into(line, item.cells.get("code"))]
    if any(is_scanned(line) for line in printed):
        printed = _within_column(items, printed)
    has_tariffs = any("tariff" in item.cells for item in items)
    for index, item in enumerate(items):
        sure = item.adds_up or not priced
        _note(draft, f"positions.{index}", item, rates, printed, sure=sure, has_tariffs=has_tariffs)


def _note(
    draft: Draft,
    path: str,
    item: Item,
    rates: Mapping[str, Decimal],
    printed: Sequence[Phrase],
    *,
    sure: bool,
    has_tariffs: bool,
) -> None:
    """Notes one row; its amounts are sure where they agree, or where the document prints no prices to compare. Where
    rows have tariffs, one that the code alone tells is a guess: it may have been misread."""
    cells = dict(item.cells)
    lines = list(item.lines)
    lines, code, tariff, code_phrase = _code(cells, lines)
    if tariff:
        misread = has_tariffs and ("tariff" not in cells or cells["tariff"].text != tariff)
        sureness = GUESSED if misread or tariff == _OTHER_TARIFF else PRINTED
        draft.text(f"{path}.tariff", tariff, where(item.page, code_phrase or item.cells["amount"], sureness))
    if code:
        draft.text(f"{path}.code", code, where(item.page, code_phrase or item.cells["amount"]))
    if "date" in cells:
        note_date(draft, f"{path}.date", item.page, cells["date"])
    _note_quantity(draft, path, item)
    for key in ("unit_price", "amount"):
        if key in cells:
            amount = values.as_number(cells[key].text)
            text = format(amount, "f") if amount is not None else cells[key].text
            draft.money(f"{path}.{key}", text, where(item.page, cells[key], PRINTED if sure else GUESSED))
    if "factor" in cells:
        draft.number(f"{path}.factor", cells["factor"].text, where(item.page, cells["factor"]))
    if "vat_rate" in cells:
        rate = _rate(cells["vat_rate"].text, rates)
        draft.put(f"{path}.vat_rate", rate, where(item.page, cells["vat_rate"]))
    names, remarks = _names(lines, [*printed, *(line for line in lines if not _runs_into(line, code_phrase))])
    remarks = [_without_label(line) for line in remarks]
    for key, phrases in (("name", names), ("remark", remarks)):
        if phrases:
            draft.text(f"{path}.{key}", " ".join(phrase.text for phrase in phrases), where(item.page, phrases[0]))
    if draft.values.get(f"{path}.tariff") in _DRUG_TARIFFS:
        _indication(draft, path, item, [*names, *remarks])


def _note_quantity(draft: Draft, path: str, item: Item) -> None:
    cells = item.cells
    if "quantity" in cells:
        number = re.sub(r"(?i)\s?(?:x|×|stk\.?|pck\.?|pkg\.?)$", "", cells["quantity"].text)
        draft.number(f"{path}.quantity", number, where(item.page, cells["quantity"]))
    elif _is_one(cells):
        draft.put(f"{path}.quantity", Decimal(1), where(item.page, cells["amount"], GUESSED))


def _is_one(cells: Mapping[str, Phrase]) -> bool:
    """Whether OCR overlooked a quantity of one: the price is the amount, which two readings prove."""
    price, amount = cells.get("unit_price"), cells.get("amount")
    if price is None or amount is None or not (is_scanned(price) and is_scanned(amount)):
        return False
    return values.is_money(amount.text) and values.as_number(price.text) == values.as_number(amount.text)


def _rate(text: str, rates: Mapping[str, Decimal]) -> Decimal | None:
    """A VAT rate as printed, or the one that a letter or number stands for."""
    printed = text.strip("()% ").strip()
    if printed in rates:
        return rates[printed]
    share = values.as_number(printed) if re.fullmatch(r"\d{1,2}[.,]\d{1,2}|0", printed) else None
    return None if share is None else without_trailing_zeros(share)


def note_date(draft: Draft, path: str, page: int, phrase: Phrase) -> None:
    """Notes a day however it is printed; one that does not exist is a finding."""
    found = values.find_dates(phrase.text)
    if found and found[0][0] is not None:
        draft.put(path, found[0][0], where(page, phrase))
    elif found:
        draft.find(Reason.DATE_IMPOSSIBLE, path, "there is no such day")
    else:
        draft.find(Reason.VALUE_UNREADABLE, path, "this is not a date")


def _code(cells: dict[str, Phrase], lines: list[Phrase]) -> tuple[list[Phrase], str | None, str | None, Phrase | None]:
    """Code and tariff; a code that stands in the name's lines is taken out of them."""
    phrase = cells.get("code")
    tariff = cells["tariff"].text if "tariff" in cells else None
    if phrase is None:
        lines, phrase = _code_in(lines)
    if phrase is None:
        return lines, None, _tariff_of(tariff, None, lines), None
    code = phrase.text.replace(" ", "") if re.fullmatch(r"\d[\d ]+", phrase.text) else phrase.text
    return lines, code, _tariff_of(tariff, code, lines), phrase


def _code_in(lines: list[Phrase]) -> tuple[list[Phrase], Phrase | None]:
    for index, line in enumerate(lines):
        if not _DIGITS.search(line.text):
            continue
        found = _CODE_LABEL.search(line.text)
        start, end = (found.start(), found.end()) if found else (0, 0)
        code = found["code"] if found else None
        if not found and (bare := values.GTIN.search(line.text)) and gtin_13(bare[0]):
            start, end, code = bare.start(), bare.end(), bare[0]
        if not found and not code and (bare := re.match(r"\d{7}(?=\s+\D)|\d{7}$", line.text)):
            start, end, code = bare.start(), bare.end(), bare[0]
        if code is None:
            continue
        at = line.text.index(code, start)
        phrase = part(line, at, at + len(code))
        before, behind = line.text[:start].rstrip(_SEPARATORS), line.text[end:]
        pieces = (part(line, 0, len(before)), part(line, len(line.text) - len(behind.lstrip(_SEPARATORS))))
        rest = [piece for piece in pieces if piece.text.strip(_SEPARATORS)]
        return [*lines[:index], *rest, *lines[index + 1 :]], phrase
    return lines, None


def _tariff_of(printed: str | None, code: str | None, lines: Sequence[Phrase]) -> str | None:
    """The tariff as printed where it is a tariff's number; else what the code tells."""
    if printed and _TARIFF.fullmatch(printed):
        return printed
    if printed and _LOA.search(printed):
        return printed
    digits = compact(code or "")
    if digits.isdigit() and len(digits) in (13, 14):
        return "402"
    if digits.isdigit() and _MIN_PHARMACODE <= len(digits) <= _MAX_PHARMACODE:
        return "400"
    if any(_LOA.search(line.text) for line in lines) or _LOA.search(code or ""):
        return "LOA"
    return _OTHER_TARIFF if code or lines else None


def _names(lines: Sequence[Phrase], printed: Sequence[Phrase]) -> tuple[list[Phrase], list[Phrase]]:
    """The name's lines, and the remark's: a line of another weight or size, further in, or one that would have had
    room on the line before it."""
    if len(lines) < 2:
        return list(lines), []
    right = _right_edge(min(line.x0 for line in lines), printed)
    names, remarks = [lines[0]], list[Phrase]()
    for line in lines[1:]:
        last = names[-1]
        if remarks or _is_remark(line, last, names[0], right):
            remarks.append(line)
        else:
            names.append(line)
    return names, remarks


def _runs_into(line: Phrase, code: Phrase | None) -> bool:
    """Whether name and code are one word, so that where the name ends is a guess."""
    return code is not None and abs(line.box[1] - code.box[1]) < _SAME_LINE and line.x1 == code.x0


def _within_column(items: Sequence[Item], printed: Sequence[Phrase]) -> list[Phrase]:
    """The lines of text that end before what stands in the next column: OCR runs others into it."""
    left = median(line.x0 for line in printed)
    behind = [
        cell.x0
        for item in items
        for cell in item.cells.values()
        if item.lines and abs(cell.box[1] - item.lines[0].box[1]) < _FLUSH and cell.x0 > left + _FLUSH
    ]
    return [line for line in printed if line.x1 <= min(behind, default=line.x1)]


def _right_edge(left: float, printed: Sequence[Phrase]) -> float:
    """How far the lines that begin here reach; a word alone cannot be broken and may stand out of its column."""
    flush = [line for line in printed if abs(line.x0 - left) <= _FLUSH]
    return max((line.x1 for line in flush if " " in line.text), default=max((line.x1 for line in flush), default=0.0))


def _is_remark(line: Phrase, last: Phrase, first: Phrase, right: float) -> bool:
    if REMARK.match(line.text):
        return True
    size, before = line.box[3] - line.box[1], last.box[3] - last.box[1]
    looks_other = line.bold != first.bold or abs(size - before) > 0.6
    if (looks_other and not is_scanned(line)) or line.x0 - first.x0 > _FLUSH:
        return True
    same_line = abs(line.box[1] - last.box[1]) < _SAME_LINE
    return not same_line and last.x1 + first_word_width(line) < right - 2


def _without_label(line: Phrase) -> Phrase:
    found = REMARK.match(line.text)
    return part(line, found.end()) if found else line


def _indication(draft: Draft, path: str, item: Item, lines: Sequence[Phrase]) -> None:
    """`Indikationscode 20416.01` in a drug's remark."""
    text = " ".join(line.text for line in lines)
    if _INDICATION_LABEL.search(text) and (found := _INDICATION.search(text)):
        line = next((one for one in lines if found[0] in one.text), lines[0])
        draft.text(f"{path}.indication_code", found[0], where(item.page, line))
