from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import office
import one_position
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulse.base.money import FIVE_CENTS, ZERO
from pulse.base.reasons import Reason
from pulse.claims.rules.facts import PositionFacts
from pulse.claims.rules.position import Judgement, judge
from pulse.claims.rules.settlement import Settlement, billed_total, settle, with_amounts
from pulse.invoices.model import Invoice, Position

TOLERANCE = Decimal("0.05")


def settled(maximum: str | dict[int, str] = "71.55", **changes: Any) -> Settlement:
    prices = maximum if isinstance(maximum, dict) else {}

    invoice = office.invoice(**changes)

    def judged(position: Position) -> Judgement:
        price = prices.get(position.line, maximum if isinstance(maximum, str) else "0")
        return judge(known(invoice, position, Decimal(price) if price != "0" else None))

    return settle(invoice, judged, tolerance=TOLERANCE)


def known(invoice: Invoice, position: Position, maximum: Decimal | None, *, covered: bool = True) -> PositionFacts:
    """A position of a pack with this maximum price; without one it is not on the list."""
    pack = None if maximum is None else one_position.pack(str(maximum))
    day = one_position.DAY if covered else date(2019, 12, 31)
    gtin = office.LISTED
    return PositionFacts(invoice=invoice, position=position, day=day, cover=one_position.COVER, gtin=gtin, pack=pack)


def test_an_invoice_of_payable_lines_is_payable_in_full() -> None:
    result = settled(positions=[office.position(1), office.position(2)])
    assert (result.outcome, result.payable_amount, result.rounding) == ("full", Decimal("143.10"), ZERO)


def test_one_line_that_is_not_payable_makes_it_partial() -> None:
    result = settled({1: "71.55", 2: "0"}, positions=[office.position(1), office.position(2)])
    assert (result.outcome, result.payable_amount) == ("partial", Decimal("71.55"))


def test_no_payable_line_makes_it_none() -> None:
    assert settled("0").outcome == "none"


@pytest.mark.parametrize("total", ["71.50", "71.60"])
def test_a_total_rounded_to_five_centimes_is_paid_as_stated(total: str) -> None:
    result = settled(total_amount=total)
    assert (result.outcome, result.payable_amount) == ("full", Decimal(total))
    assert result.lines[0].payable + result.rounding == Decimal(total)


def test_a_sum_that_differs_is_a_persons_business_and_never_paid_above_the_total() -> None:
    result = settled(positions=[office.position(1), office.position(2)], total_amount="100.00")
    assert (result.outcome, result.payable_amount, result.reasons) == (
        "partial",
        Decimal("100.00"),
        (Reason.SUM_DIFFERS,),
    )
    assert [line.payable for line in result.lines] == [Decimal("71.55"), Decimal("28.45")]


@pytest.mark.parametrize("subtype", ["storno", "refund"])
def test_an_invoice_that_takes_money_back_pays_nothing_by_itself_and_says_so(subtype: str) -> None:
    result = settled(subtype=subtype)
    assert (result.outcome, result.reasons) == ("none", (Reason.CANCELS,))
    assert Reason.CANCELS in result.lines[0].reasons


def test_a_negative_line_leaves_the_whole_invoice_to_a_person() -> None:
    result = settled(positions=[office.position(1), office.position(2, unit_price="-5.00", amount="-5.00")])
    assert (result.outcome, result.payable_amount, result.reasons) == ("none", ZERO, (Reason.QUANTITY_IMPLAUSIBLE,))


def test_a_prepayment_on_an_invoice_that_we_pay_is_a_persons_business() -> None:
    assert settled(prepaid_amount="20.00").reasons == (Reason.AMOUNT_DUE_DIFFERS,)
    assert settled(prepaid_amount="20.00", tiers="garant").outcome == "full"


def test_a_total_without_line_amounts_goes_line_by_line_up_to_each_ceiling() -> None:
    invoice = office.invoice(
        positions=[office.position(n, unit_price=None, amount=None) for n in (1, 2)], total_amount="100.00"
    )
    filled = with_amounts(invoice, {1: Decimal("71.55"), 2: Decimal("71.55")})
    assert [p.amount for p in filled.positions] == [Decimal("71.55"), Decimal("28.45")]


def test_what_no_ceiling_covers_goes_to_the_line_that_is_not_listed() -> None:
    invoice = office.invoice(
        positions=[office.position(n, unit_price=None, amount=None) for n in (1, 2)], total_amount="100.00"
    )
    filled = with_amounts(invoice, {2: Decimal("71.55")})
    assert [p.amount for p in filled.positions] == [Decimal("28.45"), Decimal("71.55")]


amounts = st.decimals(min_value=-20, max_value=500, places=2)
rows = st.fixed_dictionaries(
    {
        "quantity": st.sampled_from(["1", "2", "3", "0.5", "0"]),
        "unit_price": st.none() | amounts.map(str),
        "factor": st.sampled_from(["1", "2", "0.9"]),
        "amount": amounts.map(str),
        "maximum": amounts.map(lambda value: str(max(value, ZERO))),
        "covered": st.booleans(),
    }
)


@example(
    lines=[
        {"quantity": "1", "unit_price": "-0.01", "factor": "1", "amount": "0.05", "maximum": "0.00", "covered": True},
        {"quantity": "1", "unit_price": None, "factor": "1", "amount": "0.02", "maximum": "0.02", "covered": True},
    ],
    total=Decimal("0.01"),
    tiers="payant",
)
@given(st.lists(rows, min_size=1, max_size=6), st.none() | amounts, st.sampled_from(["payant", "garant"]))
def test_the_lines_add_up_to_the_payable_amount_which_is_never_above_the_billed_total(
    lines: list[dict[str, Any]], total: Decimal | None, tiers: str
) -> None:
    positions = [
        office.position(n, **{k: row[k] for k in ("quantity", "unit_price", "factor", "amount")})
        for n, row in enumerate(lines, start=1)
    ]
    changes = {} if total is None else {"total_amount": str(total)}
    invoice: Invoice = office.invoice(positions=positions, tiers=tiers, **changes)

    def judged(position: Position) -> Judgement:
        row = lines[position.line - 1]
        return judge(known(invoice, position, Decimal(row["maximum"]), covered=row["covered"]))

    result = settle(invoice, judged, tolerance=TOLERANCE)
    billed = billed_total(invoice)
    assert sum((line.payable for line in result.lines), ZERO) + result.rounding == result.payable_amount
    assert ZERO <= result.payable_amount <= max(billed, ZERO)
    assert abs(result.rounding) <= FIVE_CENTS
    assert result.rounding == ZERO or result.outcome == "full"
    assert (result.outcome == "none") == (result.payable_amount == ZERO)
    if result.outcome == "full":
        assert result.payable_amount == billed
    for line, position in zip(result.lines, invoice.positions, strict=True):
        assert ZERO <= line.payable <= max(position.amount or ZERO, ZERO)
        assert line.reasons or line.outcome == "full"
