"""Answers that cannot leave at once, or may have left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from mail_desk import MailDesk, Post
from mails import mail, pdf, unreadable

from pulse.claims.ports import DeliveryUnknown, MailRefused, MailUnavailable


def test_an_answer_waits_for_the_mail_server_and_leaves_later(desk: MailDesk, post: Post) -> None:
    desk.inner.mail_out.problems.append(MailUnavailable())
    post.put(mail())
    post.put(mail(pdf()))
    gateway = desk.gateway(post)
    gateway.poll_once()
    assert desk.answers == []
    assert post.counts() == {"INBOX": 1, "Processed": 1}
    gateway.poll_once()
    assert desk.answers == []
    desk.clock.advance(timedelta(seconds=15))
    gateway.poll_once()
    assert len(desk.answers) == 1
    assert post.counts() == {"Processed": 1, "Returned": 1}


def test_an_answer_that_breaks_something_holds_nobody_up_and_is_not_repeated(desk: MailDesk, post: Post) -> None:
    desk.inner.mail_out.problems.append(ZeroDivisionError())
    post.put(mail())
    post.put(mail())
    post.put(mail(pdf()))
    gateway = desk.gateway(post)
    gateway.poll_once()
    assert post.counts() == {"INBOX": 1, "Processed": 1, "Returned": 1}
    gateway.poll_once()
    assert (len(desk.answers), desk.effect(1).state, desk.effect(2).state) == (1, "unknown", "sent")
    assert post.counts() == {"Processed": 1, "Returned": 2}


def test_an_unreadable_invoice_whose_sender_cannot_be_reached_waits_for_a_person(desk: MailDesk, post: Post) -> None:
    desk.inner.mail_out.problems.append(MailRefused())
    post.put(mail(unreadable("P102")))
    gateway = desk.gateway(post)
    gateway.poll_once()
    gateway.poll_once()
    assert desk.answers == []
    assert desk.outcomes() == [("person", "P102")]
    assert post.counts() == {"Failed": 1}


def test_an_answer_that_is_refused_for_good_is_not_tried_again(desk: MailDesk, post: Post) -> None:
    desk.inner.mail_out.problems.append(MailRefused())
    post.put(mail())
    gateway = desk.gateway(post)
    gateway.poll_once()
    gateway.poll_once()
    assert desk.answers == []
    assert desk.effect(1).state == "refused"
    assert post.counts() == {"Returned": 1}


@pytest.mark.parametrize("arrived", [True, False])
def test_an_answer_that_may_have_left_is_looked_up_and_never_sent_again(
    desk: MailDesk, post: Post, arrived: bool
) -> None:
    desk.inner.mail_out.problems.append(DeliveryUnknown())
    post.put(mail())
    gateway = desk.gateway(post)
    gateway.poll_once()
    if arrived:
        desk.inner.sent.ids.add("<answer.1@insurer.example>")
    gateway.poll_once()
    gateway.poll_once()
    assert desk.answers == []
    assert desk.effect(1).state == ("sent" if arrived else "unknown")
    assert desk.ledger()[0].answered is arrived
    assert post.counts() == {"Returned": 1}
