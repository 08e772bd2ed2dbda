"""Time, ids and randomness are given to whoever needs them, so that a test can hold them still."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SWISS_TIME = ZoneInfo("Europe/Zurich")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class ManualClock:
    """A clock that stands still until it is moved: for tests."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 6, 16, 8, 0, tzinfo=UTC))

    def now(self) -> datetime:
        return self.moment

    def advance(self, step: timedelta) -> None:
        self.moment += step


def swiss_date(moment: datetime) -> date:
    """The calendar day in Switzerland, which is what an invoice's dates mean."""
    return moment.astimezone(SWISS_TIME).date()


IdSource = Callable[[], str]


def random_id() -> str:
    """A new id, 32 hex digits."""
    return uuid.uuid4().hex


def random_secret() -> str:
    """A new secret of 256 bits, URL-safe."""
    return secrets.token_urlsafe(32)
