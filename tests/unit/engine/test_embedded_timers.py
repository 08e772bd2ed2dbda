"""ISO 8601 durations and dates of the embedded engine."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pulse.engine.embedded import timers
from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.values import TypedValue, from_python

NOW = timers.to_ms(datetime(2026, 1, 31, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("duration", "due"),
    [
        ("PT24H", datetime(2026, 2, 1, 12, tzinfo=UTC)),
        ("P1M", datetime(2026, 2, 28, 12, tzinfo=UTC)),
        ("P1Y2DT3M", datetime(2027, 2, 2, 12, 3, tzinfo=UTC)),
        ("P2W", datetime(2026, 2, 14, 12, tzinfo=UTC)),
        ("PT0.5S", datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_a_duration_counts_from_now(duration: str, due: datetime) -> None:
    assert timers.from_ms(timers.due_ms("duration", from_python(duration), NOW)) == due


@pytest.mark.parametrize("text", ["P", "PT", "1H", "PT1X", "P9999Y", "soon", ""])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="duration"):
        timers.due_ms("duration", from_python(text), NOW)


@pytest.mark.parametrize("text", ["2030-01-01T10:00:00", "2030-01-01T11:00:00+01:00", "2030-01-01T10:00:00.000+0000"])
def test_a_date_without_an_offset_is_utc(text: str) -> None:
    due = timers.due_ms("date", TypedValue("String", text), NOW)
    assert timers.from_ms(due) == datetime(2030, 1, 1, 10, tzinfo=UTC)


def test_a_date_that_is_null_or_no_date_is_refused() -> None:
    for value in (from_python(None), from_python("tomorrow"), from_python(5)):
        with pytest.raises(ExpressionError):
            timers.due_ms("date", value, NOW)
