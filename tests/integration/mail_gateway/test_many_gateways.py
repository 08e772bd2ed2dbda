"""Several gateways on one mailbox and one PostgreSQL, at once: each mail is taken once, whoever dies or dawdles."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mail_desk import MailDesk, Post
from mails import mail, pdf
from office import fill_registers, open_office
from postgres import Server, postgres_server

from db.database import Database
from mail_gateway.entrances.gateway import Gateway
from pulse.base.clock import SystemClock
from pulse.claims.receive import receive_document

__all__ = ["postgres_server"]
COUNT = 8


@pytest.fixture
def shared_desk(postgres_server: Server, tmp_path: Path) -> Iterator[MailDesk]:
    """A desk whose database is a server's; its office goes by the real clock."""
    for opened in open_office(tmp_path, database=Database(postgres_server.database())):
        fill_registers(opened.database)
        made = MailDesk(opened)
        yield made
        made.close()


def running(gateways: list[Gateway], stop: threading.Event) -> list[threading.Thread]:
    threads = [threading.Thread(target=gateway.run, args=(stop,), daemon=True) for gateway in gateways]
    for thread in threads:
        thread.start()
    return threads


def until_processed(post: Post, count: int) -> None:
    done = threading.Event()
    for _ in range(1200):
        if post.counts() == {"Processed": count}:
            return
        done.wait(0.1)
    pytest.fail(f"mails lie in {post.counts()}")


def assert_each_once(desk: MailDesk) -> None:
    assert desk.outcomes() == [("invoice", "")] * COUNT
    assert sorted(case.content.invoice_number for case in desk.cases()) == [str(n) for n in range(1, COUNT + 1)]
    assert len(desk.errands()) == COUNT


def test_m09_gateways_side_by_side_take_each_mail_once(shared_desk: MailDesk, post: Post) -> None:
    stop, receivers = threading.Event(), []

    def receive(*args: Any, **options: Any) -> Any:
        receivers.append(threading.current_thread().name)
        return receive_document(*args, **options)

    office = {"clock": SystemClock()}
    gateways = [
        shared_desk.gateway(post, holder=f"gateway {n}", office=office, poll_interval_s=0.05, receive=receive)
        for n in range(3)
    ]
    threads = running(gateways, stop)
    for number in range(1, COUNT + 1):
        post.put(mail(pdf(invoice_number=str(number))))
    until_processed(post, COUNT)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert len(set(receivers)) == 1
    shared_desk.clock.advance(timedelta(days=3650))
    assert_each_once(shared_desk)


def test_a_gateway_that_hangs_is_overtaken_and_what_it_does_afterwards_changes_nothing(
    shared_desk: MailDesk, post: Post
) -> None:
    stop, hangs, wakes = threading.Event(), threading.Event(), threading.Event()

    def hang(*args: Any, **options: Any) -> Any:
        hangs.set()
        assert wakes.wait(150)
        return receive_document(*args, **options)

    for number in range(1, COUNT + 1):
        post.put(mail(pdf(invoice_number=str(number))))
    short = replace(post, account=replace(post.account, lease_s=0.5))
    office = {"clock": SystemClock()}
    hanging = shared_desk.gateway(short, holder="hangs", office=office, poll_interval_s=0.05, receive=hang)
    other = shared_desk.gateway(short, holder="other", office=office, poll_interval_s=0.05)
    threads = running([hanging], stop)
    assert hangs.wait(60)
    threads += running([other], stop)
    until_processed(post, COUNT)
    wakes.set()
    stop.set()
    for thread in threads:
        thread.join(60)
    shared_desk.clock.advance(timedelta(days=3650))
    assert_each_once(shared_desk)
