"""Totals, prepayment, amount due and VAT of an invoice, by the words beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest

from pulse.base.money import ZERO
from pulse.base.reasons import Reason
from pulse.invoices.draft import Draft, without_trailing_zeros
from pulse.invoices.plain import labels, values
from pulse.invoices.plain.sheet import GUESSED, PRINTED, Row, label, part, tokens, where
from pulse.invoices.text.page_text import Phrase

_CURRENCY = re.compile(r"\b(CHF|EUR|USD|GBP|SFr|Fr)\b\.?|€")
_AMOUNTS = ("total_amount", "prepaid_amount", "amount_due")
_TAXES = frozenset({"mwst", "tva", "iva", "vat"})
_CODE = re.compile(r"[A-Z]|\d|[*#]")


@dataclass(frozen=True)
class _Amount:
    """An amount behind a label."""

    key: str
    row: Row
    phrase: Phrase
    amount: Decimal


@dataclass
class Foot:
    """What stands below the positions; `rates` by the letter or number that the positions name them with."""

    amounts: list[_Amount] = field(default_factory=list)
    rates: dict[str, Decimal] = field(default_factory=dict)
    currency: tuple[Row, Phrase, str] | None = None

    def has_total(self) -> bool:
        """Whether any total or amount due is there."""
        return any(one.key in {"total_amount", "amount_due"} for one in self.amounts)


def read_foot(rows: Sequence[Row]) -> Foot:
    """Every labelled amount in these rows."""
    foot = Foot()
    for index, row in enumerate(rows):
        _read_rate(foot, row)
        for at, phrase in enumerate(row.phrases):
            found = labels.TOTALS.first(phrase.text)
            if not found or found[0] not in (*_AMOUNTS, "rounding"):
                continue
            value = _behind(rows, index, at, found[1])
            if value is None:
                continue
            amount = values.as_number(value.text)
            if amount is not None:
                foot.amounts.append(_Amount(found[0], row, value, amount))
                _note_currency(foot, row)
    return foot


def _behind(rows: Sequence[Row], index: int, at: int, end: int) -> Phrase | None:
    """The amount behind a label: in its phrase, in the row, or below it where the row has none."""
    row = rows[index]
    phrase = row.phrases[at]
    rest = phrase.text[end:]
    if found := values.MONEY.search(rest):
        return part(phrase, end + found.start(), end + found.end())
    if (
        re.sub(r"[\s.:()/=]|CHF|Fr\.?|SFr\.?|EUR|€|inkl\.?|incl\.?|MWST|TVA|IVA|MwSt\.?|\d+(?:[.,]\d+)?\s?%", "", rest)
        and len(tokens(rest)) > 4
    ):
        return None
    for other in row.phrases[at + 1 :]:
        if values.is_money(other.text):
            return other
        if found := values.MONEY.search(other.text):
            return part(other, found.start(), found.end())
        if labels.TOTALS.first(other.text):
            break
    if len(row.phrases) > 1 and index + 1 < len(rows) and rows[index + 1].top - row.bottom < 2 * (row.bottom - row.top):
        below = [one for one in rows[index + 1].phrases if one.x0 < phrase.x1 + 20 and one.x1 > phrase.x0 - 20]
        if (label_below := labels.TOTALS.first(rows[index + 1].phrases[0].text)) and label_below[0] == "subtotal":
            return None
        return next((one for one in below if values.is_money(one.text)), None)
    return None


def _note_currency(foot: Foot, row: Row) -> None:
    if foot.currency is None:
        for phrase in row.phrases:
            if found := _CURRENCY.search(phrase.text):
                sign = {"€": "EUR", "SFr": "CHF", "Fr": "CHF"}.get(found[0].rstrip("."), found[0])
                foot.currency = (row, phrase, sign)
                return


def _read_rate(foot: Foot, row: Row) -> None:
    """A row of the VAT table: the code of a rate beside the rate (`A 2.6 % 78.31 2.04`, `1  2.6  80.35`)."""
    pieces = [piece for phrase in row.phrases for piece in phrase.text.replace("=", " ").replace(":", " ").split()]
    if (
        len(pieces) > 2
        and _CODE.fullmatch(pieces[0].strip("()"))
        and tokens(pieces[1])
        and label(pieces[1])[0] in _TAXES
    ):
        del pieces[1]
    for code, rate in zip_longest(pieces, pieces[1:], fillvalue=""):
        number = re.fullmatch(r"(\d{1,2}(?:[.,]\d{1,2}))%?", rate)
        value = values.as_number(number[1]) if number and _CODE.fullmatch(code.strip("()")) else None
        if value is not None and value in _RATES:
            foot.rates.setdefault(code.strip("()"), without_trailing_zeros(value))


#: VAT rates of Switzerland since 2018, and none.
_RATES = frozenset(Decimal(rate) for rate in ("0", "0.0", "2.5", "2.6", "3.7", "3.8", "7.7", "8.1"))


def note_foot(draft: Draft, foot: Foot, sum_of_positions: Decimal | None) -> None:
    """Notes total, prepayment and amount due; of several totals the one that the positions add up to.

    What is to be paid is a total less a prepayment: where one label serves for both, the sum tells which it is. Where
    no total is found, it is what is to be paid, unless the positions add up to something else (a rounded amount).
    """
    totals = [one for one in foot.amounts if one.key == "total_amount"]
    dues = [one for one in foot.amounts if one.key == "amount_due"]
    prepaid = [one for one in foot.amounts if one.key == "prepaid_amount"]
    agreed = [one for one in totals if sum_of_positions is not None and abs(one.amount - sum_of_positions) <= ZERO]
    chosen = agreed[0] if agreed else (totals[0] if totals else None)
    if chosen is None and dues and not prepaid and sum_of_positions in {None, dues[0].amount}:
        chosen = dues[0]
        dues = dues[1:]
        draft.put("amount_due", chosen.amount, where(chosen.row, chosen.phrase))
    if chosen:
        several = len({one.amount for one in totals}) > 1 and not agreed
        _note(draft, "total_amount", chosen, GUESSED if several else PRINTED)
    for path, found in (("prepaid_amount", prepaid), ("amount_due", dues)):
        if not found:
            continue
        last = found[-1]
        if path == "prepaid_amount":
            last = _Amount(last.key, last.row, last.phrase, abs(last.amount))
        if len({abs(one.amount) for one in found}) > 1:
            draft.find(Reason.SOURCES_DISAGREE, path, "two different amounts are named so")
        _note(draft, path, last, PRINTED)
    if foot.currency:
        row, phrase, sign = foot.currency
        draft.text("currency", sign, where(row, phrase))


def _note(draft: Draft, path: str, found: _Amount, confidence: float) -> None:
    draft.money(path, format(found.amount, "f"), where(found.row, found.phrase, confidence))
