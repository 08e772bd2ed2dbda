"""Mails saved by Outlook, as the mails that they were."""

from __future__ import annotations

import contextlib
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from outlook_files import message, saved_mail

from mail_gateway.entrances.mail_files import mails_in
from mail_gateway.entrances.outlook_file import as_mail
from mail_gateway.message import headers
from mail_gateway.message.body_text import body_text
from mail_gateway.message.documents import find
from mail_gateway.message.unpack.piece import Damaged

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 20 + b"%%EOF\n"
CAME = (
    "Received: from elsewhere\r\n\tby here\r\nFrom: Apotheke <a@provider.example>\r\nSubject: Rechnung\r\n"
    'Content-Type: multipart/mixed;\r\n\tboundary="theirs"\r\nMIME-Version: 1.0\r\nMessage-ID: <1@provider.example>\r\n'
    "\r\n"
)


def header(data: bytes) -> headers.Headers:
    return headers.split(data, 0, len(data))[0]


@pytest.mark.parametrize("unicode", [True, False])
def test_the_header_that_it_came_with_stays_without_what_it_says_of_the_body(unicode: bool) -> None:
    made = as_mail(saved_mail(("r.pdf", PDF), unicode=unicode, texts={"007D": CAME, "1000": "Grüsse aus Zürich"}))
    found = header(made)
    assert [name for name, _ in found.fields] == [
        *("received", "from", "subject", "message-id", "mime-version", "content-type")
    ]
    assert (found.message_id, found.content_type) == ("<1@provider.example>", "multipart/mixed")
    assert body_text(made) == "Grüsse aus Zürich"
    assert [(one.filename, one.data) for one in find(made).documents] == [("r.pdf", PDF)]


def test_a_mail_that_never_left_the_house_has_the_header_that_its_properties_tell() -> None:
    texts = {"0C1F": "/O=HOUSE/CN=ANNA", "5D01": "anna@insurer.example", "1035": "<2@insurer.example>"}
    made = header(as_mail(saved_mail(subject="Für Sie", texts=texts, sent=datetime(2026, 5, 2, 10, 30, tzinfo=UTC))))
    assert (made.get("from"), made.message_id) == ("anna@insurer.example", "<2@insurer.example>")
    assert headers.decoded(made.get("subject")) == "Für Sie"
    assert made.get("date") == "Sat, 02 May 2026 10:30:00 +0000"


def test_no_property_adds_a_line_to_the_header() -> None:
    texts = {"5D01": "a@b.example\r\nBcc: c@d.example", "1035": "<1@b>\nX-Other: 1"}
    made = header(as_mail(saved_mail(subject="a\r\nTo: e@f.example", texts=texts)))
    assert [name for name, _ in made.fields] == ["from", "message-id", "subject", "mime-version", "content-type"]


def test_files_in_mails_that_are_attached_are_found_too() -> None:
    assert [one.data for one in find(as_mail(saved_mail(mails=[message(("t.pdf", PDF))]))).documents] == [PDF]


def test_the_same_file_is_the_same_mail_each_time(tmp_path: Path) -> None:
    for name in ("a.msg", "b.msg"):
        (tmp_path / name).write_bytes(saved_mail(("r.pdf", PDF), texts={"007D": CAME}))
    first, second = mails_in(tmp_path, max_bytes=1_000_000)
    assert (first.place, first.content) == (second.place, second.content)


@pytest.mark.parametrize(
    ("data", "max_bytes", "problem"),
    [
        (saved_mail(("r.pdf", PDF), texts={"007D": CAME}), 5_000, "is too large for a mail of Outlook"),
        (saved_mail(texts={"007D": CAME})[:1500], 100_000, "is a damaged mail of Outlook, or none"),
    ],
)
def test_what_is_too_large_or_damaged_is_named(tmp_path: Path, data: bytes, max_bytes: int, problem: str) -> None:
    (tmp_path / "a.msg").write_bytes(data)
    (one,) = mails_in(tmp_path / "a.msg", max_bytes=max_bytes)
    assert (one.content, one.problem) == (None, problem)


def test_mutated_files_are_mails_or_damaged() -> None:
    rng = random.Random(1)
    whole = saved_mail(("r.pdf", PDF), mails=[message(("t.pdf", PDF))], texts={"007D": CAME, "1000": "Guten Tag"})
    mails = 0
    for _ in range(2_000):
        changed = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        with contextlib.suppress(Damaged):
            find(as_mail(bytes(changed)))
            mails += 1
    assert mails > 500
