"""ISO 8601 dates and durations of timers, due dates and retries."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.values import TypedValue

_DURATION: Final = re.compile(
    r"P(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})(?:\.(\d{1,3}))?S)?)?"
)


def to_ms(moment: datetime) -> int:
    """A moment as milliseconds since 1970, as the store keeps it."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """The moment of `to_ms`, in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def _add(text: str, start: datetime) -> datetime | None:
    match = _DURATION.fullmatch(text.strip())
    if match is None or text.strip() in {"P", "PT"} or text.strip().endswith("T"):
        return None
    years, months, weeks, days, hours, minutes, seconds, fraction = (int(group or 0) for group in match.groups())
    fraction *= 10 ** (3 - len(match[8] or "000"))
    month = start.month - 1 + months + 12 * years
    year, month = start.year + month // 12, month % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    delta = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=fraction)
    return start.replace(year=year, month=month, day=day) + delta


def duration_ms(text: str) -> int | None:
    """A duration without years and months in milliseconds; None where the text is none."""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    end = _add(text, start)
    return None if end is None else (end - start) // timedelta(milliseconds=1)


def read_date(text: str) -> datetime:
    """`2030-01-01T10:00:00`, also with fraction and offset; without an offset it is UTC. ExpressionError otherwise."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ExpressionError(f"Cannot parse date '{text}'") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def date_of(value: TypedValue, what: str) -> int | None:
    """A due or follow-up date in milliseconds from a Date or a text; None for null."""
    match value.value:
        case None:
            return None
        case datetime() as moment:
            return to_ms(moment)
        case str() as text:
            return to_ms(read_date(text))
    raise ExpressionError(f"Invalid {what}: a {value.type} is no date")


def due_ms(kind: str, value: TypedValue, now_ms: int) -> int:
    """When a timer is due. ExpressionError for a value that is no date or duration."""
    if kind == "date" or isinstance(value.value, datetime):
        due = date_of(value, "timer date")
        if due is None:
            raise ExpressionError("A timer's date is null")
        return due
    try:
        end = _add(str(value.value), from_ms(now_ms))
    except (OverflowError, ValueError):
        end = None
    if end is None:
        raise ExpressionError(f"Cannot parse duration '{value.value}'")
    return to_ms(end)
