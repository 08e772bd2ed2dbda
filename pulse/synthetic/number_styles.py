"""Amounts as people print them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from pulse.base.money import to_cents

NumberStyle = Callable[[Decimal], str]


def plain(number: Decimal) -> str:
    """`1234.50`."""
    return f"{to_cents(number):.2f}"


def straight(number: Decimal) -> str:
    """`1'234.50`."""
    return f"{to_cents(number):,.2f}".replace(",", "'")


def curly(number: Decimal) -> str:
    """`1’234.50`."""
    return straight(number).replace("'", "’")


def comma(number: Decimal) -> str:
    """`1 234,50`."""
    return straight(number).replace(".", ",").replace("'", " ")


def dash(number: Decimal) -> str:
    """`12.–` where there are no centimes, else `1'234.50`."""
    text = straight(number)
    return text.removesuffix("00") + "–" if text.endswith(".00") else text


NUMBER_STYLES: dict[str, NumberStyle] = {
    "plain": plain,
    "straight": straight,
    "curly": curly,
    "comma": comma,
    "dash": dash,
}
#: The Forum's form is filled by programs that keep to two decimals and a point.
FORM_STYLES = ("plain", "plain", "plain", "straight", "curly")
