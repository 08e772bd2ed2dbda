"""A bill on a page of its own: what for, how much, by when, and the payment part of the Swiss QR-bill."""

from __future__ import annotations

import datetime as dt

from letters import plain
from letters.amounts import Bill
from letters.archive import Properties
from letters.content import bill_entries
from letters.facts import Address, Insurer
from letters.layout import MM, Sheet, Style, draw
from letters.letterhead import Letterhead
from letters.masthead import LEFT, new_sheet, put_masthead
from letters.payment_part import put_payment_part
from pulse.base.reasons import Language

_TITLE = Style(12, 16, bold=True)
_TEXT = Style(9.5, 12.6)
_BOLD = Style(9.5, 12.6, bold=True)


def put_bill(
    sheet: Sheet, bill: Bill, insurer: Insurer, debtor: Address, language: Language, *, look: Letterhead
) -> None:
    """Sets the bill on a new page. It must have an account."""
    sheet.turn()
    _put(sheet, bill, insurer, debtor, language, look=look)


def render_bill(
    bill: Bill,
    insurer: Insurer,
    debtor: Address,
    language: Language,
    day: dt.date,
    *,
    look: Letterhead | None = None,
) -> bytes:
    """The bill alone as PDF, for the post: the same bytes for the same values. It must have an account."""
    sheet = new_sheet()
    _put(sheet, bill, insurer, debtor, language, look=look or Letterhead())
    title = plain.labels(language)["bill_title"].format(number=bill.case_id)
    return draw(sheet.pages, Properties(title, insurer.name, plain.tag(language), day))


def _put(sheet: Sheet, bill: Bill, insurer: Insurer, debtor: Address, language: Language, *, look: Letterhead) -> None:
    put_masthead(sheet, insurer, debtor, look)
    sheet.line(LEFT, 104 * MM, plain.labels(language)["bill_title"].format(number=bill.case_id), _TITLE)
    y = 109 * MM
    *plainly, due, amount = bill_entries(bill, language)
    for (label, value), style in [*((entry, _TEXT) for entry in plainly), (due, _BOLD), (amount, _BOLD)]:
        y += style.leading + 2
        sheet.line(LEFT, y, label, _TEXT)
        sheet.line(LEFT + 45 * MM, y, value, style)
    put_payment_part(sheet, bill, insurer.address, debtor, language)
