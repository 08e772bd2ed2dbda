from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_gateway.outgoing.compose import MalformedMail, compose, mailbox_address
from pulse.claims.ports import Attachment, OutgoingMail

AT = datetime(2026, 6, 16, 8, 0, tzinfo=UTC)


def parsed(data: bytes) -> EmailMessage:
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def composed(**values: object) -> bytes:
    plain: dict[str, object] = {"message_id": "<a.1@kasse.example>", "to": "x@y.example", "subject": "S", "text": "T"}
    return compose(OutgoingMail(**(plain | values)), mail_from="Kasse Größe <claims@kasse.example>", at=AT)  # type: ignore[arg-type]


def test_the_same_mail_is_the_same_bytes() -> None:
    assert composed() == composed()


@given(subject=st.text(max_size=300), text=st.text(max_size=500), filename=st.text(max_size=80), data=st.binary())
def test_whatever_stands_in_a_mail_no_header_is_added_and_nothing_is_lost(
    subject: str, text: str, filename: str, data: bytes
) -> None:
    clean = text.encode("utf-8", "ignore").decode()
    attachment = Attachment(
        filename=filename.encode("utf-8", "ignore").decode(), media_type="application/pdf", data=data
    )
    made = composed(subject=subject.encode("utf-8", "ignore").decode(), text=clean, attachments=(attachment,))
    assert max(len(line) for line in made.split(b"\r\n")) < 998
    assert b"\n" not in made.replace(b"\r\n", b"")
    mail = parsed(made)
    assert mail.keys() == ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
    body, found = mail.iter_parts()
    assert body.get_content().replace("\r\n", "\n").rstrip("\n") == "\n".join(clean.splitlines()).rstrip("\n")
    assert found.get_content() == data
    assert mail.defects == []


def test_a_subject_with_line_breaks_stays_one_header() -> None:
    mail = parsed(composed(subject="Hallo\r\nBcc: thief@evil.example\r\n\r\nbody"))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hallo Bcc: thief@evil.example body"


@pytest.mark.parametrize(
    "address",
    [
        "x@y.example\r\nBcc: z@evil.example",
        "x@y.example, z@evil.example",
        "<x@y.example>",
        "x y@z.example",
        "@y.example",
        "x@",
        "x",
        "",
        "x@-y.example",
        "x@y..example",
        f"{'a' * 65}@y.example",
        "x@" + "a." * 130 + "example",
        'x"@y.example',
        "x@y.example>",
    ],
)
def test_what_is_not_one_plain_address_gets_no_mail(address: str) -> None:
    with pytest.raises(MalformedMail):
        composed(to=address)


def test_an_address_keeps_its_local_part_and_its_domain_becomes_ascii() -> None:
    assert mailbox_address(" Anna.Müller@Bücher.example ") == "Anna.Müller@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "headers", [{"Bcc": "x@y.example"}, {"X-A\r\nBcc": "x"}, {"X-A": "x\r\nBcc: y"}, {"X-A": "x" * 2000}, {"": "x"}]
)
def test_a_header_that_is_not_one_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(MalformedMail):
        composed(headers=headers)


@pytest.mark.parametrize("message_id", ["", "x@y", "<x y@z>", "<x@y>\r\nBcc: z", "<x@y><z@y>"])
def test_a_message_id_that_is_not_one_is_refused(message_id: str) -> None:
    with pytest.raises(MalformedMail):
        composed(message_id=message_id)
