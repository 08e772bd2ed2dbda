from __future__ import annotations

from decimal import Decimal
from typing import Any

import office
import pytest

from pulse.base.reasons import Reason
from pulse.claims.rules.position import Judgement, Listing, gtin_of, judge
from pulse.invoices.model import Position

TOLERANCE = Decimal("0.05")


def judged(*, covered: bool = True, listed: bool = True, maximum: str | None = "71.55", **changes: Any) -> Judgement:
    position = Position.model_validate(office.position(**changes))
    listing = Listing(listed=listed, maximum_price=Decimal(maximum) if maximum else None)
    return judge(position, covered=covered, listing=listing, tolerance=TOLERANCE)


def test_a_listed_pack_at_its_maximum_price_is_paid_in_full() -> None:
    assert judged() == Judgement(line=1, outcome="full", payable=Decimal("71.55"))


def test_a_pack_below_its_maximum_price_is_paid_as_billed() -> None:
    assert judged(unit_price="60.00", amount="60.00").payable == Decimal("60.00")


def test_a_price_above_the_maximum_is_cut_to_it() -> None:
    cut = judged(unit_price="80.00", amount="160.00", quantity="2")
    assert (cut.outcome, cut.payable, cut.reasons) == ("partial", Decimal("143.10"), (Reason.PRICE_ABOVE_MAXIMUM,))


def test_a_factor_does_not_lift_a_price_over_the_maximum() -> None:
    cut = judged(unit_price="71.55", factor="2", amount="143.10")
    assert (cut.payable, cut.reasons) == (Decimal("71.55"), (Reason.PRICE_ABOVE_MAXIMUM,))


def test_a_line_that_asks_for_more_than_quantity_times_price_is_cut() -> None:
    cut = judged(unit_price="10.00", amount="30.00", quantity="2")
    assert (cut.payable, cut.reasons) == (Decimal("20.00"), (Reason.LINE_AMOUNT_DIFFERS,))


def test_a_line_rounded_to_five_centimes_is_paid_as_printed() -> None:
    assert judged(unit_price="10.03", amount="20.05", quantity="2").outcome == "full"


def test_a_line_that_asks_for_less_is_paid_as_billed() -> None:
    assert judged(unit_price="10.00", amount="15.00", quantity="2").payable == Decimal("15.00")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"listed": False}, Reason.NOT_LISTED),
        ({"maximum": None}, Reason.NOT_LISTED),
        ({"covered": False}, Reason.NO_COVER_ON_DATE),
        ({"code": "7680562090042"}, Reason.GTIN_INVALID),
        ({"code": ""}, Reason.GTIN_MISSING),
        ({"tariff": "400", "code": "1234567"}, Reason.GTIN_MISSING),
        ({"tariff": "001"}, Reason.TARIFF_NOT_COVERED),
        ({"quantity": "0", "amount": "0.00"}, Reason.QUANTITY_IMPLAUSIBLE),
        ({"quantity": "1000", "amount": "71550.00"}, Reason.QUANTITY_IMPLAUSIBLE),
        ({"amount": "-71.55"}, Reason.QUANTITY_IMPLAUSIBLE),
    ],
)
def test_what_is_not_ours_to_pay_is_not_paid_and_says_why(changes: dict[str, Any], reason: Reason) -> None:
    refused = judged(**changes)
    assert (refused.outcome, refused.payable, refused.reasons) == ("none", Decimal("0.00"), (reason,))


def test_half_a_pack_is_paid_for_half() -> None:
    assert judged(quantity="0.5", amount="35.78").outcome == "full"


def test_a_line_without_unit_price_is_judged_by_its_amount() -> None:
    assert judged(unit_price=None, quantity="2", amount="160.00").payable == Decimal("143.10")


@pytest.mark.parametrize("code", ["07680562090041", "7680562090041", " 7680 5620 90041"])
def test_leading_zeros_and_blanks_do_not_change_a_gtin(code: str) -> None:
    assert gtin_of(Position.model_validate(office.position(code=code))) == "7680562090041"
