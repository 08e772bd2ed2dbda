"""Numbers with right check digits that belong to nobody."""

from __future__ import annotations

import random

from stdnum import ean
from stdnum.ch import esr

#: An institution id of the range reserved for QR-IBANs (30000 to 31999).
_QR_INSTITUTION = "31999"


def digits(rng: random.Random, count: int) -> str:
    """So many random digits."""
    return "".join(rng.choices("0123456789", k=count))


def ahv_number(rng: random.Random) -> str:
    """756, nine digits, EAN-13 check digit."""
    body = "756" + digits(rng, 9)
    return f"{body}{ean.calc_check_digit(body)}"


def gln(rng: random.Random) -> str:
    """7601 as Swiss partners have it, eight digits, check digit."""
    body = "7601" + digits(rng, 8)
    return f"{body}{ean.calc_check_digit(body)}"


def zsr(rng: random.Random, letter: str) -> str:
    """A letter and six digits."""
    return letter + digits(rng, 6)


def card_number(rng: random.Random) -> str:
    """VEKA card: 80756, the insurer's five digits, ten more."""
    return "80756" + "00312" + digits(rng, 10)


def qr_reference(number: str) -> str:
    """27 digits: the invoice number's digits, padded, and the recursive modulo 10 digit."""
    body = "".join(character for character in number if character.isdigit()).zfill(26)[-26:]
    return f"{body}{esr.calc_check_digit(body)}"
