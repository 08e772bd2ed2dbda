"""A stranger's mail attached to ours as it came: it stays what it was and can end nothing."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mails import mail, pdf

from mail_gateway.outgoing.compose import compose, holds_8_bit
from pulse.claims.ports import Attachment, OutgoingMail

AT = datetime(2026, 6, 16, 8, 0, tzinfo=UTC)


def outgoing(data: bytes) -> OutgoingMail:
    attached = Attachment(filename="mail-1.eml", media_type="message/rfc822", data=data)
    return OutgoingMail(
        message_id="<forward.1@kasse.example>", to="x@y.example", subject="S", text="T", attachments=(attached,)
    )


def composed(data: bytes) -> bytes:
    return compose(outgoing(data), mail_from="claims@kasse.example", at=AT)


def attached_to(data: bytes) -> EmailMessage:
    whole = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(whole, EmailMessage)
    (part,) = whole.iter_attachments()
    assert isinstance(part, EmailMessage)
    return part


def test_a_mail_is_attached_as_a_mail_that_programs_open() -> None:
    source = mail(pdf(), subject="Beschwerde", text="Mit freundlichen Gruessen")
    part = attached_to(composed(source))
    assert (part.get_content_type(), part["Content-Transfer-Encoding"]) == ("message/rfc822", "7bit")
    assert part.get_filename() == "mail-1.eml"
    inner = part.get_content()
    assert inner["Subject"] == "Beschwerde"
    assert [one.get_filename() for one in inner.iter_attachments()] == ["rechnung.pdf"]
    assert source in composed(source)


def test_a_mail_with_raw_umlauts_says_so_on_the_way() -> None:
    source = "Subject: x\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüsse\r\n".encode()
    whole = composed(source)
    assert holds_8_bit(outgoing(source))
    assert not holds_8_bit(outgoing(b"Subject: x\r\n\r\nwords"))
    assert attached_to(whole)["Content-Transfer-Encoding"] == "8bit"
    assert whole.count(b"Content-Transfer-Encoding: 8bit") == 3
    assert source in whole


@pytest.mark.parametrize(
    "source",
    [
        b"Subject: x\r\n\r\n" + b"a" * 999,
        b"Subject: x\r\n\r\na\0b",
        b"Subject: x\r\n\r\n--=_mixed_6f7277\r\n\r\nforged part",
    ],
    ids=["long line", "NUL", "our boundary"],
)
def test_what_cannot_travel_as_it_is_is_a_file_in_base64(source: bytes) -> None:
    part = attached_to(composed(source))
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_content() == source
    assert part.get_filename() == "mail-1.eml"


@given(
    st.lists(st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"x", b"MAIL FROM:<a@b>", b"\xfc", b"\0", b"--=_mixed_"]))
)
@example([b"x", b"\n", b".", b"\n", b"MAIL FROM:<a@b>"])
@example([b"x", b"\r", b".", b"\r", b"x"])
def test_no_bare_line_end_leaves_with_it(pieces: list[bytes]) -> None:
    whole = composed(b"".join(pieces))
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", whole)
