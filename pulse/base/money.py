"""Amounts in Swiss francs: always `Decimal`, never a float."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from pulse.base.errors import InvalidInput

CENT = Decimal("0.01")
FIVE_CENTS = Decimal("0.05")
ZERO = Decimal("0.00")

# Apostrophes (ASCII, typographic, prime) and blanks group thousands on Swiss paper; minus signs come in three widths.
_GROUPING = str.maketrans("", "", "'’ʼ′\u00a0\u202f ")
_MINUS = str.maketrans("−–", "--")  # noqa: RUF100
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")
_CURRENCY = re.compile(r"^(?:CHF|Fr\.?|SFr\.?)|(?:CHF|Fr\.?|SFr\.?)$")
_NO_CENTS = re.compile(r"[.,][-–—]{1,2}$")


class NotAnAmount(InvalidInput):
    """The text is not an amount."""

    code = "not_an_amount"


def parse_amount(text: str) -> Decimal:
    """Reads an amount as people print it: `1'234.50`, `1’234.50`, `1 234,50`, `12.–`, `CHF 12.-`, `-5.00`.

    A comma or dot followed by exactly three digits with no other mark is refused as ambiguous. Raises `NotAnAmount`.
    """
    plain = _CURRENCY.sub("", text.strip()).strip()
    plain = _NO_CENTS.sub("", plain).translate(_MINUS).translate(_GROUPING)
    if "," in plain and "." in plain:
        plain = plain.replace(",", "") if plain.rindex(".") > plain.rindex(",") else plain.replace(".", "")
    if "," in plain:
        if plain.count(",") > 1 or re.search(r",\d{3}$", plain):
            raise NotAnAmount(length=len(text))
        plain = plain.replace(",", ".")
    if not plain.isascii() or not _PLAIN.fullmatch(plain):
        raise NotAnAmount(length=len(text))
    return Decimal(plain)


def to_cents(amount: Decimal) -> Decimal:
    """Rounds half up to 0.01."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def to_five_cents(amount: Decimal) -> Decimal:
    """Rounds half up to 0.05, the smallest coin: what amounts due are rounded to."""
    return ((amount / FIVE_CENTS).quantize(Decimal(1), ROUND_HALF_UP) * FIVE_CENTS).quantize(CENT)


def format_amount(amount: Decimal) -> str:
    """`1234.5` → `1'234.50`, with the straight apostrophe; used in letters and pages alike."""
    return f"{to_cents(amount):,.2f}".replace(",", "'")
