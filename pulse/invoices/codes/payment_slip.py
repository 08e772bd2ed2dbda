"""The payment part of a Swiss QR-bill: what its QR code says (payload version 02xx, one value a line)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pulse.base.identifiers import compact
from pulse.base.money import NotAnAmount, parse_amount

#: Lines up to `EPD`, which some programs leave out with the message before it.
_LINES, _ADDRESS_LINES = 31, 7
_CREDITOR, _ULTIMATE_CREDITOR, _AMOUNT, _CURRENCY, _DEBTOR, _REFERENCE_TYPE = 4, 11, 18, 19, 20, 27


@dataclass(frozen=True)
class SlipParty:
    """A name and an address; the lines of a combined address stand in `street` and `city` as they are written."""

    name: str | None = None
    street: str | None = None
    house_number: str | None = None
    zip: str | None = None
    city: str | None = None
    country: str | None = None


@dataclass(frozen=True)
class PaymentSlip:
    """What a Swiss QR-bill asks for; IBAN and reference without blanks; `amount` None where the payer fills it in."""

    page: int
    iban: str
    creditor: SlipParty
    amount: Decimal | None
    currency: str
    debtor: SlipParty
    reference_type: str
    reference: str
    message: str = ""
    billing_information: str = ""


def read_slip(text: str, page: int) -> PaymentSlip | None:
    """The payment slip in a QR code's text; None if it is another code."""
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) < _LINES - 2 or lines[0] != "SPC" or not lines[1].startswith("02"):
        return None
    lines += [""] * (_LINES + 1 - len(lines))
    if lines[_REFERENCE_TYPE] not in {"QRR", "SCOR", "NON"}:
        return None
    return PaymentSlip(
        page=page,
        iban=compact(lines[3]),
        creditor=_party(lines[_CREDITOR:]),
        amount=_amount(lines[_AMOUNT]),
        currency=lines[_CURRENCY],
        debtor=_party(lines[_DEBTOR:]),
        reference_type=lines[_REFERENCE_TYPE],
        reference=compact(lines[_REFERENCE_TYPE + 1]),
        message=lines[_REFERENCE_TYPE + 2],
        billing_information=lines[_LINES],
    )


def _party(lines: Sequence[str]) -> SlipParty:
    """Address type `S` (structured) or `K` (two lines)."""
    kind, *values = (line or None for line in lines[:_ADDRESS_LINES])
    name, street, house_number, zip_code, city, country = values
    if kind == "K":
        return SlipParty(name=name, street=street, city=house_number, country=country)
    return SlipParty(name, street, house_number, zip_code, city, country)


def _amount(text: str) -> Decimal | None:
    try:
        return parse_amount(text) if text else None
    except NotAnAmount:
        return None
