"""Prices and quantities: each check on both sides of its bound."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from one_position import codes, judged, pack

from pulse.claims.rules.facts import Rules


@pytest.mark.parametrize(
    ("changes", "payable", "reasons"),
    [
        ({"unit_price": "60.00", "amount": "60.00"}, "60.00", []),
        ({"unit_price": "71.56", "amount": "71.56"}, "71.55", ["PRICE_ABOVE_MAXIMUM"]),
        ({"unit_price": "80.00", "amount": "160.00", "quantity": "2"}, "143.10", ["PRICE_ABOVE_MAXIMUM"]),
        ({"unit_price": "71.55", "factor": "2", "amount": "143.10"}, "71.55", ["PRICE_ABOVE_MAXIMUM"]),
        ({"unit_price": "80.00", "factor": "0.5", "amount": "40.00"}, "40.00", []),
        ({"unit_price": None, "quantity": "2", "amount": "160.00"}, "143.10", ["PRICE_ABOVE_MAXIMUM"]),
        ({"unit_price": None, "quantity": "2", "amount": "143.10"}, "143.10", []),
        ({"unit_price": "10.00", "amount": "20.05", "quantity": "2"}, "20.05", []),
        ({"unit_price": "10.00", "amount": "20.06", "quantity": "2"}, "20.00", ["LINE_AMOUNT_DIFFERS"]),
        ({"unit_price": "10.00", "amount": "15.00", "quantity": "2"}, "15.00", []),
        (
            {"unit_price": "80.00", "amount": "200.00", "quantity": "2"},
            "143.10",
            ["LINE_AMOUNT_DIFFERS", "PRICE_ABOVE_MAXIMUM"],
        ),
        ({"quantity": "0.5", "amount": "35.78"}, "35.78", []),
        ({"quantity": None}, "71.55", []),
        ({"quantity": "100", "amount": "7155.00"}, "7155.00", []),
        ({"quantity": "101", "amount": "7226.55"}, "0.00", ["QUANTITY_IMPLAUSIBLE"]),
        ({"quantity": "0", "amount": "71.55", "unit_price": None}, "0.00", ["QUANTITY_IMPLAUSIBLE"]),
        ({"amount": "-71.55"}, "0.00", ["QUANTITY_IMPLAUSIBLE"]),
        ({"amount": None}, "0.00", ["AMOUNT_UNREADABLE"]),
        ({"quantity": "3", "amount": "214.65", "rules": Rules(most_packs=2)}, "0.00", ["QUANTITY_IMPLAUSIBLE"]),
    ],
)
def test_what_is_paid_of_a_price(changes: dict[str, Any], payable: str, reasons: list[str]) -> None:
    found = judged(**changes)
    assert (found.payable, codes(found)) == (Decimal(payable), reasons)
    assert found.needs_person == bool(reasons)


@pytest.mark.parametrize(("since", "reasons"), [("2026-06-10", []), ("2026-06-11", ["PRICE_OF_LATER_DAY"])])
def test_a_price_that_is_known_from_later_only_is_in_doubt(since: str, reasons: list[str]) -> None:
    found = judged(pack=pack(price_since=date.fromisoformat(since)))
    assert (found.outcome, codes(found), found.needs_person) == ("full", reasons, bool(reasons))


def test_a_pack_without_a_list_price_is_in_doubt_whatever_it_costs() -> None:
    found = judged(pack=pack(None), unit_price="500.00", amount="500.00")
    assert (found.outcome, codes(found), found.needs_person) == ("full", ["NO_LIST_PRICE"], True)


@pytest.mark.parametrize(
    ("tariff", "day", "rate", "usual"),
    [
        ("402", "2026-06-10", "2.6", True),
        ("402", "2026-06-10", "2.60", True),
        ("402", "2026-06-10", "0", True),
        ("402", "2026-06-10", None, True),
        ("402", "2026-06-10", "8.1", False),
        ("402", "2024-01-01", "2.5", False),
        ("402", "2023-12-31", "2.5", True),
        ("406", "2026-06-10", "8.1", True),
        ("406", "2026-06-10", "7.7", False),
    ],
)
def test_an_unusual_vat_rate_is_remarked(tariff: str, day: str, rate: str | None, usual: bool) -> None:
    found = judged(tariff=tariff, vat_rate=rate, day=date.fromisoformat(day))
    assert codes(found) == ([] if usual else ["VAT_IMPLAUSIBLE"])
    assert (found.outcome, found.needs_person) == ("full", False)
