"""The demo's mail server, as mail clients see it."""

from __future__ import annotations

import asyncio
import smtplib
import threading
from collections.abc import Iterator

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from pulse.demo.mailserver import DemoMailServer

MAIL = b"From: a@a.example\r\nTo: b@b.example\r\nSubject: Test\r\nMessage-ID: <1@a.example>\r\n\r\nHallo\r\n"


@pytest.fixture
def server() -> Iterator[DemoMailServer]:
    with DemoMailServer({"claims@kasse.example": "one", "Praxis@provider.example": "two"}) as server:
        yield server


def test_a_mail_goes_to_the_mailbox_of_each_envelope_recipient(server: DemoMailServer) -> None:
    with smtplib.SMTP(server.host, server.smtp_port) as client:
        client.sendmail("sender@a.example", ["claims@kasse.example", "PRAXIS@provider.example"], MAIL)
    for address in ("claims@kasse.example", "praxis@provider.example"):
        (mail,) = server.wait_for(address)
        assert mail.startswith(b"Return-Path: <sender@a.example>\r\nDelivered-To: ")
        assert mail.endswith(MAIL)


def test_an_unknown_recipient_is_refused(server: DemoMailServer) -> None:
    with smtplib.SMTP(server.host, server.smtp_port) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail("sender@a.example", ["nobody@kasse.example"], MAIL)
    assert refused.value.recipients["nobody@kasse.example"][0] == 550


def test_a_bounce_arrives_with_an_empty_return_path(server: DemoMailServer) -> None:
    with smtplib.SMTP(server.host, server.smtp_port) as client:
        client.sendmail("", ["claims@kasse.example"], MAIL)
    assert server.wait_for("claims@kasse.example")[0].startswith(b"Return-Path: <>\r\n")


def test_each_address_logs_in_with_its_own_password_and_sees_its_own_mail(server: DemoMailServer) -> None:
    server.deliver("claims@kasse.example", MAIL)
    for address, password, count in (("claims@kasse.example", "one", 1), ("praxis@provider.example", "two", 0)):
        with IMAPClient(server.host, server.imap_port, ssl=False, timeout=60) as client:
            client.login(address, password)
            assert client.select_folder("INBOX")[b"EXISTS"] == count
    with IMAPClient(server.host, server.imap_port, ssl=False, timeout=60) as client, pytest.raises(LoginError):
        client.login("claims@kasse.example", "two")


def test_smtp_takes_a_login_where_a_client_wants_one(server: DemoMailServer) -> None:
    with smtplib.SMTP(server.host, server.smtp_port) as client:
        assert client.login("claims@kasse.example", "one")[0] == 235
        client.sendmail("claims@kasse.example", ["praxis@provider.example"], MAIL)
    with smtplib.SMTP(server.host, server.smtp_port) as client, pytest.raises(smtplib.SMTPAuthenticationError):
        client.login("claims@kasse.example", "two")
    assert len(server.mails("praxis@provider.example")) == 1


def test_two_servers_live_side_by_side_and_leave_nothing_behind() -> None:
    before = set(threading.enumerate())
    with DemoMailServer({"a@a.example": "x"}) as one, DemoMailServer({"a@a.example": "x"}) as other:
        one.deliver("a@a.example", MAIL)
        assert (len(one.mails("a@a.example")), len(other.mails("a@a.example"))) == (1, 0)
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
    assert set(threading.enumerate()) <= before
    with pytest.raises(RuntimeError):
        one.mails("a@a.example")


def test_it_stops_while_clients_are_connected() -> None:
    before = set(threading.enumerate())
    with DemoMailServer({"a@a.example": "x"}) as server:
        imap = IMAPClient(server.host, server.imap_port, ssl=False, timeout=60)
        imap.login("a@a.example", "x")
        smtp = smtplib.SMTP(server.host, server.smtp_port)
    assert set(threading.enumerate()) <= before
    imap.shutdown()
    smtp.close()


def test_a_wait_that_is_in_vain_says_so(server: DemoMailServer) -> None:
    with pytest.raises(TimeoutError):
        server.wait_for("claims@kasse.example", timeout_s=0.1)
