"""The upper part of a first page: who writes, and to whom, where an envelope's window shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from letters.content import Entry
from letters.facts import Address, Insurer
from letters.layout import GREY, MM, WIDTH, Picture, Rule, Sheet, Style, fitted, wrap
from letters.letterhead import Letterhead, Window

LEFT, RIGHT = 25 * MM, 20 * MM

_ADDRESS = Style(9.5, 12.6)
_SMALL = Style(8, 10.5, colour=GREY)
_SENDER = Style(6.5, 8, colour=GREY)
_FIELD = Style(8.5, 11.6, colour=GREY)
_VALUE = Style(8.5, 11.6)
_RULE_Y = 30 * MM
#: DIN 5008: the part of the window for the address has room for six lines.
_ADDRESS_LINES = 6


@dataclass(frozen=True)
class _Places:
    """Where things stand, in points: address and line of the sender, the details beside them, the text's beginning."""

    address_x: float
    address_y: float
    address_width: float
    sender_y: float
    desk_x: float
    desk_y: float
    body_y: float


_PLACES: dict[Window, _Places] = {
    # SN 010130, window on the right.
    "right": _Places(118 * MM, 52 * MM, 80 * MM, 48 * MM, LEFT, 52 * MM, 84 * MM),
    # DIN 5008, form B: window 20 to 105 mm from the left, 45 to 90 mm from the top; address in its lower 27.3 mm.
    "left": _Places(25 * MM, 62.7 * MM, 78 * MM, 60 * MM, 116 * MM, 50 * MM, 98.5 * MM),
}


def new_sheet() -> Sheet:
    """An empty letter with our margins."""
    return Sheet(left=LEFT, right=RIGHT, top=25 * MM, bottom=20 * MM)


def put_masthead(
    sheet: Sheet, insurer: Insurer, addressee: Address, look: Letterhead, desk: Sequence[Entry] = ()
) -> None:
    """Sets letterhead, address and the details of who writes on the present page; the cursor stands below them."""
    _put_brand(sheet, insurer, look)
    at = _PLACES[look.window]
    sender = ", ".join(insurer.address.lines)
    sheet.line(at.address_x, at.sender_y, *fitted(sender, _SENDER, at.address_width))
    y = at.address_y
    for line in _address_lines(addressee, at.address_width):
        y += _ADDRESS.leading
        sheet.line(at.address_x, y - 4, line, _ADDRESS)
    y, value_x = at.desk_y, at.desk_x + 28 * MM
    room = (WIDTH - RIGHT if at.desk_x > at.address_x else at.address_x - 4 * MM) - value_x
    for label, value in desk:
        sheet.line(at.desk_x, y + _FIELD.leading - 3, label, _FIELD)
        for line in wrap(value, _VALUE, room):
            y += _VALUE.leading
            sheet.line(value_x, y - 3, line, _VALUE)
    sheet.y = at.body_y


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
