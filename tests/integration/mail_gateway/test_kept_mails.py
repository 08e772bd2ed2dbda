"""What stays of a mail, and looking at it again, against a real IMAP server."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from dovecot import Dovecot
from mail_desk import MailDesk, Post
from mails import PROVIDER, PdfStubReader, mail, pdf, unreadable

from db import mail_ledger
from db.documents import DocumentStore, DocumentStoreUnavailable
from pulse.base.errors import Unavailable
from pulse.claims import mail_care
from pulse.invoices.record import Reading

BOUNCE = b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\nnichts\r\n--x--\r\n"


def test_a_mails_words_and_the_whole_of_it_stay(desk: MailDesk, post: Post) -> None:
    came = mail(pdf(), subject="=?utf-8?q?Rechnung=0D=0A_M=C3=A4rz?=", text="Guten Tag\n\nAnbei die Rechnung.")
    post.put(came)
    desk.gateway(post).poll_once()
    (row,) = desk.ledger()
    (lies,) = post.mails("Processed")
    assert (row.subject, row.source_sha256) == ("Rechnung März", hashlib.sha256(lies).hexdigest())
    assert "Anbei die Rechnung." in row.text
    assert desk.office.documents.get(row.source_sha256) == lies
    assert row.received_at is not None
    assert abs((row.received_at - desk.inner.office.clock.now()).days) < 5000


def test_of_a_mail_that_is_not_downloaded_the_subject_stays(desk: MailDesk, post: Post) -> None:
    post.put(mail(subject="Frage", text="Haben Sie offen?"))
    desk.gateway(post).poll_once()
    (row,) = desk.ledger()
    assert (row.subject, row.text, row.source_sha256) == ("Frage", "", None)


def test_of_reports_and_repetitions_nothing_stays(desk: MailDesk, post: Post) -> None:
    came = mail(pdf())
    gateway = desk.gateway(post)
    for one in (came, came, BOUNCE):
        post.put(one)
        gateway.poll_once()
    _, *others = desk.ledger()
    assert [row.reason for row in others] == ["duplicate", "bounce"]
    assert {(row.subject, row.text, row.source_sha256) for row in others} == {("", "", None)}


def test_nothing_leaves_the_mailbox_before_its_copy_is_read_back(
    desk: MailDesk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = mail(pdf())
    post.put(came)
    gateway = desk.gateway(post)
    get = DocumentStore.get

    def damaged(store: DocumentStore, digest: str) -> bytes:
        raise DocumentStoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(DocumentStore, "get", damaged)
        with pytest.raises(Unavailable):
            gateway.poll_once()
        assert desk.ledger()[0].outcome == "pending"
        assert post.counts() == {"INBOX": 1}
    assert DocumentStore.get is get
    gateway.poll_once()
    assert desk.outcomes() == [("invoice", "")]
    assert post.counts() == {"Processed": 1}
    assert len(desk.cases()) == 1


class Stumbling(PdfStubReader):
    """Breaks off as long as it is told to."""

    stumbles = True

    def read(self, data: bytes) -> Reading:
        if self.stumbles:
            raise RuntimeError
        return super().read(data)


def test_a_mail_that_failed_is_looked_at_again_from_its_kept_source(
    desk: MailDesk, post: Post, dovecot: Dovecot
) -> None:
    reader = Stumbling()
    post.put(mail(pdf(), text="Bitte bald zahlen"))
    gateway = desk.gateway(post, office={"reader": reader})
    for _ in range(4):
        gateway.poll_once()
    (row,) = desk.ledger()
    assert (row.outcome, row.filed_to) == ("failed", "Failed")
    assert "Bitte bald zahlen" in row.text
    assert mail_care.waiting(desk.office) == 1

    reader.stumbles = False
    mail_care.look_again(desk.office, row.id, "anna")
    gateway.poll_once()
    (row,) = desk.ledger()
    assert (row.outcome, row.reason, row.again_at, row.filed_to) == ("invoice", "", None, "Processed")
    assert post.counts() == {"Processed": 1}
    assert [case.mail_id for case in desk.cases()] == [row.id]
    assert mail_care.waiting(desk.office) == 0
    events = mail_care.mail_view(desk.office, row.id).events
    assert [(one.actor, one.what, one.outcome) for one in events] == [
        ("anna", "again", "failed"),
        ("mail-gateway", "looked_again", "invoice"),
    ]


def test_looking_again_makes_no_second_case_and_no_second_answer(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf(), unreadable("P103")))
    gateway = desk.gateway(post)
    gateway.poll_once()
    (before,) = desk.ledger()
    assert (before.outcome, before.reason, before.answered) == ("invoice", "P103", True)
    for _ in range(2):
        mail_care.look_again(desk.office, before.id, "anna")
        gateway.poll_once()
    (after,) = desk.ledger()
    assert (after.outcome, after.reason, after.answered) == ("invoice", "P103", True)
    assert (len(desk.cases()), len(desk.answers)) == (1, 1)
    assert desk.errands() == [f"start:invoice-{desk.cases()[0].id}"]


def test_whoever_was_never_told_is_told_once_after_the_second_look(desk: MailDesk, post: Post) -> None:
    reader = Stumbling()
    post.put(mail(unreadable("P103")))
    gateway = desk.gateway(post, office={"reader": reader})
    for _ in range(4):
        gateway.poll_once()
    assert (desk.outcomes(), desk.answers) == ([("failed", "internal_error")], [])
    reader.stumbles = False
    (row,) = desk.ledger()
    mail_care.look_again(desk.office, row.id, "anna")
    gateway.poll_once()
    gateway.poll_once()
    (row,) = desk.ledger()
    assert (row.outcome, row.reason, row.answered, row.filed_to) == ("returned", "P103", True, "Returned")
    assert [answer.to for answer in desk.answers] == [PROVIDER]
    assert post.counts() == {"Returned": 1}


def test_a_mail_without_a_kept_source_is_looked_for_where_it_was_filed(desk: MailDesk, post: Post) -> None:
    post.put(mail(subject="Frage", text="Wo ist mein Geld?", message_id="<frage@provider.example>"))
    gateway = desk.gateway(post)
    gateway.poll_once()
    (row,) = desk.ledger()
    assert (row.source_sha256, row.filed_to) == (None, "Returned")
    mail_care.look_again(desk.office, row.id, "anna")
    gateway.poll_once()
    (row,) = desk.ledger()
    assert row.source_sha256 is not None
    assert "Wo ist mein Geld?" in row.text
    assert (row.outcome, len(desk.answers)) == ("returned", 1)


def test_a_mail_that_nobody_finds_any_more_keeps_its_outcome(desk: MailDesk, post: Post, dovecot: Dovecot) -> None:
    post.put(mail(subject="Frage", message_id="<frage@provider.example>"))
    gateway = desk.gateway(post)
    gateway.poll_once()
    with dovecot.client(post.account.user) as client:
        client.select_folder("Returned")
        client.delete_messages(client.search("ALL"))
        client.expunge()
    (row,) = desk.ledger()
    mail_care.look_again(desk.office, row.id, "anna")
    gateway.poll_once()
    (row,) = desk.ledger()
    assert (row.outcome, row.again_at) == ("returned", None)
    assert [one.what for one in mail_care.mail_view(desk.office, row.id).events] == ["again", "not_found"]


def test_what_breaks_off_at_each_second_look_stays_what_it_was(desk: MailDesk, post: Post) -> None:
    reader = Stumbling()
    post.put(mail(pdf()))
    gateway = desk.gateway(post, office={"reader": reader})
    for _ in range(4):
        gateway.poll_once()
    (row,) = desk.ledger()
    mail_care.look_again(desk.office, row.id, "anna")
    for _ in range(post.account.attempts + 1):
        gateway.poll_once()
        desk.clock.advance(timedelta(minutes=6))
    (row,) = desk.ledger()
    assert (row.outcome, row.reason, row.again_at) == ("failed", "internal_error", None)
    assert [one.what for one in mail_care.mail_view(desk.office, row.id).events] == ["again", "gave_up"]


def test_any_gateway_looks_again_at_what_is_kept_whichever_way_it_came(
    desk: MailDesk, post: Post, demo_post: Post
) -> None:
    reader = Stumbling()
    post.put(mail(pdf()))
    first = desk.gateway(post, office={"reader": reader})
    for _ in range(4):
        first.poll_once()
    (row,) = desk.ledger()
    mail_care.look_again(desk.office, row.id, "anna")
    desk.gateway(demo_post, holder="other").poll_once()
    (row,) = desk.ledger()
    assert (row.outcome, row.filed_to) == ("invoice", "Failed")


def test_two_at_once_look_again_once(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf()))
    desk.gateway(post).poll_once()
    (row,) = desk.ledger()
    wanted = mail_care.look_again(desk.office, row.id, "anna")
    now = desk.clock.now()
    with desk.inner.database.write() as connection:
        (planned,) = mail_ledger.again(connection, at=now, account=row.account, folder=row.folder)
        until = now.replace(year=2027)
        assert [mail_ledger.claim_again(connection, planned, until=until) for _ in range(2)] == [True, False]
        assert mail_ledger.again(connection, at=now, account=row.account, folder=row.folder) == []
    assert wanted.id == row.id


def test_a_mail_that_a_person_closed_is_not_taken_up_when_it_turns_up_again(desk: MailDesk, post: Post) -> None:
    came = mail(unreadable("P103"), sender="noreply@provider.example")
    post.put(came)
    gateway = desk.gateway(post)
    gateway.poll_once()
    (row,) = desk.ledger()
    assert (row.outcome, row.reason) == ("person", "P103")
    mail_care.ignore(desk.office, row.id, "anna", "kam per Post")
    post.put(came)
    gateway.poll_once()
    assert desk.outcomes() == [("ignored", "by_person P103"), ("ignored", "duplicate")]
