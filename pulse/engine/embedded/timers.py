"""ISO 8601 dates and durations of timers, due dates and retries."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.values import TypedValue

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION: Final = re.compile(
    r"P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?"
)


def to_ms(moment: datetime) -> int:
    """A moment as milliseconds since 1970, as the store keeps it."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """The moment of `to_ms`, in UTC."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def after(start: datetime, duration: str) -> datetime:
    """The moment that lies an ISO 8601 duration after another. ExpressionError for a text that is none."""
    match = _DURATION.fullmatch(duration.strip())
    try:
        if match is None:
            raise ValueError(duration)
        years, months, weeks, days, hours, minutes = (int(group or 0) for group in match.groups()[:6])
        year, month = divmod(start.year * 12 + start.month - 1 + years * 12 + months, 12)
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        delta = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=float(match[7] or 0))
        return start.replace(year=year, month=month + 1, day=day) + delta
    except (OverflowError, ValueError):
        raise ExpressionError(f"Cannot parse duration '{duration}'") from None


def date_of(value: TypedValue, what: str) -> int | None:
    """A moment in milliseconds from a Date, or from a text as `2030-01-01T10:00:00`; without an offset it is UTC.

    None for null; ExpressionError for anything else. `what` is named in it.
    """
    moment = value.value
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.strip())
        except ValueError:
            raise ExpressionError(f"Cannot parse date '{moment}'") from None
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        raise ExpressionError(f"Invalid {what}: a {value.type} is no date")
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def due_ms(kind: str, value: TypedValue, now_ms: int) -> int:
    """When a timer (`date` or `duration`) is due. ExpressionError for a value that is neither."""
    if kind == "duration" and not isinstance(value.value, datetime):
        return to_ms(after(from_ms(now_ms), str(value.value)))
    due = date_of(value, "timer date")
    if due is None:
        raise ExpressionError("A timer's date is null")
    return due
