from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulse.base.money import ZERO
from pulse.claims.rules.cost_share import (
    ADULT_CAP,
    EXEMPT,
    RAISED,
    USUAL,
    Cost,
    InvalidCost,
    Share,
    Terms,
    is_child,
    is_free,
    shares,
    terms_of,
    together,
)

ORDINARY = Terms(franchise=Decimal(300), cap=Decimal(700))


def cost(amount: str, day: date = date(2026, 3, 1), rate: Decimal = USUAL, person: int = 0) -> Cost:
    return Cost(day=day, amount=Decimal(amount), rate=rate, person=person)


def share(franchise: str, copayment: str, paid: str) -> Share:
    return Share(franchise=Decimal(franchise), copayment=Decimal(copayment), paid=Decimal(paid))


def borne(found: Sequence[Share]) -> tuple[Decimal, Decimal]:
    return sum((one.franchise for one in found), ZERO), sum((one.copayment for one in found), ZERO)


def test_the_franchise_comes_first_then_a_tenth() -> None:
    found = shares([cost("250.00"), cost("150.00", date(2026, 4, 1)), cost("80.00", date(2026, 5, 1))], ORDINARY)
    assert found == (share("250.00", "0.00", "0.00"), share("50.00", "10.00", "90.00"), share("0", "8.00", "72.00"))


def test_the_co_payment_ends_at_its_cap() -> None:
    (first, second) = shares([cost("7000.00"), cost("500.00", date(2026, 4, 1))], ORDINARY)
    assert first == share("300.00", "670.00", "6030.00")
    assert second == share("0.00", "30.00", "470.00")


def test_of_forty_percent_twenty_five_count_towards_the_cap() -> None:
    """2 800 at 40 % after the franchise reach the cap with 1 120, the most anybody bears."""
    no_franchise = Terms(franchise=ZERO, cap=ADULT_CAP)
    assert shares([cost("2800.00", rate=RAISED)], no_franchise) == (share("0", "1120.00", "1680.00"),)
    assert shares([cost("9000.00", rate=RAISED)], no_franchise)[0].copayment == Decimal("1120.00")
    children = Terms(franchise=ZERO, cap=Decimal(350))
    assert shares([cost("9000.00", rate=RAISED)], children)[0].copayment == Decimal("560.00")


def test_the_twenty_percent_of_former_years_ended_at_933() -> None:
    found = shares([cost("9000.00", date(2023, 3, 1), Decimal("0.20"))], Terms(franchise=ZERO, cap=ADULT_CAP))
    assert found[0].copayment == Decimal("933.33")


def test_the_day_of_treatment_orders_the_year_not_the_order_of_arrival() -> None:
    late, early = cost("300.00", date(2026, 6, 1)), cost("300.00", date(2026, 1, 5))
    assert shares([late, early], ORDINARY) == (share("0", "30.00", "270.00"), share("300.00", "0", "0"))


def test_of_one_day_the_higher_rate_uses_the_franchise() -> None:
    usual, raised = cost("300.00"), cost("300.00", rate=RAISED)
    assert shares([usual, raised], ORDINARY) == (share("0", "30.00", "270.00"), share("300.00", "0", "0"))


def test_each_copayment_can_be_worked_out_from_its_own_cost() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(3)]
    found = shares([cost("12.35", day) for day in days], Terms(franchise=ZERO, cap=ADULT_CAP))
    assert found == (share("0", "1.24", "11.11"),) * 3


def test_what_is_free_neither_bears_nor_uses_up_anything() -> None:
    free = cost("500.00", date(2026, 1, 1), EXEMPT)
    assert shares([free, cost("300.00")], ORDINARY) == (share("0", "0", "500.00"), share("300.00", "0", "0"))


def test_several_children_of_a_family_bear_no_more_than_one_adult() -> None:
    child = Terms(franchise=ZERO, cap=Decimal(350))
    costs = [cost("5000.00", date(2026, month, 1), person=month) for month in (1, 2, 3)]
    found = shares(costs, {1: child, 2: child, 3: child}, together([child] * 3))
    assert [one.copayment for one in found] == [Decimal(350), Decimal(350), ZERO]


def test_children_who_chose_a_franchise_bear_twice_the_highest_together() -> None:
    children = [Terms(franchise=Decimal(one), cap=Decimal(350)) for one in (100, 300, 200)]
    assert together(children) == Terms(franchise=Decimal(600), cap=ADULT_CAP)
    costs = [cost("1000.00", date(2026, month, 1), person=month - 1) for month in (1, 2, 3)]
    found = shares(costs, dict(enumerate(children)), Terms(franchise=Decimal(350), cap=ADULT_CAP))
    assert [one.franchise for one in found] == [Decimal(100), Decimal(250), ZERO]


def test_an_only_child_has_no_joint_bounds() -> None:
    assert together([Terms(franchise=ZERO, cap=Decimal(350))]) is None


@pytest.mark.parametrize(
    ("born", "year", "child"),
    [
        (date(2008, 1, 1), 2026, True),
        (date(2008, 12, 31), 2026, True),
        (date(2007, 12, 31), 2026, False),
        (date(2026, 5, 1), 2026, True),
        (None, 2026, False),
    ],
)
def test_a_child_is_one_until_the_end_of_the_year_of_eighteen(born: date | None, year: int, child: bool) -> None:
    assert is_child(born, year) is child


def test_terms_are_the_ordinary_ones_unless_others_were_chosen() -> None:
    assert terms_of(date(1979, 5, 14), 2026) == Terms(franchise=Decimal(300), cap=Decimal(700))
    assert terms_of(date(1979, 5, 14), 2026, Decimal(2500)).franchise == 2500
    assert terms_of(date(2015, 5, 14), 2026) == Terms(franchise=ZERO, cap=Decimal(350))
    assert terms_of(date(2015, 5, 14), 2026, Decimal(600)).franchise == 600


@pytest.mark.parametrize(
    ("law", "reason", "free"),
    [
        ("KVG", "disease", False),
        (None, None, False),
        ("KVG", "accident", False),
        ("KVG", "maternity", True),
        ("UVG", "accident", True),
        ("IVG", "birthdefect", True),
        ("MVG", "disease", True),
    ],
)
def test_who_bears_nothing(law: str | None, reason: str | None, free: bool) -> None:
    assert is_free(law, reason) is free


@pytest.mark.parametrize("amount", ["-0.01", "0.001", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(InvalidCost):
        cost(amount)


def test_an_unknown_rate_is_refused() -> None:
    with pytest.raises(InvalidCost):
        cost("10.00", rate=Decimal("0.15"))


def test_costs_of_two_years_are_refused() -> None:
    with pytest.raises(InvalidCost, match="more than one"):
        shares([cost("1.00"), cost("1.00", date(2025, 12, 31))], ORDINARY)


_DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31)) | st.sampled_from([date(2026, 5, 1), date(2026, 5, 2)])
_COSTS = st.lists(
    st.builds(
        Cost,
        day=_DAYS,
        amount=st.integers(0, 400_000).map(lambda cents: Decimal(cents) / 100),
        rate=st.sampled_from([USUAL, USUAL, RAISED, EXEMPT]),
        person=st.integers(0, 2),
    ),
    max_size=30,
)
_TERMS = st.builds(
    Terms,
    franchise=st.sampled_from(["0", "100", "300", "600", "2500"]).map(Decimal),
    cap=st.sampled_from(["350", "700"]).map(Decimal),
)


@given(_COSTS, st.fixed_dictionaries({0: _TERMS, 1: _TERMS, 2: _TERMS}), st.none() | _TERMS)
def test_parts_are_never_negative_and_add_up(costs: list[Cost], terms: dict[int, Terms], joint: Terms | None) -> None:
    for one, found in zip(costs, shares(costs, terms, joint), strict=True):
        parts = (found.franchise, found.copayment, found.paid)
        assert all(part >= 0 and part == part.quantize(Decimal("0.01")) for part in parts)
        assert sum(parts) == one.amount


#: The cap is used up by exact amounts, and each co-payment is rounded by itself.
_HALF_A_CENTIME = Decimal("0.005")


@given(_COSTS, _TERMS, st.none() | _TERMS)
@example([cost("18.25"), cost("3481.75")], Terms(franchise=ZERO, cap=Decimal(350)), None)
def test_nobody_bears_more_than_the_year_allows_but_for_half_a_centime_a_cost(
    costs: list[Cost], terms: Terms, joint: Terms | None
) -> None:
    found = shares(costs, dict.fromkeys(range(3), terms), joint)
    for person in range(3):
        own = [one for one, of in zip(found, costs, strict=True) if of.person == person]
        franchise, copayment = borne(own)
        assert franchise <= terms.franchise
        raised = any(of.rate == RAISED and of.person == person for of in costs)
        assert copayment <= terms.cap * (Decimal("1.6") if raised else 1) + len(own) * _HALF_A_CENTIME
    if joint is not None:
        franchise, copayment = borne(found)
        assert franchise <= joint.franchise
        assert copayment <= joint.cap * Decimal("1.6") + len(costs) * _HALF_A_CENTIME


@given(_COSTS, _TERMS, st.randoms(use_true_random=False))
def test_the_order_in_which_costs_are_told_changes_nothing(
    costs: list[Cost], terms: Terms, chance: random.Random
) -> None:
    own = dict.fromkeys(range(3), terms)

    def told(some: list[Cost]) -> list[tuple[Cost, Share]]:
        return sorted(zip(some, shares(some, own), strict=True), key=repr)

    shuffled = costs[:]
    chance.shuffle(shuffled)
    assert told(shuffled) == told(costs)
