"""What is known of a mail on its way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_gateway.message.headers import Headers
from mail_gateway.message.standing import Standing
from mail_gateway.steps.arrived import Arrived

RECEIVED = datetime(2026, 6, 16, 9, tzinfo=UTC)


def sent_at(date: str) -> datetime:
    mail = Arrived(
        mail_id=1,
        folder="INBOX",
        headers=Headers((("date", date),)),
        standing=Standing(address=None, silence=None),
        size=0,
        content=b"",
        received_at=RECEIVED,
    )
    return mail.sent_at


@pytest.mark.parametrize(
    ("date", "hour"),
    [
        ("Tue, 16 Jun 2026 10:00:00 +0200", 8),
        ("16 Jun 2026 10:00:00", 10),
        ("Tue, 16 Jun 2026 10:00:00 -0000", 10),
        ("", 9),
        ("yesterday", 9),
        ("Fri, 31 Dec 9999 23:59:59 -1400", 9),
        ("Tue, 16 Jun 2026 10:00:00 +9999", 9),
    ],
)
def test_the_author_says_when_a_mail_was_sent_else_the_server_when_it_came(date: str, hour: int) -> None:
    assert sent_at(date) == datetime(2026, 6, 16, hour, tzinfo=UTC)


@given(st.text(max_size=60))
def test_no_date_breaks_a_mail(date: str) -> None:
    assert sent_at(date).tzinfo is UTC
