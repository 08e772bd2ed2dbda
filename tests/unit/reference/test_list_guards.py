from __future__ import annotations

from datetime import date

import pytest

from pulse.reference.guards import Bounds, Counts, ListRefused, check, check_age

BOUNDS = Bounds(least=100)


@pytest.mark.parametrize(
    ("counts", "before", "code"),
    [
        (Counts(entries=99), None, "list_too_few"),
        (Counts(entries=899), 1000, "list_shrunk"),
        (Counts(entries=200, priceable=100, priced=89), 200, "list_prices_missing"),
    ],
)
def test_a_list_beyond_a_bound_is_refused_unless_that_guard_is_named(
    counts: Counts, before: int | None, code: str
) -> None:
    with pytest.raises(ListRefused) as refused:
        check(counts, before=before, bounds=BOUNDS)
    assert refused.value.reason == code
    guard = code.removeprefix("list_")
    assert f"--force {guard}" in refused.value.message
    assert check(counts, before=before, bounds=BOUNDS, overridden=[guard]) == [guard]


@pytest.mark.parametrize(
    ("counts", "before"),
    [
        (Counts(entries=100), None),
        (Counts(entries=900), 1000),
        (Counts(entries=200, priceable=100, priced=90), 200),
        (Counts(entries=2000), 1000),
    ],
)
def test_a_list_at_its_bound_passes(counts: Counts, before: int | None) -> None:
    assert check(counts, before=before, bounds=BOUNDS) == []


def test_one_guard_that_is_named_does_not_let_another_pass() -> None:
    with pytest.raises(ListRefused) as refused:
        check(Counts(entries=5), before=1000, bounds=BOUNDS, overridden=["too_few"])
    assert refused.value.reason == "list_shrunk"


def test_a_list_may_not_be_older_than_the_one_in_force() -> None:
    check_age(date(2026, 6, 1), None)
    check_age(date(2026, 6, 1), date(2026, 6, 1))
    with pytest.raises(ListRefused, match="oldest to the newest") as refused:
        check_age(date(2026, 5, 1), date(2026, 6, 1))
    assert refused.value.reason == "list_older"
