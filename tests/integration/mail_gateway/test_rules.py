"""Rules of the mailbox on a real mail server: what each action does, where mails go, and whether it was foreseen."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bounces import report
from dovecot import Dovecot
from mail_desk import MailDesk, Post
from mails import PROVIDER, mail, pdf, unreadable

from db import effects
from mail_gateway.connection.account import NamedAccount
from mail_gateway.foresight import foresee
from mail_gateway.outgoing.compose import compose
from pulse.claims import mail_rules
from pulse.claims.mail_rule import read_rule
from pulse.claims.mailboxes import Foreseen
from pulse.claims.ports import DeliveryUnknown, MailRefused, MailUnavailable

COLLEAGUE = "anna.meier@insurer.example"
BOUNCED = report("postfix", "<letter.99.client.approved.1@insurer.example>")


def keep(desk: MailDesk, name: str = "rule", **values: Any) -> None:
    rule = read_rule({"name": name, "action": "ignore"} | values, desk.office.policy)
    mail_rules.add(desk.office, rule, by="carla")


def poll(desk: MailDesk, post: Post) -> Any:
    return desk.gateway(post).poll_once()


def foreseen(desk: MailDesk, post: Post, last: int = 50) -> Sequence[Foreseen]:
    return foresee(desk.office, NamedAccount(name="invoices", account=post.account, folders=("INBOX",)), last)


def test_a_mail_that_a_rule_ignores_is_filed_unread_and_unanswered(desk: MailDesk, post: Post) -> None:
    keep(desk, "newsletters", sender="*.news.example")
    post.put(mail(pdf(), sender="press@daily.news.example"))
    post.put(mail(pdf()))
    poll(desk, post)
    assert desk.outcomes() == [("ignored", "rule"), ("invoice", "")]
    assert [row.rule for row in desk.ledger()] == ["newsletters", ""]
    assert len(desk.cases()) == 1
    assert desk.answers == []
    assert post.counts() == {"Processed": 2}


def test_a_rule_may_take_a_mail_as_an_invoice_and_move_it(desk: MailDesk, post: Post) -> None:
    keep(desk, "fax", action="invoice", sender=PROVIDER, afterwards="move", move_to="Fax/2026")
    keep(desk, "everything else")
    post.put(mail(pdf()))
    post.put(mail(pdf(), sender="wer@anders.example"))
    poll(desk, post)
    assert desk.outcomes() == [("invoice", ""), ("ignored", "rule")]
    filed = [(row.rule, row.filed_to) for row in desk.ledger()]
    assert filed == [("fax", "Fax/2026"), ("everything else", "Processed")]
    assert len(post.mails("Fax/2026")) == 1


def test_what_nobody_could_read_is_set_aside_whatever_its_rule_says(desk: MailDesk, post: Post) -> None:
    keep(desk, action="invoice", afterwards="delete")
    post.put(mail(unreadable("P102"), Auto_Submitted="auto-generated"))
    poll(desk, post)
    assert desk.outcomes() == [("person", "P102")]
    assert post.counts() == {"Failed": 1}


def test_the_text_of_a_rule_is_answered_once_and_by_its_sender_alone(desk: MailDesk, post: Post) -> None:
    keep(desk, action="reply", subject="*frage*", reply_text="Bitte rufen Sie uns an.\n\n031 000 00 00")
    post.put(mail(subject="Eine Frage", message_id="<frage@provider.example>"))
    post.put(mail(subject="Frage, automatisch", Auto_Submitted="auto-replied"))
    poll(desk, post)
    poll(desk, post)
    assert desk.outcomes() == [("returned", "rule_reply"), ("ignored", "automatic")]
    (answer,) = desk.answers
    assert (answer.to, answer.subject, answer.envelope_from) == (PROVIDER, "Re: Eine Frage", "")
    assert answer.text == "Bitte rufen Sie uns an.\n\n031 000 00 00\n"
    assert answer.headers["Auto-Submitted"] == "auto-replied"
    assert answer.headers["In-Reply-To"] == "<frage@provider.example>"
    assert post.counts() == {"Returned": 1, "Processed": 1}


def test_a_rule_that_answers_no_more_while_its_answer_waits_sends_none(desk: MailDesk, post: Post) -> None:
    keep(desk, action="reply", reply_text="Moment.")
    desk.inner.mail_out.problems.append(MailUnavailable())
    post.put(mail())
    gateway = desk.gateway(post)
    gateway.poll_once()
    assert post.counts() == {"INBOX": 1}
    mail_rules.remove(desk.office, "rule", by="carla")
    desk.clock.advance(timedelta(minutes=1))
    gateway.poll_once()
    assert desk.answers == []
    assert post.counts() == {"Returned": 1}


def test_a_mail_is_forwarded_whole_once_and_a_person_has_it(desk: MailDesk, post: Post) -> None:
    keep(desk, "complaints", action="forward", subject="*Beschwerde*", forward_to=COLLEAGUE)
    source = mail(pdf(), subject="Beschwerde 756.9217.0769.85 über eine Rechnung", text="Grüsse, Zoë\n.\nRCPT TO:<x@y>")
    post.put(source)
    poll(desk, post)
    poll(desk, post)
    (row,) = desk.ledger()
    assert (row.outcome, row.reason, row.rule, row.answered) == ("person", "forwarded", "complaints", False)
    assert desk.cases() == []
    (sent,) = desk.answers
    assert (sent.to, sent.message_id) == (COLLEAGUE, f"<forward.{row.id}@insurer.example>")
    assert sent.subject == "Fwd: Beschwerde … über eine Rechnung"
    assert sent.headers["Auto-Submitted"] == "auto-generated"
    data = compose(sent, mail_from="claims@insurer.example", at=desk.clock.now())
    parsed = email.message_from_bytes(data, policy=email.policy.default)
    (attached,) = [part for part in parsed.walk() if part.get_content_type() == "message/rfc822"]
    assert bytes(attached.get_content()).replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\r\n").rstrip() == source.rstrip()
    assert post.counts() == {"Processed": 1}


def test_a_forwarded_mail_that_comes_back_is_known_as_our_own(desk: MailDesk, post: Post) -> None:
    keep(desk, action="forward", forward_to=COLLEAGUE)
    post.put(mail())
    poll(desk, post)
    (sent,) = desk.answers
    post.put(compose(sent, mail_from="claims@insurer.example", at=desk.clock.now()))
    poll(desk, post)
    assert desk.outcomes() == [("person", "forwarded"), ("ignored", "own_mail")]
    assert len(desk.answers) == 1


@pytest.mark.parametrize("lost", [False, True])
def test_a_forward_waits_for_the_mail_server_and_is_never_sent_twice(desk: MailDesk, post: Post, lost: bool) -> None:
    keep(desk, action="forward", forward_to=COLLEAGUE)
    post.put(mail())
    post.put(mail(pdf(), sender="wer@anders.example"))
    desk.inner.mail_out.problems.append(DeliveryUnknown() if lost else MailUnavailable())
    gateway = desk.gateway(post)
    gateway.poll_once()
    first, second = desk.ledger()
    assert (first.filed_to, second.filed_to) == (None, "Processed")
    if lost:
        desk.inner.sent.ids.add(f"<forward.{first.id}@insurer.example>")
    desk.clock.advance(timedelta(days=2))
    gateway.poll_once()
    assert len(desk.answers) == (1 if lost else 2)
    assert desk.outcomes() == [("person", "forwarded")] * 2
    assert post.counts() == {"Processed": 2}


def test_a_mail_that_could_not_be_forwarded_is_left_to_a_person(desk: MailDesk, post: Post) -> None:
    keep(desk, action="forward", forward_to=COLLEAGUE, afterwards="delete")
    desk.inner.mail_out.problems.append(MailRefused())
    post.put(mail())
    poll(desk, post)
    assert desk.outcomes() == [("person", "forward_failed")]
    assert post.counts() == {"Failed": 1}
    with desk.inner.database.read() as connection:
        effect = effects.get(connection, f"forward:mail-{desk.ledger()[0].id}")
    assert effect is not None
    assert effect.state == "refused"


def test_a_mail_is_deleted_once_its_copy_is_safe(desk: MailDesk, post: Post) -> None:
    keep(desk, afterwards="delete")
    source = mail(text="x" * 100)
    post.put(source)
    poll(desk, post)
    (row,) = desk.ledger()
    assert (row.outcome, row.filed_to) == ("ignored", "")
    assert desk.office.documents.get(row.source_sha256) == source
    assert post.counts() == {}


def test_a_mail_without_a_copy_is_never_deleted(desk: MailDesk, post: Post, capfd: pytest.CaptureFixture[str]) -> None:
    keep(desk, action="reply", reply_text="Später.", afterwards="delete")
    desk.inner.mail_out.problems.append(MailUnavailable())
    post.put(mail())
    gateway = desk.gateway(post)
    gateway.poll_once()
    (row,) = desk.ledger()
    Path(desk.office.documents._path(row.source_sha256)).write_bytes(b"something else")
    desk.clock.advance(timedelta(minutes=1))
    gateway.poll_once()
    assert desk.ledger()[0].filed_to == "INBOX"
    assert post.counts() == {"INBOX": 1}
    assert "mail:delete:refused" in "".join(capfd.readouterr())


def test_a_mail_that_is_kept_stays_and_is_not_taken_again(desk: MailDesk, post: Post, dovecot: Dovecot) -> None:
    keep(desk, action="invoice", afterwards="keep")
    post.put(mail(pdf()))
    poll(desk, post)
    assert (poll(desk, post).settled, post.counts()) == (0, {"INBOX": 1})
    dovecot.forget_uids(post.account.user)
    poll(desk, post)
    assert desk.outcomes() == [("invoice", ""), ("ignored", "duplicate")]
    assert [row.rule for row in desk.ledger()] == ["rule", "rule"]
    assert post.counts() == {"INBOX": 1}
    assert len(desk.cases()) == 1


def test_a_rule_counts_from_the_next_poll_on(desk: MailDesk, post: Post) -> None:
    gateway = desk.gateway(post)
    for change in (
        lambda: keep(desk),
        lambda: mail_rules.switch(desk.office, "rule", on=False, by="carla"),
        lambda: mail_rules.switch(desk.office, "rule", on=True, by="carla"),
        lambda: mail_rules.remove(desk.office, "rule", by="carla"),
    ):
        change()
        post.put(mail(pdf()))
        gateway.poll_once()
    assert [row.outcome for row in desk.ledger()] == ["ignored", "invoice", "ignored", "invoice"]


def test_rules_are_looked_up_once_a_poll(desk: MailDesk, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr("mail_gateway.rulebook.rules", lambda connection: looked.append(1) or [])
    for _ in range(5):
        post.put(mail())
    poll(desk, post)
    assert len(looked) == 1


def test_reports_about_our_letters_and_our_own_mails_come_before_the_rules(desk: MailDesk, post: Post) -> None:
    keep(desk, "everything", action="reply", reply_text="Danke.")
    post.put(BOUNCED)
    post.put(mail(message_id="<letter.1.provider.approved.1@insurer.example>"))
    poll(desk, post)
    assert [row.rule for row in desk.ledger()] == ["", ""]
    assert {row.reason for row in desk.ledger()} <= {"bounce", "own_mail", "letter_bounced"}
    assert desk.answers == []


#: Every kind of mail that rules tell apart, with the rule that takes it.
MANY = [
    (mail(pdf(), sender="press@daily.news.example"), "news"),
    (mail(sender="info@shop.example", return_path="b17@daily.news.example"), "news"),
    (mail(subject="=?utf-8?q?Fr=C3=BChlingsaktion?="), "spring"),
    (mail(subject="FRÜHLINGSAKTION für Sie"), "spring"),
    (mail(("Mahnung.pdf", pdf())), "reminders"),
    (mail(("M=?utf-8?q?ahnung?=.pdf", pdf())), ""),
    (mail(("mahnung über alles.pdf", pdf()), ("x.pdf", pdf())), "reminders"),
    (mail(("virus.exe", b"MZ")), "programs"),
    (mail(subject="Frage"), "questions"),
    (mail(subject="Frage", Auto_Submitted="auto-replied"), "questions"),
    (mail(subject="Frage", Precedence="list", List_Id="<x.example>"), "questions"),
    (mail(pdf()), ""),
    (mail(return_path=None, sender="zwei@x.example, drei@y.example"), ""),
    (mail(message_id="<answer.1@insurer.example>"), ""),
    (BOUNCED, ""),
    (mail(Delivered_To="claims+test@insurer.example"), ""),
    (mail(pdf(), subject="Re: frage", In_Reply_To="<answer.999@insurer.example>"), ""),
    (mail(subject="Frage", In_Reply_To="<answer.999@insurer.example>"), "questions"),
    (b"Subject: nothing else\r\n\r\nwords", ""),
]


def test_what_the_rules_would_do_is_what_they_then_do(desk: MailDesk, post: Post) -> None:
    keep(desk, "off", enabled=False)
    keep(desk, "news", sender="*.news.example", afterwards="move", move_to="News")
    keep(desk, "spring", subject="frühlings*", afterwards="delete")
    keep(desk, "reminders", action="forward", attachment="mahnung*.pdf", forward_to=COLLEAGUE)
    keep(desk, "programs", attachment="*.exe", without_attachment="*.pdf", younger_than_days=2)
    keep(desk, "old", older_than_days=1)
    keep(desk, "questions", action="reply", subject="frage", folder="INBOX", reply_text="Danke.", afterwards="keep")
    keep(desk, "elsewhere", account="not this one")
    for source, _ in MANY:
        post.put(source)
    before = post.counts()
    told = list(reversed(foreseen(desk, post)))
    assert post.counts() == before == {"INBOX": len(MANY)}
    assert desk.ledger() == []
    poll(desk, post)
    happened = desk.ledger()
    assert [one.rule for one in told] == [row.rule for row in happened] == [rule for _, rule in MANY]
    outcomes = {
        "ignore": {"ignored"},
        "forward": {"person"},
        "reply": {"returned"},
        "before_rules": {"ignored", "returned"},
    }
    for one, row in zip(told, happened, strict=True):
        assert row.outcome in outcomes.get(one.action, {"invoice", "returned", "ignored"}), (one, row)


def test_mails_that_were_filed_are_foreseen_as_if_they_came_now(desk: MailDesk, post: Post) -> None:
    for number in range(3):
        post.put(mail(pdf(), subject=f"Rechnung {number}"))
    poll(desk, post)
    keep(desk, "second", subject="* 1", folder="INBOX")
    assert {one.subject: (one.rule, one.folder) for one in foreseen(desk, post)} == {
        "Rechnung 0": ("", "INBOX"),
        "Rechnung 1": ("second", "INBOX"),
        "Rechnung 2": ("", "INBOX"),
    }
    assert len(foreseen(desk, post, last=2)) == 2
