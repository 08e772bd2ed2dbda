"""Dates, times and durations of FEEL: years from -999999999 to 999999999, nanoseconds, offsets and zones by name.

Texts that are none raise ValueError. A zone is an offset from UTC in seconds, a name of the zone database, or None.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

SECOND: Final = 1_000_000_000
"""Nanoseconds."""
DAY: Final = 86_400 * SECOND
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097
_LAST_YEAR: Final = 999_999_999
_WIDEST_OFFSET_S: Final = 18 * 3600

_DATE: Final = r"(?P<year>-?(?:[1-9]\d{4,8}|\d{4}))-(?P<month>\d\d)-(?P<day>\d\d)"
_TIME: Final = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,30}))?"
_ZONE: Final = r"(?:(?P<utc>Z)|(?P<sign>[+-])(?P<h>\d\d):(?P<m>\d\d)(?::(?P<s>\d\d))?|@(?P<name>[\w/+-]{1,60}))?"
_DATES: Final = re.compile(_DATE, re.ASCII)
_TIMES: Final = re.compile(_TIME + _ZONE, re.ASCII)
_MOMENTS: Final = re.compile(f"{_DATE}(?:T{_TIME}{_ZONE})?", re.ASCII)
_DAYS: Final = re.compile(
    r"(-)?P(?=\d|T\d)(?:(\d{1,12})D)?(?:T(?=\d)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15})(?:\.(\d{1,30}))?S)?)?",
    re.ASCII,
)
_MONTHS: Final = re.compile(r"(-)?P(?=\d)(?:(\d{1,10})Y)?(?:(\d{1,11})M)?", re.ASCII)

Zone = int | str | None


@dataclass(frozen=True, order=True, slots=True)
class Months:
    """A years and months duration, counted in months."""

    count: int

    @property
    def years(self) -> int:
        return abs(self.count) // 12 * (1 if self.count >= 0 else -1)

    @property
    def months(self) -> int:
        return self.count - 12 * self.years

    def __str__(self) -> str:
        parts = ((abs(self.years), "Y"), (abs(self.months), "M"))
        return ("-P" if self.count < 0 else "P") + ("".join(f"{part}{unit}" for part, unit in parts if part) or "0M")


@dataclass(frozen=True, order=True, slots=True)
class Days:
    """A days and time duration, counted in nanoseconds."""

    nanos: int

    @property
    def parts(self) -> tuple[int, int, int, int, int]:
        """Days, hours, minutes, seconds, nanoseconds; none negative."""
        seconds, nanos = divmod(abs(self.nanos), SECOND)
        minutes, second = divmod(seconds, 60)
        hours, minute = divmod(minutes, 60)
        days, hour = divmod(hours, 24)
        return days, hour, minute, second, nanos

    def __str__(self) -> str:
        days, hour, minute, second, nanos = self.parts
        clock = "".join(f"{part}{unit}" for part, unit in ((hour, "H"), (minute, "M")) if part)
        clock += f"{second}{_fraction(nanos)}S" if second or nanos else ""
        text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
        return ("-P" if self.nanos < 0 else "P") + (text or "T0S")


@dataclass(frozen=True, order=True, slots=True)
class Date:
    """A day of the Gregorian calendar, also before it was used. ValueError for a day that does not exist."""

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        if abs(self.year) > _LAST_YEAR:
            raise ValueError(self.year)
        self.alike  # noqa: B018 - raises for a day that does not exist

    @property
    def alike(self) -> date:
        """The day some multiple of 400 years away, in which all weeks and leap years fall alike."""
        return date(self.year % _CYCLE_YEARS + _CYCLE_YEARS, self.month, self.day)

    @property
    def ordinal(self) -> int:
        """Days since the day before 1 January 1."""
        return self.alike.toordinal() + (self.year // _CYCLE_YEARS - 1) * _CYCLE_DAYS

    def plus_days(self, count: int) -> Date:
        cycles, rest = divmod(self.ordinal + count - 1, _CYCLE_DAYS)
        found = date.fromordinal(rest + 1)
        return Date(found.year + cycles * _CYCLE_YEARS, found.month, found.day)

    def plus_months(self, count: int) -> Date:
        """The same day so many months later, or the last day of a shorter month."""
        year, month = divmod(self.year * 12 + self.month - 1 + count, 12)
        longest = calendar.monthrange(year % _CYCLE_YEARS + _CYCLE_YEARS, month + 1)[1]
        return Date(year, month + 1, min(self.day, longest))

    def __str__(self) -> str:
        return f"{'-' if self.year < 0 else ''}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, in nanoseconds since midnight."""

    nanos: int
    zone: Zone = None

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """Hour, minute, second, nanoseconds."""
        return Days(self.nanos).parts[1:]

    def __str__(self) -> str:
        hour, minute, second, nanos = self.parts
        return f"{hour:02d}:{minute:02d}:{second:02d}{_fraction(nanos)}{_zone_text(self.zone)}"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time."""

    date: Date
    time: Time

    @property
    def local(self) -> int:
        """Nanoseconds on the calendar and clock of its zone."""
        return self.date.ordinal * DAY + self.time.nanos

    @property
    def offset_s(self) -> int | None:
        """Seconds ahead of UTC; None without a zone."""
        return _offset_s(self.time.zone, self.date, self.time)

    def plus(self, nanos: int) -> Moment:
        days, rest = divmod(self.time.nanos + nanos, DAY)
        return Moment(self.date.plus_days(days), Time(rest, self.time.zone))

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


Temporal = Date | Time | Moment


def instant(value: Temporal) -> tuple[bool, int]:
    """Whether the value has a zone, and nanoseconds by which values that agree in that are ordered."""
    if isinstance(value, Date):
        return False, value.ordinal * DAY
    if isinstance(value, Time):
        offset = _offset_s(value.zone, Date(1970, 1, 1), value)
        return offset is not None, value.nanos - (offset or 0) * SECOND
    return value.offset_s is not None, value.local - (value.offset_s or 0) * SECOND


def same(left: Temporal, right: Temporal) -> bool:
    """`=`: the same instant; a zone by name is not the same as an offset, whatever its offset is."""
    zones = [part.zone if isinstance(part, Time) else part.time.zone for part in (left, right)
             if not isinstance(part, Date)]  # fmt: skip
    named = [zone for zone in zones if isinstance(zone, str)]
    return instant(left) == instant(right) and (not named or zones[0] == zones[1])


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(name) from None


def _offset_s(zone: Zone, day: Date, clock: Time) -> int | None:
    if not isinstance(zone, str):
        return zone
    hour, minute, second, _ = clock.parts
    # far from today the zone database repeats its last rule: a year of the same shape will do
    year = day.year if 1800 < day.year < 9000 else day.year % _CYCLE_YEARS + (1600 if day.year < 1800 else 8000)
    offset = datetime(year, day.month, day.day, hour, minute, second, tzinfo=_zone(zone)).utcoffset()
    return (offset or timedelta()) // timedelta(seconds=1)


def _fraction(nanos: int) -> str:
    return f".{nanos:09d}".rstrip("0") if nanos else ""


def _zone_text(zone: Zone) -> str:
    if isinstance(zone, str):
        return f"@{zone}"
    if not zone:
        return "" if zone is None else "Z"
    minutes, second = divmod(abs(zone), 60)
    seconds = f":{second:02d}" if second else ""
    return f"{'-' if zone < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}{seconds}"


def _nanos(fraction: str | None) -> int:
    return int(f"{fraction or '':0<9.9}")


def clock(hour: int, minute: int, second: int, nanos: int = 0, zone: Zone = None) -> Time:
    """A time of day; ValueError for one that does not exist."""
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        raise ValueError(hour, minute, second)
    if isinstance(zone, str):
        _zone(zone)
    elif zone is not None and abs(zone) > _WIDEST_OFFSET_S:
        raise ValueError(zone)
    return Time(((hour * 60 + minute) * 60 + second) * SECOND + nanos, zone)


def _read_date(found: re.Match[str]) -> Date:
    return Date(int(found["year"]), int(found["month"]), int(found["day"]))


def _read_time(found: re.Match[str]) -> Time:
    zone: Zone = found["name"]
    if found["utc"]:
        zone = 0
    elif found["sign"]:
        zone = int(found["h"]) * 3600 + int(found["m"]) * 60 + int(found["s"] or 0)
        if int(found["m"]) > 59 or int(found["s"] or 0) > 59:
            raise ValueError(found[0])
        zone = -zone if found["sign"] == "-" else zone
    return clock(int(found["hour"]), int(found["minute"]), int(found["second"]), _nanos(found["fraction"]), zone)


def _matched(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    if found := pattern.fullmatch(text):
        return found
    raise ValueError(text)


def parse_date(text: str) -> Date:
    return _read_date(_matched(_DATES, text))


def parse_time(text: str) -> Time:
    return _read_time(_matched(_TIMES, text))


def parse_moment(text: str) -> Moment:
    """A date alone is its midnight."""
    found = _matched(_MOMENTS, text)
    return Moment(_read_date(found), _read_time(found) if found["hour"] else Time(0))


def parse_duration(text: str) -> Days | Months:
    if found := _DAYS.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:5])
        nanos = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * SECOND + _nanos(found[6])
        return Days(-nanos if found[1] else nanos)
    found = _matched(_MONTHS, text)
    count = int(found[2] or 0) * 12 + int(found[3] or 0)
    return Months(-count if found[1] else count)


def parse_any(text: str) -> Temporal | Days | Months:
    """What `@"…"` may hold."""
    if found := _DATES.fullmatch(text):
        return _read_date(found)
    if found := _TIMES.fullmatch(text):
        return _read_time(found)
    return parse_duration(text) if "P" in text[:2] else parse_moment(text)


def from_python(value: datetime) -> Moment:
    """A datetime; one that knows its offset keeps it."""
    offset = value.utcoffset()
    zone = None if offset is None else offset // timedelta(seconds=1)
    time = clock(value.hour, value.minute, value.second, value.microsecond * 1000, zone)
    return Moment(Date(value.year, value.month, value.day), time)


def to_python(value: Moment) -> datetime:
    """As a datetime, without offset if it has none; ValueError outside of Python's years."""
    begin = datetime(value.date.year, value.date.month, value.date.day)  # noqa: DTZ001 - its zone follows
    found = begin + timedelta(microseconds=value.time.nanos // 1000)
    if value.offset_s is None:
        return found
    return found.replace(tzinfo=timezone(timedelta(seconds=value.offset_s)))
