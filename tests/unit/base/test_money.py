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
        ("− 5.00", "-5.00"),
        ("5.00-", "-5.00"),
        ("-1'234.50", "-1234.50"),
        ("CHF -12.–", "-12"),
        ("12.—", "12"),
        ("1,234.50", "1234.50"),
        ("1'234'567.–", "1234567"),
        ("1.234.567", "1234567"),
        ("0.05", "0.05"),
        ("0.125", "0.125"),
        ("1234.125", "1234.125"),
    ],
)
def test_amounts_are_read_as_people_print_them(printed: str, amount: str) -> None:
    assert money.parse_amount(printed) == Decimal(amount)


@pytest.mark.parametrize(
    "printed",
    [
        "NaN",
        "1234.5O",
        "l2.50",
        "1 2.50",
        "12'34.50",
        "1'23.50",
        "1'234’567.00",
        "1.234.50",
        "1,234",
        "1.234",
        "0'123.00",
        "12.3.4",
        "12-",
        "-5.00-",
        ".50",
        "-.50",
        "12.",
        "--5.00",
        "(5.00)",
        "EUR 5.00",
        "5.00 %",
        "Infinity",
        "1e3",
        "١٢",
        "",
    ],
)
def test_what_is_not_plainly_an_amount_is_refused(printed: str) -> None:
    with pytest.raises(money.NotAnAmount):
        money.parse_amount(printed)


@pytest.mark.parametrize(("printed", "number"), [("0.893", "0.893"), ("1.234", "1.234"), ("1'234.5", "1234.5")])
def test_a_dot_in_a_rate_is_a_decimal_point(printed: str, number: str) -> None:
    assert money.parse_number(printed) == Decimal(number)


def test_a_comma_before_three_digits_is_ambiguous_in_a_rate_too() -> None:
    with pytest.raises(money.NotAnAmount):
        money.parse_number("1,234")


AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@given(
    AMOUNTS,
    st.sampled_from(["", "'", "’", " ", "\u00a0", "\u202f"]),
    st.sampled_from(".,"),
    st.sampled_from("-−–"),
    st.sampled_from(["", "CHF ", "Fr. "]),
)
def test_every_way_to_print_an_amount_reads_back(amount: Decimal, group: str, point: str, sign: str, unit: str) -> None:
    whole, cents = f"{abs(amount):,.2f}".split(".")
    printed = f"{unit}{sign if amount < 0 else ''}{whole.replace(',', group)}{point}{cents}"
    assert money.parse_amount(printed) == amount


@given(AMOUNTS, st.data())
def test_a_letter_among_the_digits_is_never_an_amount(amount: Decimal, data: st.DataObject) -> None:
    printed = money.format_amount(amount)
    at = data.draw(st.sampled_from([index for index, letter in enumerate(printed) if letter.isdigit()]))
    with pytest.raises(money.NotAnAmount):
        money.parse_amount(printed[:at] + data.draw(st.sampled_from("OoIlSBZ")) + printed[at + 1 :])


@given(st.text(alphabet="0123456789'’ .,-–CHF", max_size=12))
def test_what_is_read_has_the_digits_that_were_printed(printed: str) -> None:
    try:
        amount = money.parse_amount(printed)
    except money.NotAnAmount:
        return
    digits = "".join(one for one in printed if one.isdigit())
    assert "".join(map(str, amount.as_tuple().digits)).lstrip("0") == digits.lstrip("0")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_what_we_print_reads_back_as_the_same_amount(amount: Decimal) -> None:
    assert money.parse_amount(money.format_amount(amount)) == amount


@pytest.mark.parametrize(("exact", "due"), [("2514.52", "2514.50"), ("2514.53", "2514.55"), ("0.025", "0.05")])
def test_amounts_due_are_rounded_to_the_smallest_coin(exact: str, due: str) -> None:
    assert money.to_five_cents(Decimal(exact)) == Decimal(due)
