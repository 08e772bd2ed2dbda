from __future__ import annotations

import json
from typing import Any

import pytest

from pulse.claims.evaluate_year import NotAYear, as_json, year_of
from pulse.claims.rules.cost_share import InvalidCost

CLAIM = {"date": "2026-03-01", "amount": "100.00", "rate": 10}


def asked(**changes: Any) -> str:
    return json.dumps({"franchise": 300, "cap": "700.00", "claims": [CLAIM]} | changes)


def test_claims_are_answered_in_the_order_given_by_the_order_of_treatment() -> None:
    claims = [CLAIM | {"date": "2026-06-01", "amount": 300.5}, CLAIM | {"amount": 300}]
    assert as_json(year_of(asked(claims=claims)).shares()) == {
        "claims": [
            {"franchise": "0.00", "copayment": "30.05", "paid": "270.45"},
            {"franchise": "300.00", "copayment": "0.00", "paid": "0.00"},
        ]
    }


@pytest.mark.parametrize("rate", [40, "40", 0.4, "0.40", "40.0"])
def test_a_rate_is_told_in_percent_or_as_a_fraction(rate: object) -> None:
    (share,) = year_of(asked(franchise=0, claims=[CLAIM | {"rate": rate}])).shares()
    assert str(share.copayment) == "40.00"


def test_a_year_without_claims_has_no_shares() -> None:
    assert as_json(year_of(asked(claims=[])).shares()) == {"claims": []}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "not JSON"),
        ("[]", "input"),
        ("null", "input"),
        ("{}", "franchise"),
        (asked(franchise=-1), "franchise"),
        (asked(franchise=True), "franchise"),
        (asked(cap="much"), "cap"),
        (asked(cap=None), "cap"),
        (asked(cap="1e400"), "cap"),
        ('{"franchise": NaN, "cap": 700, "claims": []}', "franchise"),
        ('{"franchise": 0, "cap": Infinity, "claims": []}', "cap"),
        (asked(claims={}), "claims"),
        (asked(claims=[CLAIM | {"rate": 15}]), "claims.0.rate"),
        (asked(claims=[CLAIM | {"amount": "10.005"}]), "claims.0.amount"),
        (asked(claims=[CLAIM | {"amount": -5}]), "claims.0.amount"),
        (asked(claims=[CLAIM | {"date": "2026-02-30"}]), "claims.0.date"),
        (asked(claims=[CLAIM | {"date": 20260301}]), "claims.0.date"),
        (asked(claims=[CLAIM | {"person": 1}]), "claims.0.person"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_year_is_told_where(text: str, where: str) -> None:
    with pytest.raises(NotAYear, match=where):
        year_of(text)


def test_claims_of_two_years_are_refused() -> None:
    year = year_of(asked(claims=[CLAIM, CLAIM | {"date": "2025-03-01"}]))
    with pytest.raises(InvalidCost, match="calendar year"):
        year.shares()
