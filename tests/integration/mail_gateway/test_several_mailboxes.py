"""Several mailboxes and folders in one process: each is read for itself, and one that fails stops no other."""

from __future__ import annotations

import threading
from dataclasses import replace

from dovecot import Dovecot
from mail_desk import MailDesk, dovecot_post
from mails import mail, pdf

from db import mailbox_looks
from mail_gateway.connection.account import NamedAccount
from mail_gateway.connection.mailbox import LoginRefused
from mail_gateway.entrances.gateway import Gateway
from mail_gateway.entrances.gateways import Gateways
from pulse.claims.receive import receive_document


def test_folders_of_an_account_are_read_each_with_its_own_lease(desk: MailDesk, dovecot: Dovecot) -> None:
    post = dovecot_post(dovecot)
    with dovecot.client(post.account.user) as client:
        client.create_folder("Fax")
    named = NamedAccount(name="x", account=post.account, folders=("INBOX", "Fax"))
    dovecot.put(post.account.user, mail(pdf(invoice_number="1")))
    dovecot.put(post.account.user, mail(pdf(invoice_number="2")), "Fax")
    gateways = Gateways([Gateway(desk.office, account) for account in named.each()])
    result, errors = gateways.poll_once()
    assert (result.settled, result.filed, result.idle, errors) == (2, 2, False, [])
    assert [row.folder for row in desk.ledger()] == ["INBOX", "Fax"]
    assert post.counts() == {"Processed": 2}
    other = Gateways([desk.gateway(post, holder="other")])
    assert other.poll_once()[0].idle
    gateways.close()
    assert not other.poll_once()[0].idle


def test_one_that_fails_stops_no_other_and_is_known_by_its_reason(desk: MailDesk, dovecot: Dovecot) -> None:
    good, bad = dovecot_post(dovecot), dovecot_post(dovecot)
    good.put(mail(pdf()))
    broken = Gateway(desk.office, replace(bad.account, password="wrong"), mailbox_name="broken")
    gateways = Gateways([broken, Gateway(desk.office, good.account, mailbox_name="good")])
    result, errors = gateways.poll_once()
    assert (result.settled, [type(error) for error in errors]) == (1, [LoginRefused])
    assert [(one.mailbox, one.is_ready(), one.reason) for one in gateways.health] == [
        ("broken", False, "mailbox_login_refused"),
        ("good", True, ""),
    ]
    with desk.inner.database.read() as connection:
        refused = mailbox_looks.last(connection, bad.account.name, "INBOX")
        looked = mailbox_looks.last(connection, good.account.name, "INBOX")
    assert (refused.looked_at, refused.failed_at, refused.reason) == (None, desk.clock.now(), "mailbox_login_refused")
    assert (looked.looked_at, looked.failed_at, looked.reason) == (desk.clock.now(), None, "")
    gateways.close()


def test_all_of_them_run_until_the_stop_and_end_in_time(desk: MailDesk, dovecot: Dovecot) -> None:
    posts = [dovecot_post(dovecot) for _ in range(3)]
    received = threading.Semaphore(0)

    def receive(*args: object, **options: object) -> object:
        result = receive_document(*args, **options)  # type: ignore[arg-type]
        received.release()
        return result

    accounts = [posts[0].account, replace(posts[1].account, password="wrong"), posts[2].account]
    gateways = Gateways([Gateway(desk.office, one, poll_interval_s=0.05, receive=receive) for one in accounts])  # type: ignore[arg-type]
    stop, before = threading.Event(), set(threading.enumerate())
    running = threading.Thread(target=gateways.run, args=(stop,))
    running.start()
    for number in (0, 2):
        posts[number].put(mail(pdf(invoice_number=str(number))))
        assert received.acquire(timeout=60)
    stop.set()
    running.join(30)
    assert not running.is_alive()
    assert len(desk.cases()) == 2
    left = set(threading.enumerate()) - before
    assert [thread.name for thread in left if thread.name.startswith("mail-")] == []


def test_m10_a_mailbox_that_was_not_looked_into_for_long_is_not_ready(desk: MailDesk, dovecot: Dovecot) -> None:
    post = dovecot_post(dovecot)
    gateway = desk.gateway(post, poll_interval_s=20.0)
    now = gateway.health._began
    gateway.health._now = lambda: now
    assert not gateway.health.is_ready()
    gateway.poll_once()
    assert gateway.health.is_ready()
    # Three polls, each with its timeout of 20 seconds.
    now += 120
    assert gateway.health.is_ready()
    now += 1
    assert not gateway.health.is_ready()
    assert gateway.health.age_s() == 121
    gateway.poll_once()
    assert gateway.health.is_ready()
