"""Numbers that name persons, parties, packs and accounts: cleaned and checked (python-stdnum where it knows them)."""

from __future__ import annotations

import re
from functools import lru_cache

from stdnum import ean, iban, iso11649
from stdnum.ch import esr, ssn, uid
from stdnum.exceptions import ValidationError

_SEPARATORS = re.compile(r"[\s.\-'’]")
_ZSR = re.compile(r"[A-Z]\d{6}")
_PHARMACODE = re.compile(r"\d{1,7}")
_INDICATION = re.compile(r"\d{5}\.\d{2}")
_QR_IBAN_IID = range(30000, 32000)


def compact(number: str) -> str:
    """Without blanks, dots, dashes and apostrophes; upper case."""
    return _SEPARATORS.sub("", number).upper()


def is_ahv_number(number: str) -> bool:
    """AHV number: 756 and ten digits, EAN-13 check digit (Art. 50c AHVG)."""
    return bool(ssn.is_valid(compact(number)))


def is_gln(number: str) -> bool:
    """GLN: 13 digits, GS1 check digit."""
    digits = compact(number)
    return len(digits) == 13 and _has_check_digit(digits)


def is_zsr(number: str) -> bool:
    """ZSR number (register of providers): a letter and six digits; it has no check digit."""
    return bool(_ZSR.fullmatch(compact(number)))


def gtin_13(number: str) -> str | None:
    """The GTIN as 13 digits, or None if the check digit or the length is wrong.

    GTIN-14 with a leading zero is the same pack; leading zeros lost on the way (8 or 12 digits) are put back.
    """
    digits = compact(number)
    if not digits.isdigit() or len(digits) not in (8, 12, 13, 14):
        return None
    if len(digits) == 14:
        if digits[0] != "0":
            return None
        digits = digits[1:]
    return digits.zfill(13) if _has_check_digit(digits.zfill(13)) else None


@lru_cache(maxsize=4096)
def _has_check_digit(digits: str) -> bool:
    """Of 13 characters; the same packs and parties come again and again."""
    return bool(ean.is_valid(digits))


def is_pharmacode(number: str) -> bool:
    """Pharmacode: up to seven digits."""
    return bool(_PHARMACODE.fullmatch(compact(number)))


def is_iban(number: str) -> bool:
    """IBAN by ISO 13616, with its country's structure."""
    return _is_iban(compact(number))


@lru_cache(maxsize=64)
def _is_iban(account: str) -> bool:
    """One account is asked about several times in a row."""
    return bool(iban.is_valid(account, check_country=False))


def is_qr_iban(number: str) -> bool:
    """An IBAN whose institution id lies in 30000-31999: only with a QR reference."""
    account = compact(number)
    return is_iban(account) and account[:2] in ("CH", "LI") and int(account[4:9]) in _QR_IBAN_IID


def is_qr_reference(number: str) -> bool:
    """QR reference: 27 digits, modulo 10 recursive."""
    digits = compact(number)
    try:
        return len(digits) == 27 and bool(esr.validate(digits))
    except ValidationError:
        return False


def is_creditor_reference(number: str) -> bool:
    """Creditor reference (ISO 11649): RF and modulo 97."""
    return bool(iso11649.is_valid(compact(number)))


def is_uid(number: str) -> bool:
    """Enterprise number `CHE-123.456.788`, with or without MWST, TVA or IVA behind it."""
    return bool(uid.is_valid(re.sub(r"(MWST|TVA|IVA|VAT)$", "", compact(number))))


def is_indication_code(code: str) -> bool:
    """Indikationscode `XXXXX.NN` of price-model drugs (required on invoices since 2026-07-01)."""
    return bool(_INDICATION.fullmatch(code))


def mask_iban(account: str) -> str:
    """`CH93 **** **** **** *295 7`-like: the first four and last four characters stay readable."""
    plain = compact(account)
    return f"{plain[:4]} … {plain[-4:]}" if len(plain) > 8 else "…"
