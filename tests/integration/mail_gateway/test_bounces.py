"""S3: letters that come back, through a real IMAP server: shown on their case, a task to post them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bounces import REPORTS, report
from claim_steps import decided, settled
from mail_desk import MailDesk, Post
from mails import mail, pdf

from db import letters
from pulse.claims import tasks
from pulse.claims.cases import case_view, letter_pdf
from pulse.claims.send_letter import send_letter
from pulse.claims.write_letter import write_letter

CLIENT = "anna.mueller@mail.example"


def denied(desk: MailDesk) -> tuple[int, str]:
    """A denied case whose client's letter has left; the case and the letter's Message-ID."""
    office = desk.inner.office
    invoice_id = settled(desk.inner)
    decided(desk.inner, invoice_id, "deny", "P814", place="review_high_risk")
    write_letter(office, invoice_id, "client", "denied")
    with office.database.write() as connection:
        (letter,) = letters.of_invoice(connection, invoice_id)
        letters.set_letter(connection, letter.id, state="written")
    send_letter(office, invoice_id, "client", "denied")
    return invoice_id, desk.answers[-1].message_id


def state(desk: MailDesk, invoice_id: int) -> str:
    return case_view(desk.office, invoice_id).letters[0].state


@pytest.mark.parametrize("server", REPORTS)
def test_s3_a_report_in_the_inbox_becomes_a_task_to_send_the_letter_by_post(
    desk: MailDesk, post: Post, server: str
) -> None:
    invoice_id, message_id = denied(desk)
    post.put(report(server, message_id, to=CLIENT))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("person", "letter_bounced")]
    assert post.counts() == {"Processed": 1}
    view = case_view(desk.office, invoice_id)
    assert view.letters[0].state == "bounced"
    assert [event.action for event in view.timeline].count("claims:letter:bounced") == 1
    (task,) = tasks.open_tasks(desk.office, ["assistants"])
    assert (task.kind, task.invoice_id) == ("send_by_post", invoice_id)
    assert task.letter_id is not None
    assert letter_pdf(desk.office, task.letter_id).startswith(b"%PDF")
    assert len(desk.cases()) == 1  # the letter that came back is no invoice
    assert len(desk.answers) == 1  # and nobody answers a report
    tasks.complete(desk.office, task.id, "otto", {"delivery": "post"}, groups=["assistants"])
    assert state(desk, invoice_id) == "by_post"


def test_s3_a_delay_is_in_the_ledger_and_asks_nobody(desk: MailDesk, post: Post) -> None:
    invoice_id, message_id = denied(desk)
    post.put(report("postfix", message_id, action="delayed", code="4.4.1", reply="451"))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("ignored", "letter_delayed")]
    assert state(desk, invoice_id) == "sent"
    assert tasks.open_tasks(desk.office, ["assistants"]) == []


def test_s3_reports_that_come_twice_change_nothing_more(desk: MailDesk, post: Post) -> None:
    invoice_id, message_id = denied(desk)
    for server in ("postfix", "postfix", "gmail"):
        post.put(report(server, message_id))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("person", "letter_bounced"), ("ignored", "duplicate"), ("ignored", "bounce")]
    assert len(tasks.open_tasks(desk.office, ["assistants"])) == 1
    assert state(desk, invoice_id) == "bounced"


def test_s3_a_gateway_that_died_between_case_and_ledger_comes_to_the_same_end(desk: MailDesk, post: Post) -> None:
    invoice_id, message_id = denied(desk)
    post.put(report("exchange", message_id))
    first = desk.gateway(post)

    def dies(*_: object, **__: object) -> None:
        raise SystemExit

    first._ledger.settle = dies  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        first.poll_once()
    first.close()
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("person", "letter_bounced")]
    assert state(desk, invoice_id) == "bounced"
    assert len(tasks.open_tasks(desk.office, ["assistants"])) == 1


def test_s3_our_own_copy_that_bounces_is_not_the_letters_fault(desk: MailDesk, post: Post) -> None:
    invoice_id, message_id = denied(desk)
    desk.inner.office = replace(
        desk.inner.office, policy=replace(desk.inner.office.policy, sent_address="Sent <sent@insurer.example>")
    )
    post.put(report("postfix", message_id, to="sent@insurer.example", code="5.2.2", reply="552"))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("ignored", "bounce")]
    assert state(desk, invoice_id) == "sent"


@pytest.mark.parametrize("server", ["gmail", "qmail"])
def test_s3_a_forged_report_about_nothing_we_sent_is_ignored_as_before(desk: MailDesk, post: Post, server: str) -> None:
    invoice_id, message_id = denied(desk)
    forged = message_id.replace(".client.", ".provider.")
    post.put(report(server, forged))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("ignored", "bounce")]
    assert state(desk, invoice_id) == "sent"


def test_s3_a_person_who_answers_a_letter_with_a_new_invoice_is_no_report(desk: MailDesk, post: Post) -> None:
    invoice_id, message_id = denied(desk)
    post.put(mail(pdf(invoice_number="102"), text=f"> Message-ID: {message_id}\n> 550 5.1.1", In_Reply_To=message_id))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("invoice", "")]
    assert state(desk, invoice_id) == "sent"


def test_s3_a_report_larger_than_we_fetch_is_left_alone(desk: MailDesk, post: Post) -> None:
    _, message_id = denied(desk)
    small = replace(post, account=replace(post.account, max_bytes=2000))
    small.put(report("exchange", message_id) + b"x" * 4000)
    desk.gateway(small).poll_once()
    assert desk.outcomes() == [("ignored", "bounce")]
