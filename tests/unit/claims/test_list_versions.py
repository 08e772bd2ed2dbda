from __future__ import annotations

from datetime import date
from typing import Any

from pulse.claims.reference.versions import NOTHING, end, succeed

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def row(share: int = 10, since: date = date(2019, 3, 1), until: date | None = None) -> dict[str, Any]:
    return {"share": share, "valid_from": since, "valid_until": until}


def test_the_first_list_tells_since_when() -> None:
    change = succeed([], {"share": 10}, day=JUNE, previous_day=None, since=date(2019, 3, 1))
    assert change.begun == row()
    assert succeed([], {"share": 10}, day=JUNE, previous_day=None).begun == row(since=JUNE)


def test_what_the_list_before_did_not_hold_begins_after_it() -> None:
    change = succeed([], {"share": 10}, day=JUNE, previous_day=MAY, since=date(2019, 3, 1))
    assert change.begun == row(since=JUNE)
    change = succeed([], {"share": 10}, day=JUNE, previous_day=MAY, since=date(2026, 5, 15))
    assert change.begun == row(since=date(2026, 5, 15))


def test_the_same_again_changes_nothing() -> None:
    assert succeed([row()], {"share": 10}, day=JULY, previous_day=JUNE, since=date(2019, 3, 1)) == NOTHING


def test_another_value_ends_the_row_on_the_eve_and_begins_one() -> None:
    change = succeed([row()], {"share": 40}, day=JULY, previous_day=JUNE)
    assert change.changed == {"valid_until": date(2026, 6, 30)}
    assert change.begun == row(40, JULY)


def test_another_value_holds_from_the_day_that_the_list_gives_it() -> None:
    change = succeed([row()], {"share": 40}, day=JULY, previous_day=JUNE, changes_on=date(2026, 6, 15))
    assert (change.changed, change.begun) == ({"valid_until": date(2026, 6, 14)}, row(40, date(2026, 6, 15)))


def test_a_second_list_of_the_same_day_corrects_the_first() -> None:
    change = succeed([row(since=JULY)], {"share": 40}, day=JULY, previous_day=JUNE)
    assert (change.changed, change.begun) == ({"share": 40, "valid_until": None}, None)


def test_a_foreseen_end_may_be_put_off() -> None:
    foreseen = row(until=date(2026, 7, 31))
    change = succeed([foreseen], {"share": 10}, day=JULY, previous_day=JUNE, until=date(2027, 7, 31))
    assert (change.changed, change.begun) == ({"valid_until": date(2027, 7, 31)}, None)


def test_an_end_that_came_since_the_last_list_was_put_off_too() -> None:
    foreseen = row(until=date(2026, 6, 10))
    assert succeed([foreseen], {"share": 10}, day=JULY, previous_day=JUNE).changed == {"valid_until": None}


def test_what_was_gone_in_a_list_between_begins_anew() -> None:
    gone = row(until=date(2026, 5, 31))
    change = succeed([gone], {"share": 10}, day=JULY, previous_day=JUNE, since=date(2019, 3, 1))
    assert (change.changed, change.begun) == (None, row(since=JULY))
    change = succeed([gone], {"share": 10}, day=JULY, previous_day=JUNE, since=date(2026, 6, 20))
    assert change.begun == row(since=date(2026, 6, 20))


def test_what_is_no_longer_said_ends_on_the_eve() -> None:
    assert end(row(), day=JULY).changed == {"valid_until": date(2026, 6, 30)}
    assert end(row(until=date(2026, 6, 10)), day=JULY) == NOTHING
    assert end(row(since=JULY), day=JULY).removed
