"""Limitations, approvals and Indikationscodes: each check on both sides of its bound."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import office
import pytest
from one_position import DAY, codes, judged, limited, pack

from pulse.claims.rules.facts import Approval, Limitation

CODE, OTHER = "20461.01", "20461.02"


def approval(**changes: Any) -> Approval:
    own: dict[str, Any] = {"gtin": office.LISTED, "valid_from": date(2026, 1, 1), "valid_until": date(2026, 12, 31)}
    return Approval(**own | changes)


@pytest.mark.parametrize(
    ("given", "payable", "reasons"),
    [
        ([], "0.00", ["APPROVAL_MISSING"]),
        ([approval()], "143.10", []),
        ([approval(valid_from=DAY, valid_until=DAY)], "143.10", []),
        ([approval(valid_until=date(2026, 6, 9))], "0.00", ["APPROVAL_MISSING"]),
        ([approval(valid_from=date(2026, 6, 11))], "0.00", ["APPROVAL_MISSING"]),
        ([approval(valid_until=None)], "143.10", []),
        ([approval(gtin=office.ABUSED)], "0.00", ["APPROVAL_MISSING"]),
        ([approval(gtin=None, atc="N05AX")], "143.10", []),
        ([approval(gtin=None, atc="L01")], "0.00", ["APPROVAL_MISSING"]),
        ([approval(gtin=None)], "0.00", ["APPROVAL_MISSING"]),
        ([approval(packs=Decimal(2))], "143.10", []),
        ([approval(packs=Decimal(1))], "71.55", ["APPROVAL_USED_UP"]),
        ([approval(packs=Decimal(1)), approval(packs=Decimal(1))], "143.10", []),
        ([approval(packs=Decimal(0))], "0.00", ["APPROVAL_USED_UP"]),
        ([approval(packs=Decimal(0)), approval()], "143.10", []),
    ],
)
def test_where_an_approval_is_asked_for_only_what_it_covers_is_paid(
    given: list[Approval], payable: str, reasons: list[str]
) -> None:
    needing = pack(limitations=(Limitation(code="L1", needs_approval=True),), atc="N05AX12")
    found = judged(pack=needing, approvals=tuple(given), quantity="2", amount="143.10")
    assert (found.payable, codes(found)) == (Decimal(payable), [*reasons, "LIMITATION_APPLIES"])
    assert found.needs_person == bool(reasons)


def test_an_approval_for_another_indication_does_not_cover() -> None:
    needing = limited(needs_approval=True)
    assert judged(pack=needing, approvals=(approval(indication_code=OTHER),), indication_code=OTHER).outcome == "full"
    assert judged(pack=needing, approvals=(approval(indication_code=OTHER),), indication_code=CODE).outcome == "none"
    assert judged(pack=needing, approvals=(approval(indication_code=OTHER),)).outcome == "full"


def test_only_the_limitation_of_the_stated_indication_asks_for_an_approval() -> None:
    both = pack(
        limitations=(
            Limitation(code="L1", needs_approval=True, indication_codes=(CODE,)),
            Limitation(code="L2", indication_codes=(OTHER,)),
        )
    )
    assert judged(pack=both, indication_code=OTHER).outcome == "full"
    assert judged(pack=both, indication_code=CODE).outcome == "none"
    assert judged(pack=both).outcome == "none"


def test_a_limitation_that_an_invoice_cannot_show_is_remarked() -> None:
    found = judged(pack=limited())
    assert (found.outcome, codes(found), found.needs_person) == ("full", ["LIMITATION_APPLIES"], False)


@pytest.mark.parametrize(("quantity", "doubtful"), [("2", False), ("3", True)])
def test_more_packs_than_a_limitation_allows_are_in_doubt(quantity: str, doubtful: bool) -> None:
    amount = str(Decimal("71.55") * int(quantity))
    found = judged(pack=limited(packs=2), quantity=quantity, amount=amount)
    assert (found.outcome, found.needs_person, "LIMITATION_PACKS" in codes(found)) == ("full", doubtful, doubtful)


@pytest.mark.parametrize(
    ("day", "outcome", "reasons"),
    [
        ("2026-06-30", "full", []),
        ("2026-07-01", "full", ["INDICATION_CODE_MISSING"]),
        ("2026-12-31", "full", ["INDICATION_CODE_MISSING"]),
        ("2027-01-01", "none", ["INDICATION_CODE_MISSING"]),
    ],
)
@pytest.mark.parametrize("listed", [limited(indication_codes=(CODE,)), pack(price_model=True)])
def test_a_missing_indication_code_is_in_doubt_first_and_refused_from_2027(
    day: str, outcome: str, reasons: list[str], listed: Any
) -> None:
    found = judged(pack=listed, day=date.fromisoformat(day))
    assert (found.outcome, [code for code in codes(found) if code != "LIMITATION_APPLIES"]) == (outcome, reasons)
    assert found.needs_person == bool(reasons)


@pytest.mark.parametrize(
    ("stated", "reasons"),
    [
        ({"indication_code": CODE}, []),
        ({"remark": f"Indikation {CODE}, Dauerrezept"}, []),
        ({"remark": f"{OTHER}/{CODE}"}, []),
        ({"indication_code": OTHER}, ["INDICATION_CODE_UNKNOWN"]),
        ({"indication_code": "ja"}, ["INDICATION_CODE_UNKNOWN"]),
        ({"remark": OTHER}, ["INDICATION_CODE_UNKNOWN"]),
        ({"remark": "Tel. 031.12345.67"}, ["INDICATION_CODE_MISSING"]),
        ({"remark": "120461.01"}, ["INDICATION_CODE_MISSING"]),
    ],
)
def test_an_indication_code_is_looked_for_in_its_place_and_in_the_remark(
    stated: dict[str, str], reasons: list[str]
) -> None:
    found = judged(pack=limited(indication_codes=(CODE,)), day=date(2027, 1, 1), **stated)
    assert codes(found) == [*reasons, "LIMITATION_APPLIES"]
    assert found.outcome == ("none" if reasons else "full")


def test_a_pack_without_codes_needs_none() -> None:
    assert codes(judged(day=date(2027, 1, 1), indication_code=OTHER)) == []


def test_a_price_model_pack_whose_codes_the_list_does_not_tell_takes_any() -> None:
    assert codes(judged(pack=pack(price_model=True), day=date(2027, 1, 1), indication_code=OTHER)) == []
