"""Functions of dates, times and durations."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from pulse.engine.embedded.feel import temporal
from pulse.engine.embedded.feel.functions.signature import Row
from pulse.engine.embedded.feel.temporal import SECOND, Date, Days, Moment, Months, Time

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def _date_of(value: Date | Moment) -> Date:
    return value.date if isinstance(value, Moment) else value


def _time(hour: int, minute: int, second: Decimal, offset: Days | None = None) -> Time:
    whole = int(second)
    zone = None if offset is None else int(offset.nanos / SECOND)
    return temporal.clock(hour, minute, whole, int((second - whole) * SECOND), zone)


def _months_between(start: Date | Moment, end: Date | Moment) -> Months:
    """Whole months from one to the other; with a time of day only where both have one."""
    begin, until = _date_of(start), _date_of(end)
    clocks = (start.time.nanos, end.time.nanos) if isinstance(start, Moment) and isinstance(end, Moment) else (0, 0)
    if end_first := (until, clocks[1]) < (begin, clocks[0]):
        begin, until, clocks = until, begin, (clocks[1], clocks[0])
    count = (until.year - begin.year) * 12 + until.month - begin.month
    count -= (until.day, clocks[1]) < (begin.day, clocks[0])
    return Months(-count if end_first else count)


def _day_of_year(day: Date | Moment) -> int:
    return _date_of(day).alike.timetuple().tm_yday


CALENDAR: Final[Sequence[Row]] = (
    ("date", "from:s", temporal.parse_date),
    ("date", "from:dm", _date_of),
    ("date", "year:i, month:i, day:i", Date),
    ("time", "from:s", temporal.parse_time),
    ("time", "from:t", lambda time: time),
    ("time", "from:m", lambda moment: moment.time),
    ("time", "from:d", lambda _: Time(0, 0)),
    ("time", "hour:i, minute:i, second:n, offset:u?", _time),
    ("date and time", "from:s", temporal.parse_moment),
    ("date and time", "from:m", lambda moment: moment),
    ("date and time", "from:d", lambda day: Moment(day, Time(0))),
    ("date and time", "date:dm, time:t", lambda day, time: Moment(_date_of(day), time)),
    ("duration", "from:s", temporal.parse_duration),
    ("duration", "from:uy", lambda length: length),
    ("years and months duration", "from:dm, to:dm", _months_between),
    ("day of year", "date:dm", _day_of_year),
    ("day of week", "date:dm", lambda day: _DAYS[_date_of(day).alike.weekday()]),
    ("month of year", "date:dm", lambda day: _MONTHS[_date_of(day).month - 1]),
    ("week of year", "date:dm", lambda day: _date_of(day).alike.isocalendar().week),
)
