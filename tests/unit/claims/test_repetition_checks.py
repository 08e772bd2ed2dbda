"""Repetition and pharmacies' services: each check on both sides of its bound."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import office
import pytest
from one_position import before, codes, judged

from pulse.claims.rules.checks.services import table


@pytest.mark.parametrize(
    ("history", "outcome", "reasons"),
    [
        ([], "full", []),
        ([before(0)], "none", ["ALREADY_BILLED"]),
        ([before(0, biller="P012345")], "none", ["ALREADY_BILLED"]),
        ([before(0, biller="7601000000019")], "full", ["DISPENSED_ELSEWHERE"]),
        ([before(0, biller=None)], "full", ["DISPENSED_ELSEWHERE"]),
        ([before(0, biller="7601000000019"), before(0)], "none", ["ALREADY_BILLED"]),
        ([before(0, gtin=office.ABUSED)], "full", []),
        ([before(30)], "full", []),
    ],
)
def test_one_dispensing_is_paid_once(history: list[Any], outcome: str, reasons: list[str]) -> None:
    invoice = office.invoice(biller={"gln": office.PROVIDER_GLN, "zsr": "P 012345"})
    found = judged(history=tuple(history), invoice=invoice)
    assert (found.outcome, codes(found), found.needs_person) == (outcome, reasons, bool(reasons))


@pytest.mark.parametrize(
    ("history", "early"),
    [
        # One pack has lasted 28 days: three quarters of the next 28 are 21.
        ([before(49), before(21)], False),
        ([before(48), before(20)], True),
        # Two packs in 56 days, two again: 42 of 56 days.
        ([before(98, packs="2"), before(42, packs="2")], False),
        ([before(97, packs="2"), before(41, packs="2")], True),
        # Weekly dispensing, as always.
        ([before(21), before(14), before(7)], False),
        # Nothing to measure by: within a week.
        ([before(7)], False),
        ([before(6)], True),
        ([before(6), before(6, biller="7601000000019")], True),
        ([before(6, gtin=office.ABUSED)], False),
    ],
)
def test_a_refill_before_three_quarters_of_the_supply_is_in_doubt(history: list[Any], early: bool) -> None:
    found = judged(history=tuple(history))
    assert (found.outcome, codes(found), found.needs_person) == ("full", ["EARLY_REFILL"] if early else [], early)


def test_a_pack_on_two_lines_of_one_day_is_in_doubt() -> None:
    found = judged(again=True)
    assert (found.outcome, codes(found), found.needs_person) == ("full", ["BILLED_TWICE"], True)


def service(**changes: Any) -> Any:
    own = {"tariff": "LOA", "code": "L01", "name": "Sicherheits-Check", "unit_price": None, "amount": "5.08"}
    return judged(**{"beside_prescription": True} | own | changes)


@pytest.mark.parametrize(
    ("changes", "payable", "reasons"),
    [
        ({}, "5.08", []),
        ({"amount": "5.13"}, "5.13", []),
        ({"amount": "5.14"}, "5.08", ["SERVICE_ABOVE_MAXIMUM"]),
        ({"amount": "10.16", "quantity": "2"}, "10.16", []),
        ({"name": "Wochen-Dosiersystem 3 - 5 Medikamente", "amount": "9.18"}, "9.18", []),
        ({"name": "Wochen-Dosiersystem ab 9 Medikamenten", "amount": "30.00"}, "21.29", ["SERVICE_ABOVE_MAXIMUM"]),
        ({"name": "Hausbesuch"}, "5.08", ["SERVICE_NOT_IN_TABLE"]),
        ({"beside_prescription": False}, "0.00", ["SERVICE_WITHOUT_DRUG"]),
        ({"unit_price": "1.40", "quantity": "1", "factor": "3.63"}, "5.08", []),
    ],
)
def test_a_pharmacys_service_is_paid_by_its_table_beside_a_prescription(
    changes: dict[str, Any], payable: str, reasons: list[str]
) -> None:
    found = service(**changes)
    assert (found.payable, codes(found), found.needs_person) == (Decimal(payable), reasons, bool(reasons))


def test_a_service_before_the_table_holds_is_in_doubt() -> None:
    assert codes(service(day=date(2025, 12, 31))) == ["SERVICE_NOT_IN_TABLE"]
    assert codes(service(day=date(2026, 1, 1))) == []


def test_the_table_of_services_gives_the_published_prices() -> None:
    assert [one.price for one in table()] == [Decimal("5.08"), Decimal("9.18"), Decimal("21.29")]
