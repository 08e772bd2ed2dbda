"""The form's foot: VAT rates, total, prepayment, amount due, currency, and the payment slip's line of 4.x."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from pulse.base.identifiers import is_uid
from pulse.base.money import CENT, ZERO, NotAnAmount, parse_number
from pulse.invoices.draft import Draft, Where, without_trailing_zeros
from pulse.invoices.forms import labels
from pulse.invoices.forms.lines import GUESSED, PRINTED, PrintedLine, joined, leading_label
from pulse.invoices.forms.vocabulary import Vocabulary
from pulse.invoices.text.page_text import PageText, Phrase

_LABELS = Vocabulary(labels.FOOT)
_AMOUNTS = frozenset({"total_amount", "amount_due", "prepaid_amount"})
_VAT_NUMBER = re.compile(r"(CHE[\d.\- ]{9,14}?)\s*(?:MWST|TVA|IVA)?", re.IGNORECASE)
_CURRENCY = re.compile(r"[A-Z]{3}")
_CODING_LINE = re.compile(r"\d{13}>(\d{16,27})\+\s?\d{9}>")
_TOUCHING = re.compile(r"([^\W\d]*[^\W\dA-Z])(-?\d[\d'’.,]*[.,][\d–-]+)")
_VAT_END = 0.36


class FootReader:
    """Reads feet page by page; only the last page has totals. `vat_rates` by the code of column M."""

    def __init__(self, draft: Draft) -> None:
        self.vat_rates: dict[str, Decimal] = {}
        self._draft = draft

    def read(self, page: PageText, lines: Sequence[PrintedLine]) -> None:
        """Notes what stands below the table of positions of one page."""
        for line in lines:
            self._read_rate([one for one in line.words if one.x1 < _VAT_END * page.width])
            self._read_coding_line(page, line)
            phrases = [part for phrase in line.phrases for part in _at_labels(_parted(phrase))]
            for index, phrase in enumerate(phrases):
                if found := leading_label(phrase, _LABELS):
                    field, count = found
                    following = phrases[index + 1] if index + 1 < len(phrases) else []
                    behind = [] if following and leading_label(following, _LABELS) else following
                    self._take(page, field, phrase[count:] or behind)
                else:
                    self._guess_vat_number(page, phrase)

    def _take(self, page: PageText, field: str, words: list[Phrase]) -> None:
        if not words:
            return
        value = joined(words)
        where = Where(page.number, value.box, PRINTED)
        if field in _AMOUNTS:
            self._draft.money(field, value.text, where)
        elif field == "currency":
            if found := _CURRENCY.match(value.text):
                self._draft.text("currency", found[0], where)
        elif field == "vat_number" and (number := _VAT_NUMBER.fullmatch(value.text)):
            self._draft.text("biller.vat_number", number[1], where)

    def _guess_vat_number(self, page: PageText, words: list[Phrase]) -> None:
        """By its check digit, where its label was misread."""
        for word in words:
            if (number := _VAT_NUMBER.fullmatch(word.text)) and is_uid(number[1]):
                self._draft.text("biller.vat_number", number[1], Where(page.number, word.box, GUESSED))

    def _read_coding_line(self, page: PageText, line: PrintedLine) -> None:
        for words in line.phrases:
            if ">" in words[0].text and (coding := _CODING_LINE.fullmatch((phrase := joined(words)).text)):
                self._draft.text("payment.reference", coding[1], Where(page.number, phrase.box, PRINTED))

    def _read_rate(self, cells: Sequence[Phrase]) -> None:
        """A line `code rate amount VAT` at the left edge; thousands of the amounts may be apart."""
        if len(cells) >= 4 and len(cells[0].text) <= 2 and cells[0].text.isdigit():
            try:
                self.vat_rates[cells[0].text] = without_trailing_zeros(parse_number(cells[1].text.rstrip("%")))
            except NotAnAmount:
                return
        elif cells and cells[0].confidence < 1:
            self._guess_rate([cell.text for cell in cells])

    def _guess_rate(self, cells: Sequence[str]) -> None:
        """A line of a scan whose code was misread: its numbers prove that it is one, codes count up."""
        try:
            rate, amount, tax = [parse_number(cell) for cell in cells[-3:]] if 3 <= len(cells) <= 4 else [ZERO] * 3
        except NotAnAmount:
            return
        if tax and abs(amount * rate / (100 + rate) - tax) <= CENT:
            code = str(1 + max((int(one) for one in self.vat_rates), default=0))
            self.vat_rates.setdefault(code, without_trailing_zeros(rate))


def _at_labels(phrase: list[Phrase]) -> list[list[Phrase]]:
    """A phrase cut before each label within it: `Währung: CHF Anzahlung: 0.00` says two things."""
    cuts = [
        index
        for index in range(1, len(phrase))
        if phrase[index - 1].text[-1:].isdigit() and leading_label(phrase[index:], _LABELS)
    ]
    return [phrase[start:end] for start, end in zip([0, *cuts], [*cuts, len(phrase)], strict=True)]


def _parted(phrase: list[Phrase]) -> list[Phrase]:
    """`Zwischentotal558.68`: an amount that its label touches is a word of its own."""
    words: list[Phrase] = []
    for word in phrase:
        if touching := _TOUCHING.fullmatch(word.text):
            words += [Phrase(part, word.box, word.bold) for part in touching.groups()]
        else:
            words.append(word)
    return words
