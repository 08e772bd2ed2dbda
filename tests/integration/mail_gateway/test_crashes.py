"""The gateway is killed at every step; a new one takes over. Nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from mail_desk import MailDesk, Post
from mails import mail, pdf

from mail_gateway.connection.mailbox import Mailbox
from mail_gateway.ledger import Ledger
from pulse.claims import relay
from pulse.claims.receive import receive_document


class Killed(BaseException):
    """As good as kill -9: nothing catches it, nothing is tidied up."""


def before(method: Callable[..., Any]) -> Callable[..., Any]:
    """The process dies as it enters."""

    def dying(*_: Any, **__: Any) -> Any:
        raise Killed

    return dying


def after(method: Callable[..., Any]) -> Callable[..., Any]:
    """The process dies when the work is done, before its caller hears of it."""

    def dying(*args: Any, **options: Any) -> Any:
        method(*args, **options)
        raise Killed

    return dying


STEPS = [
    (Ledger, "see"),
    (Mailbox, "fetch_many"),
    (Ledger, "identify"),
    (Ledger, "settle"),
    (Mailbox, "file"),
    (Ledger, "filed"),
]


def die_and_go_on(desk: MailDesk, post: Post, monkeypatch: pytest.MonkeyPatch, **dying: Any) -> None:
    """One gateway dies; another takes over when the lease has run out, and looks twice."""
    with pytest.raises(Killed):
        desk.gateway(post, holder="dead", **dying).poll_once()
    monkeypatch.undo()
    desk.clock.advance(timedelta(minutes=2, seconds=1))
    successor = desk.gateway(post, holder="successor")
    successor.poll_once()
    assert successor.poll_once().settled == 0


def assert_done_once(desk: MailDesk, post: Post) -> None:
    assert desk.outcomes() == [("invoice", ""), ("returned", "no_document"), ("invoice", "")]
    assert [case.content.invoice_number for case in desk.cases()] == ["1", "2"]
    assert desk.errands() == [f"start:invoice-{case.id}" for case in desk.cases()]
    assert len(desk.answers) == 1
    assert post.counts() == {"Processed": 2, "Returned": 1}


def fill(post: Post) -> None:
    post.put(mail(pdf(invoice_number="1")))
    post.put(mail())
    post.put(mail(pdf(invoice_number="2")))


@pytest.mark.parametrize("moment", [before, after])
@pytest.mark.parametrize(("owner", "step"), STEPS)
def test_a_gateway_killed_at_a_step_is_taken_over_without_loss_or_repetition(
    *, desk: MailDesk, post: Post, monkeypatch: pytest.MonkeyPatch, owner: type, step: str, moment: Callable[..., Any]
) -> None:
    fill(post)
    monkeypatch.setattr(owner, step, moment(getattr(owner, step)))
    die_and_go_on(desk, post, monkeypatch)
    assert_done_once(desk, post)


@pytest.mark.parametrize("moment", [before, after])
def test_a_gateway_killed_around_the_case_makes_one_case(
    desk: MailDesk, post: Post, monkeypatch: pytest.MonkeyPatch, moment: Callable[..., Any]
) -> None:
    fill(post)
    die_and_go_on(desk, post, monkeypatch, receive=moment(receive_document))
    assert_done_once(desk, post)


def test_a_gateway_killed_after_the_case_knows_it_again_under_a_new_uidvalidity(
    desk: MailDesk, post: Post, monkeypatch: pytest.MonkeyPatch, dovecot: Any
) -> None:
    fill(post)
    dead = desk.gateway(post, receive=after(receive_document))
    with pytest.raises(Killed):
        dead.poll_once()
    dead.close()
    dovecot.forget_uids(post.account.user)
    desk.gateway(post).poll_once()
    assert [case.content.invoice_number for case in desk.cases()] == ["1", "2"]
    assert desk.outcomes() == [
        ("invoice", ""),
        ("ignored", "vanished"),
        ("ignored", "vanished"),
        ("invoice", ""),
        ("returned", "no_document"),
        ("invoice", ""),
    ]
    assert all(case.duplicate_of is None for case in desk.cases())


@pytest.mark.parametrize(("moment", "state", "answers"), [(before, "unknown", 0), (after, "sent", 1)])
def test_an_answer_whose_sender_was_killed_is_never_sent_twice(
    *,
    desk: MailDesk,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
    moment: Callable[..., Any],
    state: str,
    answers: int,
) -> None:
    post.put(mail())
    mail_out = desk.inner.mail_out
    monkeypatch.setattr(mail_out, "send", moment(mail_out.send))
    die_and_go_on(desk, post, monkeypatch)
    assert len(desk.answers) == answers
    assert desk.effect(1).state == state
    assert post.counts() == {"Returned": 1}


def test_a_relay_killed_between_start_and_receipt_starts_one_process(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf()))
    desk.gateway(post).poll_once()
    desk.inner.engine.lost_answers.append(Killed())
    with pytest.raises(Killed):
        relay.relay_once(desk.office)
    desk.clock.advance(timedelta(minutes=5))
    relay.relay_once(desk.office)
    assert len(desk.inner.engine.started) == 1
    assert desk.errands() == []
