"""The Sent mailbox: found by exactly the right Message-ID, and away said as away."""

from __future__ import annotations

import pytest
from dovecot import PASSWORD, Dovecot
from mail_desk import dovecot_post
from mails import mail

from mail_gateway.connection.sent import ImapSentMailbox
from mail_gateway.outgoing.smtp import SmtpMailOut
from pulse.claims.ports import MailUnavailable, OutgoingMail
from pulse.demo.mailserver import DemoMailServer

LETTER = "<letter.10000001.client.approved.1@insurer.example>"


def sent_mailbox(server: Dovecot, user: str, **options: object) -> ImapSentMailbox:
    return ImapSentMailbox(server.host, server.port, user, PASSWORD, "none", timeout_s=30, **options)  # type: ignore[arg-type]


def test_a_copy_is_found_in_the_inbox_and_in_sent(dovecot: Dovecot) -> None:
    user = dovecot_post(dovecot).account.user
    sent = sent_mailbox(dovecot, user)
    assert not sent.holds(LETTER)
    dovecot.put(user, mail(message_id=LETTER))
    assert sent.holds(LETTER)
    with dovecot.client(user) as client:
        client.create_folder("Sent")
        client.select_folder("INBOX")
        client.move([1], "Sent")
    assert sent.holds(LETTER)


def test_a_message_id_that_only_contains_the_one_asked_for_is_another_mail(dovecot: Dovecot) -> None:
    user = dovecot_post(dovecot).account.user
    dovecot.put(user, mail(message_id="<x.letter.1.client.approved.11@insurer.example>"))
    dovecot.put(user, mail(References=LETTER))
    sent = sent_mailbox(dovecot, user)
    assert not sent.holds("<letter.1.client.approved.1@insurer.example>")
    assert not sent.holds("letter.1.client.approved.11@insurer.example>")
    assert not sent.holds(LETTER)


def test_a_mailbox_that_cannot_be_asked_is_away_not_empty(dovecot: Dovecot, free_port: int) -> None:
    with pytest.raises(MailUnavailable):
        ImapSentMailbox("127.0.0.1", free_port, "x", "x", "none", timeout_s=30).holds(LETTER)
    with pytest.raises(MailUnavailable):
        sent_mailbox(dovecot, dovecot_post(dovecot).account.user, folder="Kopien").holds(LETTER)
    with pytest.raises(MailUnavailable):
        ImapSentMailbox(dovecot.host, dovecot.port, "x", "wrong", "none", timeout_s=30).holds(LETTER)


def test_what_smtp_sends_the_sent_mailbox_holds() -> None:
    with DemoMailServer({"sent@insurer.example": "s", "a@x.example": "a"}) as server:
        out = SmtpMailOut(
            server.host,
            server.smtp_port,
            tls="none",
            mail_from="sent@insurer.example",
            sent_copy_to="sent@insurer.example",
        )
        sent = ImapSentMailbox(server.host, server.imap_port, "sent@insurer.example", "s", "none")
        out.send(OutgoingMail(message_id=LETTER, to="a@x.example", subject="Brief", text="Guten Tag"))
        assert sent.holds(LETTER)
        assert not sent.holds(LETTER.replace("approved", "denied"))
        out.close()
