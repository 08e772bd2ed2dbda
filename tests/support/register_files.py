"""What files of registers hold in tests."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pulse.base.clock import ManualClock

TODAY = date(2026, 6, 16)
CLOCK = ManualClock(datetime(2026, 6, 16, 8, 0, tzinfo=UTC))
HEAD = "insurance_number,first_name,last_name,covered_from,ahv_number,email,franchise_2026,consent_mail"
ANNA = "1001,Anna,Müller,2020-01-01,7569217076985,anna@mail.example,2500,yes"
PACK, OTHER = "7680562090041", "7680481641027"
