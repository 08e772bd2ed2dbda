from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse.base import money


@pytest.mark.parametrize(
    ("printed", "amount"),
    [
        ("1'234.50", "1234.50"),
        ("1’234.50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("12.–", "12"),
        ("12.-", "12"),
        ("CHF 12.-", "12"),
        ("Fr. 7.05", "7.05"),
        ("-5.00", "-5.00"),
        ("–5.00", "-5.00"),
        ("0.05", "0.05"),
    ],
)
def test_amounts_are_read_as_people_print_them(printed: str, amount: str) -> None:
    assert money.parse_amount(printed) == Decimal(amount)


@pytest.mark.parametrize("printed", ["NaN", "1234.5O", "", "1,234", "12.3.4", "Infinity", "1e3", "١٢"])
def test_what_is_not_plainly_an_amount_is_refused(printed: str) -> None:
    with pytest.raises(money.NotAnAmount):
        money.parse_amount(printed)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_what_we_print_reads_back_as_the_same_amount(amount: Decimal) -> None:
    assert money.parse_amount(money.format_amount(amount)) == amount


@pytest.mark.parametrize(("exact", "due"), [("2514.52", "2514.50"), ("2514.53", "2514.55"), ("0.025", "0.05")])
def test_amounts_due_are_rounded_to_the_smallest_coin(exact: str, due: str) -> None:
    assert money.to_five_cents(Decimal(exact)) == Decimal(due)
