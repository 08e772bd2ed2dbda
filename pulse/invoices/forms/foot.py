"""The form's foot: VAT rates, total, prepayment, amount due, currency, and the payment slip's line of 4.x."""

from __future__ import annotations

import re
from decimal import Decimal

from pulse.base.money import NotAnAmount, parse_amount
from pulse.invoices.draft import Draft, Where, without_trailing_zeros
from pulse.invoices.forms.head import PRINTED
from pulse.invoices.text.page_text import Line, PageText, Phrase

_LABELLED = re.compile(r"(Gesamtbetrag|Fälliger Betrag|Anzahlung|Mahngebühr|Währung|MwSt\.\s?Nr\.)\s*:\s*(.*)")
_AMOUNTS = {"Gesamtbetrag": "total_amount", "Fälliger Betrag": "amount_due", "Anzahlung": "prepaid_amount"}
_VAT_NUMBER = re.compile(r"(CHE[\d.\- ]{9,14}?)\s*(?:MWST|TVA|IVA)?")
_CODING_LINE = re.compile(r"\d{13}>(\d{16,27})\+\s?\d{9}>")
_VAT_END = 0.36


class FootReader:
    """Reads feet page by page; only the last page has totals. `vat_rates` by the code of column M."""

    def __init__(self, draft: Draft) -> None:
        self.vat_rates: dict[str, Decimal] = {}
        self.labels = 0
        self._draft = draft

    def read(self, page: PageText, lines: list[Line]) -> None:
        """Notes what stands below the table of positions of one page."""
        for line in lines:
            phrases = line.phrases()
            self._read_rate([one for one in phrases if one.x1 < _VAT_END * page.width])
            for index, phrase in enumerate(phrases):
                following = phrases[index + 1] if index + 1 < len(phrases) else None
                self._read_phrase(page, phrase, following)

    def _read_phrase(self, page: PageText, phrase: Phrase, following: Phrase | None) -> None:
        if coding := _CODING_LINE.fullmatch(phrase.text):
            self._draft.text("payment.reference", coding[1], Where(page.number, phrase.box, PRINTED))
        if not (labelled := _LABELLED.fullmatch(phrase.text)):
            return
        self.labels += 1
        label, value = labelled[1], labelled[2]
        if not value and following and not _LABELLED.fullmatch(following.text) and label in _AMOUNTS:
            phrase, value = following, following.text
        where = Where(page.number, phrase.box, PRINTED)
        if label in _AMOUNTS:
            self._draft.money(_AMOUNTS[label], value, where)
        elif label == "Währung":
            self._draft.text("currency", value, where)
        elif number := _VAT_NUMBER.fullmatch(value):
            self._draft.text("biller.vat_number", number[1], where)

    def _read_rate(self, cells: list[Phrase]) -> None:
        """A line `code rate amount VAT` at the left edge."""
        if len(cells) == 4 and len(cells[0].text) <= 2 and cells[0].text.isdigit():
            try:
                self.vat_rates[cells[0].text] = without_trailing_zeros(parse_amount(cells[1].text))
            except NotAnAmount:
                return
