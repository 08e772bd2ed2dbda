"""Amounts in Swiss francs: always `Decimal`, never a float."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from pulse.base.errors import InvalidInput

CENT = Decimal("0.01")
FIVE_CENTS = Decimal("0.05")
ZERO = Decimal("0.00")

_MINUS = str.maketrans("−–—", "---")
_CURRENCY = re.compile(r"^(?:CHF|Fr\.?|SFr\.?)\s*|\s*(?:CHF|Fr\.?|SFr\.?)$", re.IGNORECASE)
_NO_CENTS = re.compile(r"[.,]-{1,2}$")
#: Apostrophes (ASCII, typographic, prime) and blanks group thousands on Swiss paper; dots and commas elsewhere.
_WHOLE = re.compile(
    r"(?P<sign>-?) ?"
    r"(?:(?P<plain>\d+)|(?P<grouped>\d{1,3}(?P<mark>['’ʼ′\u00a0\u202f\u2009 .,])\d{3}(?:(?P=mark)\d{3})*))"
    r"(?:(?P<point>[.,])(?P<decimals>\d{1,6}))?"
    r"(?P<behind>-?)"
)


class NotAnAmount(InvalidInput):
    """The text is not an amount."""

    code = "not_an_amount"


def parse_amount(text: str) -> Decimal:
    """Reads an amount as people print it: `1'234.50`, `1’234.50`, `1 234,50`, `12.–`, `CHF 12.-`, `-5.00`, `5.00-`.

    A comma or dot followed by exactly three digits with no other mark is refused as ambiguous (`1.234` may be a
    thousand), unless a zero stands before it. Raises `NotAnAmount`.
    """
    return _parse(text, points=frozenset())


def parse_number(text: str) -> Decimal:
    """Reads a quantity, factor or rate: as an amount, but `1.234` has three decimals. Raises `NotAnAmount`."""
    return _parse(text, points=frozenset("."))


def _parse(text: str, points: frozenset[str]) -> Decimal:
    """`points`: the marks that are a decimal point even before exactly three digits."""
    plain = _CURRENCY.sub("", text.strip()).translate(_MINUS)
    matched = _WHOLE.fullmatch(_NO_CENTS.sub("", plain)) if plain.isascii() or not _has_other_digits(plain) else None
    if matched is None:
        raise NotAnAmount(length=len(text))
    whole, mark, decimals = matched["plain"] or matched["grouped"], matched["mark"], matched["decimals"] or ""
    if mark and (mark == matched["point"] or whole[0] == "0"):
        raise NotAnAmount(length=len(text))
    if not mark and len(decimals) == 3 and len(whole) <= 3 and whole[0] != "0" and matched["point"] not in points:
        raise NotAnAmount(length=len(text))
    if matched["behind"] and (matched["sign"] or len(decimals) != 2):
        raise NotAnAmount(length=len(text))
    digits = "".join(one for one in whole if one.isdigit())
    sign = matched["sign"] or matched["behind"]
    return Decimal(f"{sign}{digits}.{decimals}" if decimals else f"{sign}{digits}")


def _has_other_digits(text: str) -> bool:
    return any(one.isdigit() and not one.isascii() for one in text)


def to_cents(amount: Decimal) -> Decimal:
    """Rounds half up to 0.01."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def to_five_cents(amount: Decimal) -> Decimal:
    """Rounds half up to 0.05, the smallest coin: what amounts due are rounded to."""
    return ((amount / FIVE_CENTS).quantize(Decimal(1), ROUND_HALF_UP) * FIVE_CENTS).quantize(CENT)


def format_amount(amount: Decimal) -> str:
    """`1234.5` → `1'234.50`, with the straight apostrophe; used in letters and pages alike."""
    return f"{to_cents(amount):,.2f}".replace(",", "'")
