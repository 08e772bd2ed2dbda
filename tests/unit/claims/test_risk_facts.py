"""What the risk tables are asked about a position, from registers, lists and earlier cases."""

from __future__ import annotations

from datetime import date
from typing import Any

import office
import pytest
from claim_steps import decided, settled
from office import TestOffice

from db import decisions, packages, providers
from pulse.claims.rules.risk_inputs import can_be_abused

OTHER_GLN, THIRD_GLN = "7601000002112", "7601000003119"


@pytest.fixture(autouse=True)
def _registered(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        for gln in (OTHER_GLN, THIRD_GLN):
            providers.add(connection, gln=gln, name="Andere Apotheke", valid_from=date(2020, 1, 1))
        office.add_pack(connection, "7680551230014", "Beruhigung Tabl 15 mg 20 Stk", "8.00", atc="N05BA04")


def asked(desk: TestOffice, number: str, code: str = office.ABUSED, **changes: Any) -> dict[str, Any]:
    """What is asked about the only position of a new case."""
    day = changes.pop("day", "2026-06-10")
    quantity = changes.pop("quantity", "1")
    amount = str({"1": 12.30, "2": 24.60}[quantity])
    row = office.position(code=code, date=day, quantity=quantity, unit_price="12.30", amount=amount)
    settled(desk, invoice_number=number, positions=[row], **changes)
    return dict(desk.engine.asked[-1])


def biller(gln: str) -> dict[str, Any]:
    return {"gln": gln, "name": "Andere Apotheke"}


def test_packs_and_places_of_supply_of_90_days_are_counted_this_case_included(desk: TestOffice) -> None:
    first = asked(desk, "1", day="2026-03-12")
    assert (first["packs_90_days"], first["billers_90_days"]) == (1.0, 1)
    asked(desk, "2", day="2026-03-13", quantity="2", biller=biller(OTHER_GLN))
    asked(desk, "3", day="2026-05-01", biller=biller(THIRD_GLN))
    latest = asked(desk, "4", day="2026-06-10")
    assert (latest["packs_90_days"], latest["billers_90_days"]) == (4.0, 3)


def test_a_case_that_was_denied_handed_nothing_out(desk: TestOffice) -> None:
    desk.engine.level = "high"
    denied = settled(desk, invoice_number="1", positions=[office.position(code=office.ABUSED, date="2026-05-01")])
    decided(desk, denied, "deny", "P814", place="review_high_risk")
    assert asked(desk, "2")["packs_90_days"] == 1.0


def test_a_pharmacys_service_is_no_medication_and_is_not_asked_about(desk: TestOffice) -> None:
    drug = office.position(code=office.LISTED)
    service = office.position(line=2, tariff="LOA", code="1", name="Sicherheits-Check", unit_price=None, amount="5.08")
    case = settled(desk, invoice_number="1", positions=[drug, service])
    with desk.database.read() as connection:
        assert [one.line for one in decisions.assessments_of(connection, case)] == [1]


def test_the_lists_of_the_day_are_asked_with(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        row = {"gtin": office.ABUSED, "category": "B", "narcotic_list": "b", "atc": "N05BA06"}
        packages.replace(connection, "swissmedic", [row], day=date(2026, 1, 1))
    inputs = asked(desk, "1")
    assert (inputs["swissmedic_category"], inputs["narcotic_list"], inputs["atc"]) == ("B", "b", "N05BA06")
    assert (inputs["packs_90_days"], inputs["milligrams_90_days"]) == (1.0, 30.0)
    assert inputs["abuse_risk"] == 1


def test_the_cost_of_the_year_before_is_what_was_approved_for_the_person(desk: TestOffice) -> None:
    earlier = settled(desk, invoice_number="1", invoice_date="2026-05-02")
    decided(desk, earlier, "approve", "P801")
    too_old = settled(desk, invoice_number="2", invoice_date="2025-06-11")
    decided(desk, too_old, "approve", "P801")
    settled(desk, invoice_number="3", invoice_date="2026-05-03")
    assert asked(desk, "4")["cost_12_months"] == 71.55


def test_a_supply_is_told_in_milligrams_where_the_list_names_the_strength(desk: TestOffice) -> None:
    assert asked(desk, "1", code="7680551230014")["milligrams_90_days"] == 300.0
    assert asked(desk, "2", code=office.UNLISTED)["milligrams_90_days"] is None


@pytest.mark.parametrize(
    ("inputs", "outputs", "expected"),
    [
        ({"abuse_risk": 1}, {}, True),
        ({"abuse_risk": 0}, {"potential_rule": "potential-list-b"}, True),
        ({"abuse_risk": 0}, {"potential_rule": "potential-none"}, False),
        ({"abuse_risk": 0}, {}, False),
        ({}, {"potential_rule": None}, False),
    ],
)
def test_a_medication_can_be_abused_by_the_register_or_by_the_table(
    inputs: dict[str, Any], outputs: dict[str, Any], expected: bool
) -> None:
    assert can_be_abused(inputs, outputs) is expected
