"""Fault cases that lie in a mail or its sender, by their numbers; the others stand with the gateway's other tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from mail_desk import MailDesk, Post
from mails import PROVIDER, mail, pdf
from office import PROVIDER_GLN

from pulse.claims.letter_mail import address_of_provider


@pytest.mark.parametrize("message_id", ["", "<>", "<" + "x" * 10_000 + "@provider.example>", "two <a@b> <c@d>"])
def test_m07_a_mail_without_a_usable_message_id_is_taken_and_answered_outside_of_a_thread(
    desk: MailDesk, post: Post, message_id: str
) -> None:
    lines = [line for line in mail().split(b"\r\n") if not line.startswith(b"Message-ID:")]
    head = [f"Message-ID: {message_id}".encode()] if message_id else []
    post.put(b"\r\n".join(head + lines))
    post.put(b"\r\n".join(line for line in mail(pdf()).split(b"\r\n") if not line.startswith(b"Message-ID:")))
    gateway = desk.gateway(post)
    gateway.poll_once()
    gateway.poll_once()
    assert desk.outcomes() == [("returned", "no_document"), ("invoice", "")]
    assert [set(answer.headers) for answer in desk.answers] == [{"Auto-Submitted"}]
    assert all(len(row.message_id or "") <= 500 for row in desk.ledger())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("..%2F..%2Fetc%2Fpasswd.pdf", None),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("a\u202egpj.pdf", "agpj.pdf"),
        pytest.param("x" * 4096 + ".pdf", None, id="4 kB"),
        ("CON.pdf", "CON.pdf"),
    ],
)
def test_m18_a_file_name_is_shown_cleaned_and_never_used(
    desk: MailDesk, post: Post, name: str, shown: str | None
) -> None:
    post.put(mail((name, pdf())))
    desk.gateway(post).poll_once()
    (row,) = desk.documents(desk.ledger()[0].id)
    assert "/" not in row.filename
    assert len(row.filename) <= 120
    assert shown is None or row.filename == shown
    root = Path(desk.office.documents._files.root)
    assert any(path.name == row.sha256 for path in root.rglob("*"))
    assert not any("passwd" in path.name or "CON" in path.name for path in root.rglob("*"))


@pytest.mark.parametrize("kind", [b"application/octet-stream", b"text/plain", b"image/jpeg"])
def test_m19_a_pdf_is_one_whatever_the_mail_calls_it(desk: MailDesk, post: Post, kind: bytes) -> None:
    post.put(mail(("scan.dat", pdf())).replace(b"Content-Type: application/pdf", b"Content-Type: " + kind))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("invoice", "")]


@pytest.mark.parametrize("data", [b"MZ\x90\x00program", b"<html><body>Rechnung</body></html>", b"Rar!\x1a\x07\x00"])
def test_m19_what_is_called_a_pdf_and_is_none_is_returned(desk: MailDesk, post: Post, data: bytes) -> None:
    post.put(mail(("rechnung.pdf", data)))
    desk.gateway(post).poll_once()
    assert [row.outcome for row in desk.ledger()] == ["returned"]
    assert desk.cases() == []


def test_m25_a_sender_of_many_mails_waits_its_turn_and_holds_nobody_up(desk: MailDesk, post: Post) -> None:
    slow = replace(post, account=replace(post.account, mails_per_hour=5))
    for number in range(1, 13):
        post.put(mail(pdf(invoice_number=str(number))))
    post.put(mail(pdf(invoice_number="100"), sender="other@provider.example"))
    gateway = desk.gateway(slow)
    gateway.poll_once()

    def taken() -> list[str]:
        return [case.content.invoice_number for case in desk.cases()]

    assert taken() == ["1", "2", "3", "4", "5", "100"]
    assert gateway.poll_once().settled == 0
    assert {row.outcome for row in desk.ledger()} == {"invoice", "pending"}
    desk.clock.advance(timedelta(minutes=61))
    gateway.poll_once()
    assert len(taken()) == 11
    desk.clock.advance(timedelta(minutes=61))
    # Another process goes on where this one stopped: nothing was held against the mails that waited.
    gateway.close()
    desk.gateway(slow, holder="next").poll_once()
    assert sorted(map(int, taken())) == [*range(1, 13), 100]
    assert post.counts() == {"Processed": 13}


def test_m25_mails_that_wait_are_not_even_looked_at(
    desk: MailDesk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mail_gateway.connection.mailbox import Mailbox

    slow = replace(post, account=replace(post.account, mails_per_hour=1))
    for _ in range(6):
        post.put(mail())
    gateway = desk.gateway(slow)
    gateway.poll_once()
    monkeypatch.setattr(Mailbox, "heads", lambda *_: pytest.fail("a head was fetched"))
    gateway.poll_once()
    assert [row.outcome for row in desk.ledger()].count("pending") == 5


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (("mx.insurer.example; dmarc=pass header.from=provider.example",), "pass"),
        (("mx.insurer.example; dmarc=fail header.from=provider.example",), "fail"),
        (("mx.evil.example; dmarc=pass", "mx.insurer.example; dmarc=fail"), "fail"),
        (("mx.insurer.example; dmarc=fail", "mx.insurer.example; dmarc=pass"), "fail"),
        (("mx.evil.example; dmarc=pass",), "none"),
        ((), "none"),
    ],
)
def test_m26_the_ledger_says_whether_a_sender_is_proven(
    desk: MailDesk, post: Post, fields: tuple[str, ...], found: str
) -> None:
    trusting = replace(post, account=replace(post.account, trusted_authserv=("mx.insurer.example",)))
    head = "".join(f"Authentication-Results: {field}\r\n" for field in fields).encode()
    post.put(head + mail(pdf()))
    post.put(head + mail(subject="Rechnung von Anna Müller"))
    desk.gateway(trusting).poll_once()
    assert [row.authenticity for row in desk.ledger()] == [found, found]
    # A proven forgery gets back nothing of what it says; the invoice itself is judged by its content.
    assert [answer.subject for answer in desk.answers] == [
        "Re: E-Mail" if found == "fail" else "Re: Rechnung von Anna Müller"
    ]
    assert len(desk.cases()) == 1


def test_m26_without_a_trusted_server_nothing_is_said(desk: MailDesk, post: Post) -> None:
    post.put(b"Authentication-Results: mx.insurer.example; dmarc=pass\r\n" + mail(pdf()))
    desk.gateway(post).poll_once()
    assert [row.authenticity for row in desk.ledger()] == [""]


def test_m27_letters_go_to_the_registered_address_whatever_mail_and_pdf_say(desk: MailDesk, post: Post) -> None:
    biller = {"gln": PROVIDER_GLN, "name": "Apotheke zum Bären", "email": "thief@evil.example"}
    post.put(mail(pdf(invoice_number="1", biller=biller), sender="thief@evil.example"))
    stranger = {"gln": "7601003000009", "name": "Unbekannt", "email": "thief@evil.example"}
    post.put(mail(pdf(invoice_number="2", biller=stranger), sender="thief@evil.example"))
    desk.gateway(post).poll_once()
    with desk.inner.database.read() as connection:
        addresses = [address_of_provider(connection, case.id) for case in desk.cases()]
    assert addresses == [PROVIDER, None]


@pytest.mark.parametrize("date", [b"", b"Date: Fri, 01 Jan 2100 00:00:00 +0000\r\n", b"Date: yesterday\r\n"])
def test_m28_the_time_of_receipt_counts_and_not_the_senders_date(desk: MailDesk, post: Post, date: bytes) -> None:
    lines = [line for line in mail(pdf()).split(b"\r\n") if not line.startswith(b"Date:")]
    post.put(date + b"\r\n".join(lines))
    desk.gateway(post).poll_once()
    (row,) = desk.ledger()
    assert row.outcome == "invoice"
    assert row.received_at is not None
    assert row.received_at.year < 2100
    assert desk.cases()[0].received_at == desk.clock.now()
