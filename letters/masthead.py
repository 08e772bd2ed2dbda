"""The upper part of a first page: who writes, and to whom, where an envelope's window shows it.

Window on the right (SN 010130): the standard itself is not public. Makers of Swiss envelopes (Elco, INKA) print the
same for C5/6 (229 × 114 mm) and C5 (229 × 162 mm): a window of 100 × 45 mm, 12 mm from the right, 21 and 65 mm from
below. A4 folded to a half (C5) or a third (C5/6, at 99 or 105 mm) has 19 mm of play across and 9 to 15 mm down. From
the sheet's upper left corner, the window then

- always shows 117 to 198 mm across and 52 to 78 mm down: where the address has to be;
- never shows more than 98 mm to the right edge, and 33 to 97 mm: where nothing else may be that a postman should not
  read. Swiss Post asks for both, however the sheet has slid. Beside the address stand a date, a number and who to call.

Window on the left (DIN 5008, form B): 20 to 105 mm from the left, 45 to 90 mm from the top, address in its lower
27.3 mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from letters.content import Entry
from letters.facts import Address, Insurer
from letters.layout import GREY, MM, Picture, Rule, Sheet, Style, fitted, wrap
from letters.letterhead import Letterhead, Window

LEFT, RIGHT = 25 * MM, 20 * MM

_ADDRESS = Style(9.5, 12.6)
_SMALL = Style(8, 10.5, colour=GREY)
_SENDER = Style(6.5, 8, colour=GREY)
_FIELD = Style(8.5, 11.6, colour=GREY)
_VALUE = Style(8.5, 11.6)
_RULE_Y = 30 * MM
_LABELS = 31 * MM
_BETWEEN_GROUPS = 5.0
#: The part of the window for the address has room for six lines.
_ADDRESS_LINES = 6
#: A value beside the address is cut where it would take the page: the text below tells it too.
_MOST_LINES = 6


@dataclass(frozen=True)
class _Places:
    """Where things stand, in points: address and line of the sender, the details beside them, the text's beginning."""

    address_x: float
    address_y: float
    address_width: float
    sender_y: float
    details_x: float
    details_y: float
    details_width: float
    body_y: float


_PLACES: dict[Window, _Places] = {
    "right": _Places(118 * MM, 52 * MM, 80 * MM, 48 * MM, LEFT, 42 * MM, 71 * MM, 97 * MM),
    "left": _Places(25 * MM, 62.7 * MM, 78 * MM, 60 * MM, 116 * MM, 42 * MM, 74 * MM, 98.5 * MM),
}


def new_sheet() -> Sheet:
    """An empty letter with our margins."""
    return Sheet(left=LEFT, right=RIGHT, top=25 * MM, bottom=20 * MM)


def put_masthead(
    sheet: Sheet, insurer: Insurer, addressee: Address, look: Letterhead, details: Sequence[Sequence[Entry]] = ()
) -> None:
    """Sets letterhead, address and, beside it, groups of details on the present page; the cursor stands below them."""
    _put_brand(sheet, insurer, look)
    at = _PLACES[look.window]
    sender = ", ".join(insurer.address.lines)
    sheet.line(at.address_x, at.sender_y, *fitted(sender, _SENDER, at.address_width))
    y = at.address_y
    for line in _address_lines(addressee, at.address_width):
        y += _ADDRESS.leading
        sheet.line(at.address_x, y - 4, line, _ADDRESS)
    sheet.y = max(at.body_y, _put_details(sheet, at, details) + 2 * _BETWEEN_GROUPS)


def _put_details(sheet: Sheet, at: _Places, details: Sequence[Sequence[Entry]]) -> float:
    """Where they end."""
    y = at.details_y
    for group in details:
        for label, value in group:
            sheet.line(at.details_x, y + _FIELD.leading - 3, label, _FIELD)
            for line, style in _value_lines(value, at.details_width - _LABELS):
                y += _VALUE.leading
                sheet.line(at.details_x + _LABELS, y - 3, line, style)
        y += _BETWEEN_GROUPS
    return y


def _value_lines(value: str, width: float) -> list[tuple[str, Style]]:
    """A value on as many lines as it needs; a single long word, such as a mail address, smaller before it is torn."""
    line, smaller = fitted(value, _VALUE, width)
    if " " not in value and line == _VALUE.face.printable(value):
        return [(line, smaller)]
    return [(line, _VALUE) for line in wrap(value, _VALUE, width)[:_MOST_LINES]]


def _put_brand(sheet: Sheet, insurer: Insurer, look: Letterhead) -> None:
    place = [insurer.street, f"{insurer.zip} {insurer.city}", insurer.website or ""]
    if look.logo:
        width, height = (side * MM for side in look.logo.size_mm)
        sheet.put(Picture(LEFT, 22 * MM - height, width, height, look.logo))
        place = [insurer.name, *place]
    else:
        brand = Style(15, 18, bold=True, colour=look.accent)
        sheet.line(LEFT, 21 * MM, *fitted(insurer.name, brand, sheet.width))
    line = " · ".join(part for part in place if part)
    sheet.line(LEFT, 26 * MM + (1 * MM if look.logo else 0), *fitted(line, _SMALL, sheet.width))
    sheet.put(Rule(LEFT, _RULE_Y, sheet.width, look.accent, 1.2))


def _address_lines(addressee: Address, width: float) -> list[str]:
    """The lines as wide as the window at most; of a very long name its beginning, so that the place is always seen."""
    name, *place = (wrap(line, _ADDRESS, width) for line in addressee.lines)
    below = [line for lines in place for line in lines][-_ADDRESS_LINES + 1 :]
    return [*name[: _ADDRESS_LINES - len(below)], *below]
