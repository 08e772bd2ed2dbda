"""What the gateway answers to senders whose mail it cannot use, where, how often, and whom it never answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dovecot import Dovecot
from mail_desk import MailDesk, Post, dovecot_post
from mails import PROVIDER, mail, pdf, unreadable

from mail_gateway.connection.mailbox import Mailbox


def test_a_mail_without_a_document_is_answered_once(desk: MailDesk, post: Post) -> None:
    post.put(mail(subject="Frage", message_id="<frage@provider.example>", References="<alt@provider.example>"))
    gateway = desk.gateway(post)
    gateway.poll_once()
    gateway.poll_once()
    (answer,) = desk.answers
    (row,) = desk.ledger()
    assert (row.outcome, row.reason, row.answered, row.filed_to) == ("returned", "no_document", True, "Returned")
    assert (answer.to, answer.envelope_from, answer.subject) == (PROVIDER, "", "Re: Frage")
    assert answer.headers == {
        "Auto-Submitted": "auto-replied",
        "In-Reply-To": "<frage@provider.example>",
        "References": "<alt@provider.example> <frage@provider.example>",
    }
    assert answer.message_id == f"<answer.{row.id}@insurer.example>"
    assert "keine Rechnung als PDF" in answer.text
    assert "Hello" not in answer.text
    assert desk.effect(row.id).state == "sent"
    assert post.counts() == {"Returned": 1}


def test_an_unknown_sender_is_answered_in_german_and_english(desk: MailDesk, post: Post) -> None:
    post.put(mail(sender="wer@anders.example", Reply_To="thief@evil.example"))
    desk.gateway(post).poll_once()
    (answer,) = desk.answers
    assert answer.to == "wer@anders.example"
    assert "Guten Tag" in answer.text
    assert "Hello" in answer.text


def test_the_answer_goes_to_the_return_path(desk: MailDesk, post: Post) -> None:
    post.put(mail(sender="praxis@provider.example", return_path="bounces2@mta.example"))
    desk.gateway(post).poll_once()
    assert [answer.to for answer in desk.answers] == ["bounces2@mta.example"]


@pytest.mark.parametrize(
    ("attachment", "reason"),
    [
        (("rechnung.pdf", b"PK\x03\x04 zip"), "P101"),
        (("rechnung.pdf", b""), "P104"),
        (("rechnung.pdf", unreadable("P102")), "P102"),
        (("rechnung.pdf", unreadable("P103")), "P103"),
        (("rechnung.pdf", unreadable("P108")), "P108"),
    ],
)
def test_what_cannot_be_read_is_returned_with_its_reason(
    desk: MailDesk, post: Post, attachment: tuple[str, bytes], reason: str
) -> None:
    from pulse.base.reason_texts import text
    from pulse.base.reasons import Reason

    post.put(mail(attachment))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("returned", reason)]
    assert text(Reason(reason), "de") in desk.answers[0].text
    assert post.counts() == {"Returned": 1}
    assert desk.cases() == []


def test_an_unreadable_file_beside_an_invoice_is_told_to_the_sender(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf(), ("zweite.pdf", unreadable("P102"))))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("invoice", "P102")]
    assert len(desk.cases()) == 1
    assert "Passwort" in desk.answers[0].text
    assert post.counts() == {"Processed": 1}


def test_an_unreadable_file_that_nobody_can_be_told_about_waits_for_a_person(desk: MailDesk, post: Post) -> None:
    post.put(mail(unreadable("P102"), Auto_Submitted="auto-generated"))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("person", "P102")]
    assert post.counts() == {"Failed": 1}
    assert desk.answers == []


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "automatic"),
        ({"X_Auto_Response_Suppress": "OOF, AutoReply"}, "automatic"),
        ({"return_path": " "}, "automatic"),
        ({"Precedence": "bulk"}, "mailing_list"),
        ({"List_Id": "<news.provider.example>"}, "mailing_list"),
        ({"sender": "mailer-daemon@provider.example"}, "automatic"),
        ({"sender": "no-reply@provider.example"}, "automatic"),
        ({"sender": "controllers@insurer.example"}, "own_address"),
    ],
)
def test_m23_machines_lists_and_our_own_are_never_answered(
    desk: MailDesk, post: Post, headers: dict[str, str], reason: str
) -> None:
    post.put(mail(**headers).replace(b"Return-Path: < >", b"Return-Path: <>"))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("ignored", reason)]
    assert desk.answers == []
    assert post.counts() == {"Processed": 1}


def test_the_same_mail_twice_is_one_case_and_one_answer(desk: MailDesk, post: Post) -> None:
    invoice, question = mail(pdf()), mail(message_id="<q@provider.example>")
    for data in (invoice, b"Received: from elsewhere\r\n" + invoice, question, question):
        post.put(data)
    desk.gateway(post).poll_once()
    assert [row.outcome for row in desk.ledger()] == ["invoice", "ignored", "returned", "ignored"]
    assert (len(desk.cases()), len(desk.answers)) == (1, 1)
    assert [row.same_as for row in desk.ledger()] == [None, 1, None, 3]


def test_m22_a_mail_too_large_is_answered_with_the_limit_and_not_downloaded(
    desk: MailDesk, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = dovecot_post(dovecot)
    post.put(mail(("gross.pdf", b"%PDF-")) + (b"A" * 76 + b"\r\n") * 650_000)
    post.put(mail(pdf()))
    fetched: list[int] = []
    fetch = Mailbox.fetch
    monkeypatch.setattr(Mailbox, "fetch", lambda self, uid: fetched.append(uid) or fetch(self, uid))
    desk.gateway(post).poll_once()
    assert desk.ledger()[0].size > 50_000_000
    assert fetched == [2]
    assert desk.outcomes() == [("returned", "P110"), ("invoice", "")]
    assert "höchstens 25 MB" in desk.answers[0].text


def test_m08_many_texts_without_attachments_are_never_downloaded_and_answered_up_to_a_limit(
    desk: MailDesk, post: Post, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Mailbox, "fetch_many", lambda *_: pytest.fail("a text was downloaded"))
    with dovecot.client(post.account.user) as client:
        client.multiappend("INBOX", [mail() for _ in range(120)])
    desk.gateway(post).poll_once()
    assert len(desk.answers) == 10
    assert desk.outcomes() == [("returned", "no_document")] * 10 + [("ignored", "answer_limit")] * 110
    assert desk.gateway(post).poll_once().settled == 0
    desk.clock.advance(timedelta(days=1, seconds=1))
    post.put(mail())
    desk.gateway(post).poll_once()
    assert len(desk.answers) == 11
