"""Which rows end and which begin when a new list comes: pure, for one pack's terms, price or limitation at a time.

Rows hold from `valid_from` until `valid_until`, both days included. What an older list said of a day stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Row = Mapping[str, Any]
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of the newest row (`changed` are its new values, `removed`: it never held), and the row that
    begins."""

    changed: Row | None = None
    removed: bool = False
    begun: Row | None = None

    def __bool__(self) -> bool:
        return self.removed or self.changed is not None or self.begun is not None


NOTHING = Change()


def succeed(
    history: Sequence[Row],
    values: Row,
    *,
    day: date,
    previous_day: date | None,
    since: date | None = None,
    until: date | None = None,
    changes_on: date | None = None,
) -> Change:
    """The list of `day` says `values` of what `history` knows, oldest first.

    `since` and `until` are the days that the list itself gives it; `since` counts for the first list alone and where it
    lies after the list before, whose day is `previous_day`: what that one did not hold was not in force then. A row
    whose end it foresaw goes on, where no list came since. Other values hold from `changes_on` (default: `day`).
    """
    if not history:
        told = since is not None and (previous_day is None or since > previous_day)
        return Change(begun={**values, "valid_from": since if told else day, "valid_until": until})
    last = history[-1]
    if not _goes_on(last, since, day, previous_day):
        ended: date = last["valid_until"]
        begins = since if since is not None and since > ended else max(day, ended + _DAY)
        return Change(begun={**values, "valid_from": begins, "valid_until": until})
    if all(last[name] == value for name, value in values.items()):
        return NOTHING if last["valid_until"] == until else Change(changed={"valid_until": until})
    begins = changes_on or day
    if begins <= last["valid_from"]:
        return Change(changed={**values, "valid_until": until})
    return Change(changed={"valid_until": begins - _DAY}, begun={**values, "valid_from": begins, "valid_until": until})


def end(last: Row, *, day: date) -> Change:
    """The list of `day` no longer says what the newest row says."""
    if last["valid_until"] is not None and last["valid_until"] < day:
        return NOTHING
    return Change(removed=True) if last["valid_from"] >= day else Change(changed={"valid_until": day - _DAY})


def _goes_on(last: Row, since: date | None, day: date, previous_day: date | None) -> bool:
    ended: date | None = last["valid_until"]
    if ended is None or ended >= day - _DAY:
        return True
    if since is not None and since > ended:
        return False
    return previous_day is not None and previous_day <= ended
