"""Cover, law, tariff and article: each check on both sides of its bound."""

from __future__ import annotations

from datetime import date
from typing import Any

import office
import pytest
from one_position import COVER, codes, judged, pack

from pulse.claims.rules.coverage import Cover


def cover(begins: str = "2020-01-01", ends: str | None = None) -> Cover:
    return Cover(law="KVG", begins=date.fromisoformat(begins), ends=date.fromisoformat(ends) if ends else None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"cover": cover(begins="2026-06-10")}, None),
        ({"cover": cover(begins="2026-06-11")}, "NO_COVER_ON_DATE"),
        ({"cover": cover(ends="2026-06-10")}, None),
        ({"cover": cover(ends="2026-06-09")}, "NO_COVER_ON_DATE"),
        ({"day": None}, "TREATMENT_DATE_MISSING"),
        ({"match": "mismatch"}, "CLIENT_MISMATCH"),
        ({"match": "unknown"}, "NOT_INSURED"),
        ({"invoice": office.invoice(law=None)}, None),
        ({"invoice": office.invoice(law="KVG")}, None),
        ({"invoice": office.invoice(law="UVG")}, "LAW_DIFFERS"),
        ({"invoice": office.invoice(law="UVG"), "cover": Cover(law="UVG", begins=COVER.begins, ends=None)}, None),
        ({"tariff": "007"}, "TARIFF_NOT_COVERED"),
        ({"tariff": "317"}, "TARIFF_NOT_COVERED"),
        ({"tariff": "XYZ"}, "TARIFF_UNKNOWN"),
        ({"tariff": "452", "code": "15.01.01.00.1"}, "AIDS_AND_DEVICES"),
        ({"code": ""}, "GTIN_MISSING"),
        ({"code": "7680562090042"}, "GTIN_INVALID"),
        ({"code": "12345"}, "GTIN_INVALID"),
        ({"tariff": "400", "code": "1234567"}, "PHARMACODE_UNKNOWN"),
        ({"tariff": "400", "code": "1234567", "gtin": office.LISTED, "pack": pack()}, None),
        ({"tariff": "400", "code": "7680562090041"}, None),
        ({"pack": None}, "NOT_LISTED"),
        ({"pack": pack(status="unknown")}, "NOT_LISTED"),
        ({"pack": pack(status="not_yet")}, "NOT_YET_LISTED"),
        ({"pack": pack(status="delisted")}, "DELISTED"),
    ],
)
def test_what_is_not_ours_to_pay_is_refused_and_says_why(changes: dict[str, Any], reason: str | None) -> None:
    found = judged(**changes)
    assert codes(found) == ([reason] if reason else [])
    assert (found.outcome, found.needs_person) == (("none", True) if reason else ("full", False))


@pytest.mark.parametrize(("day", "reasons"), [("2021-06-01", []), ("2021-05-31", ["TREATMENT_TOO_OLD"])])
def test_a_claim_of_more_than_five_years_ago_is_a_persons_to_look_at(day: str, reasons: list[str]) -> None:
    found = judged(day=date.fromisoformat(day), invoice=office.invoice(invoice_date="2026-06-30"))
    assert (codes(found), found.outcome, found.needs_person) == (reasons, "full", bool(reasons))


@pytest.mark.parametrize("law", [None, "VVG"])
def test_supplementary_insurance_follows_a_contract_that_a_person_knows(law: str | None) -> None:
    by_contract = Cover(law="VVG", begins=COVER.begins, ends=None)
    found = judged(invoice=office.invoice(law=law), cover=by_contract)
    assert (codes(found), found.outcome, found.needs_person) == (["BY_CONTRACT"], "full", True)


def test_one_reason_does_not_drag_others_behind_it() -> None:
    assert codes(judged(code="7680562090042", unit_price="900.00", amount="900.00")) == ["GTIN_INVALID"]


def test_a_foreign_number_on_the_list_is_as_good_as_a_swiss_one() -> None:
    ean = "4003098030016"
    assert judged(code=ean, pack=pack(gtin=ean)).outcome == "full"
