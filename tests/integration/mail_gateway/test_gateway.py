"""The gateway against a real IMAP server, a real database and the real use case; only the PDF reader is a stand-in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dovecot import Dovecot
from mail_desk import MailDesk, Post
from mails import PROVIDER, file_of, mail, pdf, unreadable
from office import document

from mail_gateway.connection.mailbox import Mailbox, MailboxRefused
from pulse.base.errors import Unavailable


def test_an_invoice_becomes_a_case_and_its_mail_is_filed(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf()))
    result = desk.gateway(post).poll_once()
    assert (result.settled, result.answered, result.filed) == (1, 0, 1)
    assert desk.outcomes() == [("invoice", "")]
    (case,) = desk.cases()
    assert (case.channel, case.mail_id, case.biller_mail) == ("mail", desk.ledger()[0].id, PROVIDER)
    assert desk.errands() == [f"start:invoice-{case.id}"]
    assert post.counts() == {"Processed": 1}
    assert desk.answers == []


def test_the_demos_server_is_served_like_any_other(desk: MailDesk, demo_post: Post) -> None:
    demo_post.put(mail(pdf()))
    demo_post.put(mail())
    desk.gateway(demo_post).poll_once()
    assert desk.outcomes() == [("invoice", ""), ("returned", "no_document")]
    assert demo_post.counts() == {"Processed": 1, "Returned": 1}


def test_a_mail_stays_unseen_until_a_person_reads_it(desk: MailDesk, post: Post, dovecot: Dovecot) -> None:
    post.put(mail(pdf()))
    desk.gateway(post).poll_once()
    with dovecot.client(post.account.user) as client:
        client.select_folder("Processed")
        assert client.search("UNSEEN") == [1]


def test_m20_two_invoices_in_a_mail_are_two_cases(desk: MailDesk, post: Post) -> None:
    post.put(mail(("a.pdf", pdf(invoice_number="1")), ("../../b.pdf", pdf(invoice_number="2"))))
    desk.gateway(post).poll_once()
    assert [case.content.invoice_number for case in desk.cases()] == ["1", "2"]
    found = desk.documents(desk.ledger()[0].id)
    assert [(row.part, row.filename, row.invoice_id) for row in found] == [
        (2, "a.pdf", desk.cases()[0].id),
        (3, "b.pdf", desk.cases()[1].id),
    ]


def test_each_invoice_of_one_pdf_is_a_case_and_stands_in_the_ledger_behind_the_file(desk: MailDesk, post: Post) -> None:
    post.put(mail(("scan.pdf", file_of(pdf(invoice_number="1"), pdf(invoice_number="2"))), pdf(invoice_number="3")))
    desk.gateway(post).poll_once()
    first, second, third = desk.cases()
    assert [case.content.invoice_number for case in desk.cases()] == ["1", "2", "3"]
    assert desk.outcomes() == [("invoice", "")]
    found = desk.documents(desk.ledger()[0].id)
    assert [(row.part, row.invoice_id) for row in found] == [
        (2, None),
        (3, third.id),
        (2000, first.id),
        (2001, second.id),
    ]
    assert {row.filename for row in found if row.part != 3} == {"scan.pdf"}
    assert found[2].sha256 == first.document_sha256


def test_an_xml_invoice_is_handed_in_like_a_pdf(desk: MailDesk, post: Post) -> None:
    xml = b"<?xml version='1.0'?><request xmlns='http://www.forum-datenaustausch.ch/invoice'/>"
    seen: list[bytes] = []

    def receive(office: object, data: bytes, **options: object) -> object:
        seen.append(data)
        from pulse.claims.receive import receive_document

        return receive_document(office, pdf(), **options)  # type: ignore[arg-type]

    post.put(mail(("rechnung.xml", xml)))
    desk.gateway(post, receive=receive).poll_once()
    assert seen == [xml]


def test_a_picture_goes_to_a_person_as_a_case(desk: MailDesk, post: Post) -> None:
    post.put(mail(unreadable("P107")))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("person", "P107")]
    assert [case.reading for case in desk.cases()] == ["doubtful"]
    assert post.counts() == {"Processed": 1}
    assert desk.answers == []


def test_m20_a_letter_beside_an_invoice_is_no_fault(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf(), ("brief.pdf", unreadable("P108"))))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("invoice", "")]
    assert desk.answers == []


def test_an_automatic_mail_with_an_invoice_is_an_invoice(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf(), Auto_Submitted="auto-generated"))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("invoice", "")]


def test_m23_a_delivery_report_with_our_own_letter_inside_is_no_invoice(desk: MailDesk, post: Post) -> None:
    report = mail(pdf()).replace(b"multipart/mixed;", b"multipart/report; report-type=delivery-status;")
    post.put(report)
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("ignored", "bounce")]
    assert (desk.cases(), desk.answers) == ([], [])


def test_m24_our_own_letter_that_comes_back_is_put_with_the_sent_ones(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf(), message_id="<letter.10000001.provider.denied.1@insurer.example>"))
    post.put(mail(message_id="<answer.5@insurer.example>"))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("ignored", "own_mail")] * 2
    assert post.counts() == {"Sent": 2}
    assert desk.cases() == []


def test_m05_the_same_message_id_with_another_document_is_a_new_mail_and_flagged(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf(invoice_number="1"), message_id="<same@provider.example>"))
    post.put(mail(pdf(invoice_number="2"), message_id="<same@provider.example>"))
    desk.gateway(post).poll_once()
    assert len(desk.cases()) == 2
    assert desk.outcomes() == [("invoice", ""), ("invoice", "same_message_id")]
    assert desk.answers == []


def test_m06_the_same_invoice_in_a_new_mail_is_a_duplicate_and_told_once(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf()))
    post.put(mail(pdf()))
    desk.gateway(post).poll_once()
    first, second = desk.cases()
    assert second.duplicate_of == first.id
    assert desk.outcomes() == [("invoice", "")] * 2
    assert desk.answers == []
    assert desk.errands() == [f"start:invoice-{first.id}", f"letter:{second.id}:provider:already_received"]


def test_m04_a_new_uidvalidity_makes_no_new_mail(
    desk: MailDesk, post: Post, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.put(mail(pdf()))
    post.put(mail())
    with monkeypatch.context() as patched:
        patched.setattr(Mailbox, "file", refuse)
        before = desk.gateway(post)
        before.poll_once()
        before.close()
    dovecot.forget_uids(post.account.user)
    desk.gateway(post).poll_once()
    assert len({row.uid_validity for row in desk.ledger()}) == 2
    assert desk.outcomes()[-2:] == [("ignored", "duplicate")] * 2
    assert (len(desk.cases()), len(desk.answers)) == (1, 1)


def refuse(*_: object) -> None:
    raise MailboxRefused


def test_m21_a_forwarded_invoice_is_found(desk: MailDesk, post: Post) -> None:
    inner = mail(pdf(), sender="anderer@provider.example")
    outer = (
        f"Return-Path: <{PROVIDER}>\r\nFrom: {PROVIDER}\r\nMessage-ID: <fwd@provider.example>\r\n"
        "Content-Type: multipart/mixed; boundary=xyz\r\n\r\n--xyz\r\nContent-Type: message/rfc822\r\n\r\n"
    ).encode() + inner + b"\r\n--xyz--\r\n"  # fmt: skip
    post.put(outer)
    desk.gateway(post).poll_once()
    assert [case.biller_mail for case in desk.cases()] == [PROVIDER]


def test_m15_m16_m17_hostile_mails_do_not_stop_the_next_one(desk: MailDesk, post: Post) -> None:
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(1000)
    )
    empty_parts = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 200_000
    head = f"Return-Path: <{PROVIDER}>\r\nFrom: {PROVIDER}\r\n".encode()
    post.put(head + nested)
    post.put(head + empty_parts)
    post.put(b'From: "a\r\n b" <\r\nFrom: x@y.example\r\nSubject: =?utf-8?q?a=0D=0ABcc:_x?=\r\n\r\nx')
    post.put(head + b"Subject: =?utf-8?q?a=0D=0ABcc:_x?=\r\nMessage-ID: <" + b"x" * 10_000 + b">\r\n\r\nx")
    post.put(b"\r\n")
    post.put(b"\x00\xff\xfe")
    post.put(head + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\n----\r\n')
    post.put(mail(pdf()))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [
        ("returned", "too_complex"),
        ("returned", "too_complex"),
        ("ignored", "unusable_sender"),
        ("returned", "no_document"),
        ("ignored", "unusable_sender"),
        ("ignored", "unusable_sender"),
        ("returned", "no_document"),
        ("invoice", ""),
    ]
    assert {answer.subject for answer in desk.answers} == {"Re: E-Mail", "Re: a Bcc: x"}
    assert "INBOX" not in post.counts()


def test_a_mail_that_breaks_something_is_set_aside_after_three_tries_and_holds_nobody_up(
    desk: MailDesk, post: Post
) -> None:
    from pulse.claims.receive import receive_document

    def receive(office: object, data: bytes, **options: object) -> object:
        if b'"BROKEN"' in data:
            raise ZeroDivisionError
        return receive_document(office, data, **options)  # type: ignore[arg-type]

    post.put(mail(pdf(invoice_number="BROKEN")))
    post.put(mail(pdf(invoice_number="2")))
    gateway = desk.gateway(post, receive=receive)
    gateway.poll_once()
    assert [row.outcome for row in desk.ledger()] == ["pending", "invoice"]
    for _ in range(3):
        gateway.poll_once()
    assert desk.outcomes() == [("failed", "internal_error"), ("invoice", "")]
    assert post.counts() == {"Processed": 1, "Failed": 1}
    # Moved back by a person once the fault is mended, it gets its case.
    failed = post.mails("Failed")[0]
    post.put(failed)
    desk.gateway(post).poll_once()
    assert [case.content.invoice_number for case in desk.cases()] == ["2", "BROKEN"]


def test_our_database_being_away_is_no_fault_of_the_mail(desk: MailDesk, post: Post) -> None:
    from db.database import DatabaseUnavailable
    from pulse.claims.receive import receive_document

    away = True

    def receive(*args: object, **options: object) -> object:
        if away:
            raise DatabaseUnavailable
        return receive_document(*args, **options)  # type: ignore[arg-type]

    post.put(mail(pdf()))
    gateway = desk.gateway(post, receive=receive)
    for _ in range(5):
        with pytest.raises(Unavailable):
            gateway.poll_once()
    away = False
    gateway.poll_once()
    assert desk.outcomes() == [("invoice", "")]


def test_two_gateways_do_not_read_the_same_folder(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf()))
    one, other = desk.gateway(post, holder="one"), desk.gateway(post, holder="other")
    assert not one.poll_once().idle
    assert other.poll_once().idle
    one.close()
    assert not other.poll_once().idle


def test_the_lease_of_a_dead_gateway_runs_out_after_two_minutes(desk: MailDesk, post: Post) -> None:
    desk.gateway(post, holder="dead").poll_once()
    desk.clock.advance(timedelta(seconds=119))
    assert desk.gateway(post, holder="next").poll_once().idle
    desk.clock.advance(timedelta(seconds=2))
    assert not desk.gateway(post, holder="next").poll_once().idle


def test_a_gateway_that_lost_its_lease_stops_amid_its_mails(desk: MailDesk, post: Post) -> None:
    from pulse.claims.receive import receive_document

    def slow(*args: object, **options: object) -> object:
        desk.clock.advance(timedelta(minutes=3))
        assert not desk.gateway(post, holder="other").poll_once().idle
        return receive_document(*args, **options)  # type: ignore[arg-type]

    post.put(mail(pdf(invoice_number="1")))
    post.put(mail(pdf(invoice_number="2")))
    with pytest.raises(Unavailable):
        desk.gateway(post, holder="one", receive=slow).poll_once()
    assert sorted(case.content.invoice_number for case in desk.cases()) == ["1", "2"]


def test_a_document_that_is_not_a_pdf_by_its_bytes_is_never_handed_in(desk: MailDesk, post: Post) -> None:
    post.put(mail(("rechnung.pdf", document())))
    desk.gateway(post, receive=lambda *_, **__: pytest.fail("handed in")).poll_once()
    assert desk.outcomes() == [("returned", "P101")]
