"""The Swiss QR-bill on a page: payment part and receipt (SIX, Implementation Guidelines QR-bill 2.3), set as marks.

The page above it says what is to be paid; both are perforated apart by the payer with scissors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from letters.amounts import Bill
from letters.facts import Address
from letters.layout import HEIGHT, MM, WIDTH, Box, Rule, Sheet, Style, wrap
from letters.letterhead import Colour
from letters.plain import grouped_iban, grouped_reference
from pulse.base.identifiers import compact, is_qr_reference
from pulse.base.money import format_amount, to_cents
from pulse.base.reasons import Language

_BLACK: Colour = (0.0, 0.0, 0.0)
_WHITE: Colour = (1.0, 1.0, 1.0)
_TOP = HEIGHT - 105 * MM
_RECEIPT_WIDTH, _MARGIN, _CODE = 62 * MM, 5 * MM, 46 * MM
_TITLE = Style(11, 11, bold=True, colour=_BLACK)
_HEAD, _VALUE = Style(8, 11, bold=True, colour=_BLACK), Style(10, 11, colour=_BLACK)
_SMALL_HEAD, _SMALL_VALUE = Style(6, 9, bold=True, colour=_BLACK), Style(8, 9, colour=_BLACK)
_NOTE, _GAP = Style(7, 9, colour=_BLACK), Style(5, 5)
#: Where the receipt's amount begins.
_RECEIPT_ROOM = 57 * MM
#: Signs of a name, and of a street, that the code has room for.
_LONGEST = 70
#: Headings by name, and the lines below each.
_Parts = list[tuple[str, list[str]]]
#: `Bahnhofstrasse 12a`: the number stands last.
_HOUSE = re.compile(r"(?P<street>.*\D)\s+(?P<number>\d+\s?[a-zA-Z]?(?:[-/]\d+\s?[a-zA-Z]?)?)")
_LIECHTENSTEIN = re.compile(r"94(8[5-9]|9\d)")
_NAMES: dict[Language, dict[str, str]] = {
    "de": {
        "payment": "Zahlteil", "account": "Konto / Zahlbar an", "reference": "Referenz", "currency": "Währung",
        "amount": "Betrag", "receipt": "Empfangsschein", "point": "Annahmestelle", "payer": "Zahlbar durch",
        "more": "Zusätzliche Informationen", "cut": "Vor der Einzahlung abzutrennen",
    },
    "fr": {
        "payment": "Section paiement", "account": "Compte / Payable à", "reference": "Référence",
        "currency": "Monnaie", "amount": "Montant", "receipt": "Récépissé", "point": "Point de dépôt",
        "payer": "Payable par", "more": "Informations supplémentaires", "cut": "A détacher avant le versement",
    },
    "it": {
        "payment": "Sezione pagamento", "account": "Conto / Pagabile a", "reference": "Riferimento",
        "currency": "Valuta", "amount": "Importo", "receipt": "Ricevuta", "point": "Punto di accettazione",
        "payer": "Pagabile da", "more": "Informazioni supplementari", "cut": "Da staccare prima del versamento",
    },
    "en": {
        "payment": "Payment part", "account": "Account / Payable to", "reference": "Reference",
        "currency": "Currency", "amount": "Amount", "receipt": "Receipt", "point": "Acceptance point",
        "payer": "Payable by", "more": "Additional information", "cut": "Separate before paying in",
    },
}  # fmt: skip


def names_of(language: Language) -> dict[str, str]:
    """The headings of the payment part, as the guidelines give them."""
    return _NAMES[language]


def payload(bill: Bill, creditor: Address, debtor: Address) -> str:
    """What the QR code says: 31 lines, version 0200. The bill must have an account."""
    assert bill.iban is not None
    reference = bill.reference or ""
    kind = "QRR" if is_qr_reference(reference) else "SCOR" if reference else "NON"
    lines = ["SPC", "0200", "1", compact(bill.iban), *_party(creditor), *[""] * 7, f"{to_cents(bill.amount):f}", "CHF"]
    return "\r\n".join([*lines, *_party(debtor), kind, compact(reference), _message(bill), "EPD"])


def put_payment_part(sheet: Sheet, bill: Bill, creditor: Address, debtor: Address, language: Language) -> None:
    """Sets receipt and payment part on the lowest 105 mm of the present page; it must be free."""
    assert bill.iban is not None
    names = names_of(language)
    sheet.put(Rule(0, _TOP, WIDTH, _BLACK, 0.5))
    sheet.put(Box(_RECEIPT_WIDTH, _TOP, 0.5, 105 * MM, _BLACK))
    sheet.line(_RECEIPT_WIDTH + _MARGIN, _TOP - 3, names["cut"], _NOTE)
    account, reference = (
        grouped_iban(bill.iban),
        [grouped_reference(bill.reference)] if bill.reference else [],
    )

    def parts(*, street: bool) -> _Parts:
        to, payer = (_printed(party, street=street) for party in (creditor, debtor))
        return [("account", [account, *to]), ("reference", reference), ("payer", payer)]

    left, room = _MARGIN, _RECEIPT_WIDTH - 2 * _MARGIN
    sheet.line(left, _TOP + 10 * MM, names["receipt"], _TITLE)
    set_parts = _set(names, parts(street=True), room, styles=(_SMALL_HEAD, _SMALL_VALUE))
    if sum(style.leading for _, style in set_parts) > _RECEIPT_ROOM:
        set_parts = _set(names, parts(street=False), room, styles=(_SMALL_HEAD, _SMALL_VALUE))
    _column(sheet, left, _TOP + 12 * MM, set_parts)
    _amount(sheet, left, names, bill.amount, styles=(_SMALL_HEAD, _SMALL_VALUE))
    sheet.line(_RECEIPT_WIDTH - _MARGIN, _TOP + 88 * MM, names["point"], _SMALL_HEAD, "right")
    left = _RECEIPT_WIDTH + _MARGIN
    sheet.line(left, _TOP + 10 * MM, names["payment"], _TITLE)
    for box in _code(payload(bill, creditor, debtor), left, _TOP + 17 * MM):
        sheet.put(box)
    _amount(sheet, left, names, bill.amount, styles=(_HEAD, _VALUE))
    left += _CODE + _MARGIN
    to, reference_part, payer = parts(street=True)
    told = [to, reference_part, ("more", [_message(bill)]), payer]
    _column(sheet, left, _TOP + 5 * MM, _set(names, told, WIDTH - _MARGIN - left, styles=(_HEAD, _VALUE)))


def _message(bill: Bill) -> str:
    return str(bill.case_id)


def _party(one: Address) -> list[str]:
    """Seven lines, structured, cut to what the standard allows."""
    house = _HOUSE.fullmatch(one.street.strip())
    street, number = (house["street"], house["number"]) if house else (one.street.strip(), "")
    country = "LI" if _LIECHTENSTEIN.fullmatch(one.zip.strip()) else "CH"
    return ["S", one.name[:_LONGEST], street[:_LONGEST], number[:16], one.zip[:16], one.city[:35], country]


def _printed(one: Address, *, street: bool) -> list[str]:
    """The lines of an address as long as in the code; where room is short a receipt may leave the street out."""
    lines = [one.name[:_LONGEST], one.street[:_LONGEST] if street else "", f"{one.zip} {one.city}".strip()]
    return [line for line in lines if line]


def _set(names: dict[str, str], parts: _Parts, width: float, *, styles: tuple[Style, Style]) -> list[tuple[str, Style]]:
    """The headings and lines of the parts that say something, as wide as their column, a gap after each part."""
    head, value = styles
    lines: list[tuple[str, Style]] = []
    for name, texts in parts:
        if texts:
            wrapped = [(line, value) for text in texts for line in wrap(text, value, width)]
            lines += [(names[name], head), *wrapped, ("", _GAP)]
    return lines


def _column(sheet: Sheet, x: float, y: float, lines: list[tuple[str, Style]]) -> None:
    for line, style in lines:
        y += style.leading
        sheet.line(x, y, line, style)


def _amount(sheet: Sheet, x: float, names: dict[str, str], amount: Decimal, *, styles: tuple[Style, Style]) -> None:
    head, value = styles
    y, printed = _TOP + 71 * MM, format_amount(amount).replace("'", " ")
    for name, text, at in (("currency", "CHF", x), ("amount", printed, x + 14 * MM)):
        sheet.line(at, y, names[name], head)
        sheet.line(at, y + value.leading + 2, text, value)


def _code(text: str, x: float, y: float) -> Iterator[Box]:
    """The QR code of 46 mm with the Swiss cross of 7 mm in its middle."""
    import zxingcpp  # noqa: PLC0415  loaded with the first bill

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    rows = [bytes(row) for row in memoryview(code.to_image(scale=1, add_quiet_zones=False)).tolist()]
    side = _CODE / len(rows)
    for number, row in enumerate(rows):
        for run in re.finditer(rb"\x00+", row):
            first, last = run.span()
            yield Box(x + first * side, y + number * side, (last - first) * side, side, _BLACK)
    middle_x, middle_y = x + _CODE / 2, y + _CODE / 2
    yield from (
        _centred(middle_x, middle_y, 7 * MM, 7 * MM, _WHITE),
        _centred(middle_x, middle_y, 6 * MM, 6 * MM, _BLACK),
    )
    yield _centred(middle_x, middle_y, 3.9 * MM, 1.17 * MM, _WHITE)
    yield _centred(middle_x, middle_y, 1.17 * MM, 3.9 * MM, _WHITE)


def _centred(x: float, y: float, width: float, height: float, colour: Colour) -> Box:
    return Box(x - width / 2, y - height / 2, width, height, colour)
