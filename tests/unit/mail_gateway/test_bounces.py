"""Reports of mail servers: whose letter, and whether it is gone for good."""

from __future__ import annotations

import pytest
from bounces import REPORTS, report

from mail_gateway.message.bounces import Bounce, read_bounce

LETTER = "<letter.17.client.denied.1@insurer.example>"
OWN = {"claims@insurer.example", "sent@insurer.example"}
CODED = ["postfix", "exchange", "gmail"]


def heard(mail: bytes) -> Bounce | None:
    return read_bounce(mail, own_addresses=OWN)


@pytest.mark.parametrize("server", REPORTS)
def test_every_servers_report_names_our_letter_and_that_it_is_gone_for_good(server: str) -> None:
    found = heard(report(server, LETTER))
    assert found is not None
    assert (found.message_id, found.outcome) == (LETTER, "failed")
    assert found.status == ("" if server == "exim" else "5.1.1")


@pytest.mark.parametrize("server", CODED)
def test_a_delay_is_told_as_one(server: str) -> None:
    found = heard(report(server, LETTER, action="delayed", code="4.4.1", reply="451"))
    assert found == Bounce(message_id=LETTER, outcome="delayed", status="4.4.1")


def test_a_server_that_gave_up_after_trying_for_days_has_failed_whatever_its_last_code() -> None:
    found = heard(report("postfix", LETTER, action="failed", code="4.4.1", reply="451"))
    assert found is not None
    assert found.outcome == "failed"


@pytest.mark.parametrize("server", ["qmail", "exim"])
def test_a_report_in_words_that_speaks_of_trying_again_is_a_delay(server: str) -> None:
    found = heard(report(server, LETTER, code="4.4.1", reply="451"))
    assert found is not None
    assert found.outcome == "delayed"


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", ""])
def test_a_delivery_that_succeeded_is_no_bounce(action: str) -> None:
    assert heard(report("postfix", LETTER, action=action, code="2.0.0", reply="250")) is None


@pytest.mark.parametrize("server", REPORTS)
def test_our_own_copy_that_cannot_be_kept_says_nothing_about_the_letter(server: str) -> None:
    assert heard(report(server, LETTER, to="sent@insurer.example", code="5.2.2", reply="552")) is None


def test_of_two_recipients_only_the_other_one_counts() -> None:
    own = b"Final-Recipient: rfc822; sent@insurer.example\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n"
    mail = report("postfix", LETTER, action="delayed", code="4.2.2").replace(
        b"Final-Recipient:", own + b"Final-Recipient:", 1
    )
    found = heard(mail)
    assert found is not None
    assert (found.outcome, found.status) == ("delayed", "4.2.2")


def test_a_person_who_quotes_our_letter_sends_no_report() -> None:
    mail = report("exim", LETTER).replace(b"Return-path: <>", b"Return-Path: <anna@mail.example>")
    assert heard(mail.replace(b"Mailer-Daemon@", b"anna@")) is None


def test_a_receipt_that_a_letter_was_read_is_no_bounce() -> None:
    mail = report("postfix", LETTER).replace(b"message/delivery-status", b"message/disposition-notification")
    assert heard(mail) is None


@pytest.mark.parametrize("server", REPORTS)
def test_a_report_about_a_mail_that_is_no_letter_is_nothing_to_us(server: str) -> None:
    assert heard(report(server, "<answer.7@insurer.example>")) is None
    assert heard(report(server, "<letter.17.client.denied@insurer.example>")) is None


def test_a_report_that_returns_two_letters_is_about_neither() -> None:
    mail = report("gmail", LETTER)
    other = b"Message-ID: <letter.18.client.denied.1@insurer.example>\r\n"
    assert heard(mail + b"\r\n" + other) is None


def test_an_answer_that_only_refers_to_our_letter_is_no_report() -> None:
    mail = (
        f"Return-Path: <>\r\nFrom: anna@mail.example\r\nIn-Reply-To: {LETTER}\r\nReferences: {LETTER}\r\n"
        "Auto-Submitted: auto-replied\r\n\r\nIch bin bis 5.7. abwesend. 555 6666\r\n"
    )
    assert heard(mail.encode()) is None


@pytest.mark.parametrize("cut", range(0, 2000, 97))
def test_a_torn_report_never_raises(cut: int) -> None:
    for server in REPORTS:
        heard(report(server, LETTER)[:cut])
