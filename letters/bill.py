"""A bill on a page of its own: what for, how much, by when, and the payment part of the Swiss QR-bill."""

from __future__ import annotations

import datetime as dt

from letters import plain
from letters.facts import Address, Bill, Insurer
from letters.layout import ACCENT, GREY, MM, WIDTH, Properties, Rule, Sheet, Style, draw
from letters.payment_part import put_payment_part
from pulse.base.reasons import Language

_LEFT, _RIGHT = 25 * MM, 20 * MM
_BRAND = Style(15, 18, bold=True, colour=ACCENT)
_SMALL = Style(8, 10.5, colour=GREY)
_TITLE = Style(12, 16, bold=True)
_TEXT = Style(9.5, 12.6)
_BOLD = Style(9.5, 12.6, bold=True)


def put_bill(sheet: Sheet, bill: Bill, insurer: Insurer, debtor: Address, language: Language) -> None:
    """Sets the bill on a new page. It must have an account."""
    sheet.turn()
    _put(sheet, bill, insurer, debtor, language)


def render_bill(bill: Bill, insurer: Insurer, debtor: Address, language: Language, day: dt.date) -> bytes:
    """The bill alone as PDF, for the post: the same bytes for the same values. It must have an account."""
    sheet = Sheet(left=_LEFT, right=_RIGHT, top=25 * MM, bottom=20 * MM)
    _put(sheet, bill, insurer, debtor, language)
    title = plain.labels(language)["bill_title"].format(number=bill.case_id)
    return draw(sheet.pages, Properties(title, insurer.name, language, day))


def _put(sheet: Sheet, bill: Bill, insurer: Insurer, debtor: Address, language: Language) -> None:
    labels = plain.labels(language)
    sheet.line(_LEFT, 21 * MM, insurer.name, _BRAND)
    sheet.line(_LEFT, 26 * MM, " · ".join(insurer.address.lines[1:]), _SMALL)
    sheet.put(Rule(_LEFT, 30 * MM, WIDTH - _LEFT - _RIGHT, ACCENT, 1.2))
    y = 52 * MM
    for line in debtor.lines:
        y += _TEXT.leading
        sheet.line(118 * MM, y, line, _TEXT)
    sheet.line(_LEFT, 98 * MM, labels["bill_title"].format(number=bill.case_id), _TITLE)
    rows = [
        ("bill_for", labels[f"bill_{bill.purpose}"], _TEXT),
        ("bill_case", str(bill.case_id), _TEXT),
        ("bill_due", plain.long_date(bill.due_on, language), _BOLD),
        ("bill_amount", plain.amount(bill.amount), _BOLD),
    ]
    y = 103 * MM
    for name, value, style in rows:
        y += style.leading + 2
        sheet.line(_LEFT, y, labels[name], _TEXT)
        sheet.line(_LEFT + 45 * MM, y, value, style)
    put_payment_part(sheet, bill, insurer.address, debtor, language)
