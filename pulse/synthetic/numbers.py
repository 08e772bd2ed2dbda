"""Numbers with right check digits that belong to nobody."""

from __future__ import annotations

import random

from stdnum import ean, iban
from stdnum.ch import esr, uid
from stdnum.iso7064 import mod_97_10

#: An institution id of the range reserved for QR-IBANs (30000 to 31999).
_QR_INSTITUTION = "31999"
#: One that is no bank's.
_INSTITUTION = "09999"


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


def gtin(rng: random.Random) -> str:
    """A drug's GTIN: 7680, the authorisation's five digits, the pack's three, check digit."""
    body = "7680" + digits(rng, 8)
    return f"{body}{ean.calc_check_digit(body)}"


def pharmacode(rng: random.Random) -> str:
    """Seven digits."""
    return str(rng.randrange(1_000_000, 8_000_000))


def vat_number(rng: random.Random) -> str:
    """CHE and nine digits, the last one their check digit."""
    while True:
        body = str(rng.randrange(10_000_000, 99_999_999))
        check = uid.calc_check_digit(body)
        if len(check) == 1:
            return f"CHE{body}{check}"


def account(rng: random.Random, *, qr: bool) -> str:
    """An IBAN of 21 characters; a QR-IBAN has an institution of its own range."""
    body = (_QR_INSTITUTION if qr else _INSTITUTION) + digits(rng, 12)
    return f"CH{iban.calc_check_digits(f'CH00{body}')}{body}"


def creditor_reference(number: str) -> str:
    """`RF`, two check digits and the number's letters and digits (SCOR)."""
    body = "".join(character for character in number.upper() if character.isalnum())
    return f"RF{mod_97_10.calc_check_digits(f'{body}RF')}{body}"
