"""Fault cases of mail servers and of our own end, by their numbers: killed processes, lost and slow connections,
servers that can do less. A real Dovecot, behind a proxy where it would not misbehave by itself."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dovecot import PASSWORD, Dovecot
from embedded_engine import EngineProcess
from fault_proxy import FaultProxy, Hold
from mail_desk import MailDesk, Post
from mails import mail, pdf
from office import fill_registers
from sqlalchemy import update
from structlog.testing import capture_logs

from db import invoices, mails
from db.database import Database
from db.tables import leases, outbox
from db.upgrade import upgrade
from mail_gateway.connection.bodies import MAX_MAILS
from mail_gateway.connection.mailbox import LoginRefused, MailboxUnavailable
from mail_gateway.entrances.gateway import Gateway
from pulse.base.clock import SystemClock
from pulse.claims.deploy import models
from pulse.synthetic import form_pdf, invoice


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[FaultProxy]:
    with FaultProxy(dovecot.host, dovecot.port) as made:
        yield made


@pytest.fixture
def faulty(post: Post, proxy: FaultProxy) -> Post:
    """The same mailbox, by way of the proxy."""
    return replace(post, account=replace(post.account, host=proxy.host, port=proxy.port, timeout_s=4.0))


class House:
    """`pulse mail --once` as a process: its settings, its database, its engine."""

    def __init__(self, folder: Path, post: Post, engine_url: str) -> None:
        self.post = post
        self.database = Database(f"sqlite:///{folder / 'pulse.db'}")
        upgrade(self.database)
        fill_registers(self.database)
        settings = {
            "DATA_DIR": str(folder),
            "ENGINE_URL": engine_url,
            "IMAP_USER": post.account.user,
            "IMAP_PASSWORD": PASSWORD,
            "IMAP_TLS": "none",
            "SMTP_TLS": "none",
        }
        self.environment = {**os.environ, **{f"PULSE_{key}": value for key, value in settings.items()}}

    def start(self, post: Post, **more: str) -> subprocess.Popen[str]:
        place = {"PULSE_IMAP_HOST": post.account.host, "PULSE_IMAP_PORT": str(post.account.port)}
        command = [sys.executable, "-m", "pulse", "mail", "--once"]
        return subprocess.Popen(
            command, env=self.environment | place | more, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, post: Post, **more: str) -> str:
        with self.start(post, **more) as process:
            told, _ = process.communicate(timeout=150)
        assert process.returncode == 0, told
        return told

    def kill_at(self, hold: Hold, post: Post, **more: str) -> None:
        """Kills the process (SIGKILL) while the talk stands still at that place."""
        with self.start(post, **more) as process:
            try:
                while not hold.reached.wait(0.1):
                    assert process.poll() is None, process.communicate()[0]
            finally:
                process.send_signal(signal.SIGKILL)
            assert process.wait(60) == -signal.SIGKILL
        hold.release.set()
        self._let_leases_run_out()

    def _let_leases_run_out(self) -> None:
        """As if the time were over for which a killed process keeps its mailbox and its errands."""
        now = datetime.now(UTC)
        with self.database.write() as connection:
            connection.execute(update(leases).values(until=now))
            connection.execute(update(outbox).values(next_try_at=now))

    def outcomes(self) -> list[tuple[str, str | None, int]]:
        """Of each mail: outcome, where it was put, how many cases it has."""
        with self.database.read() as connection:
            rows = reversed(mails.page(connection))
            return [(row.outcome, row.filed_to, len(mails.documents_of(connection, row.id))) for row in rows]

    def cases(self) -> list[Any]:
        with self.database.read() as connection:
            return invoices.page(connection, limit=100)


@pytest.fixture
def house(tmp_path: Path, post: Post, free_port: int) -> Iterator[House]:
    made = House(tmp_path, post, f"http://127.0.0.1:{free_port}/engine-rest")
    yield made
    made.database.close()


def test_m01_a_gateway_killed_after_fetch_and_before_commit_takes_the_mail_once(
    house: House, post: Post, faulty: Post, proxy: FaultProxy
) -> None:
    post.put(mail(form_pdf(invoice(7), annex=False)))
    # The whole mail is there, but for the server's last word.
    house.kill_at(_after(proxy, rb"UID FETCH .*BODY.PEEK\[\]", rb"OK .*Fetch completed"), faulty)
    assert house.outcomes() == [("pending", None, 0)]
    house.run(post)
    assert house.outcomes() == [("invoice", "Processed", 1)]
    assert len(house.cases()) == 1


def test_m02_a_gateway_killed_after_commit_and_before_the_move_only_moves(
    house: House, post: Post, faulty: Post, proxy: FaultProxy
) -> None:
    post.put(mail(form_pdf(invoice(7), annex=False)))
    house.kill_at(proxy.hold(rb"UID (MOVE|COPY)"), faulty)
    assert house.outcomes() == [("invoice", None, 1)]
    before = len(proxy.asked(rb"BODY.PEEK\[\]"))
    proxy.held.clear()
    house.run(faulty)
    assert len(proxy.asked(rb"BODY.PEEK\[\]")) == before
    assert house.outcomes() == [("invoice", "Processed", 1)]
    assert len(house.cases()) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_m03_a_relay_killed_around_the_start_of_a_process_starts_one(house: House, post: Post, moment: str) -> None:
    post.put(mail(form_pdf(invoice(7), annex=False)))
    with EngineProcess(f"sqlite:///{Path(house.environment['PULSE_DATA_DIR']) / 'engine.db'}") as engine:
        engine.rest.deploy(**{name.replace(".", "_"): data for name, data in models().items() if "." in name})
        host, _, port = engine.rest.url.removeprefix("http://").partition("/")[0].partition(":")
        with FaultProxy(host, int(port), by_line=False) as proxy:
            start = rb"POST .*/message"
            hold = proxy.hold(start) if moment == "before" else _after(proxy, start, rb"HTTP/1.1 200")
            url = f"http://{proxy.host}:{proxy.port}/engine-rest"
            house.kill_at(hold, post, PULSE_ENGINE_URL=url)
            house.run(post, PULSE_ENGINE_URL=engine.rest.url)
        (case,) = house.cases()
        assert case.process_instance_id
        found = engine.rest.get(f"/history/process-instance?processInstanceBusinessKey={case.business_key}")
        assert [one["id"] for one in found] == [case.process_instance_id]


def _after(proxy: FaultProxy, command: bytes, answer: bytes) -> Hold:
    """A hold at the server's answer to this command: what it asks for has been done."""
    hold, before = Hold(), proxy.hold(command)

    def watch() -> None:
        before.reached.wait(150)
        held = proxy.hold(answer)
        before.release.set()
        held.reached.wait(150)
        hold.reached.set()
        hold.release.wait(60)
        held.release.set()

    threading.Thread(target=watch, daemon=True).start()
    return hold


def test_m09_of_two_gateways_one_works_and_the_other_idles(desk: MailDesk, post: Post) -> None:
    post.put(mail(pdf()))
    first, second = desk.gateway(post, holder="first"), desk.gateway(post, holder="second")
    assert [first.poll_once().idle, second.poll_once().idle] == [False, True]
    first.close()
    assert not second.poll_once().idle


@pytest.mark.parametrize("how", ["silent", "eof", "bye", "reset"])
def test_m10_a_connection_that_dies_is_noticed_in_time_and_made_anew(
    *, desk: MailDesk, post: Post, faulty: Post, proxy: FaultProxy, how: str
) -> None:
    post.put(mail(pdf(invoice_number="1")))
    gateway = desk.gateway(faulty)
    gateway.poll_once()
    post.put(mail(pdf(invoice_number="2")))
    match how:
        case "silent":
            proxy.silent = True
        case "eof":
            proxy.cut_after = 0
        case "bye":
            proxy.replace(rb"^\* (FLAGS|SEARCH|OK|\d+ EXISTS).*", b"* BYE going down\r")
        case _:
            proxy.cut()
    began = time.monotonic()
    with pytest.raises(MailboxUnavailable):
        gateway.poll_once()
    assert time.monotonic() - began < 3 * faulty.account.timeout_s
    proxy.silent, proxy.cut_after = False, None
    proxy.replaced.clear()
    proxy.cut()
    assert gateway.poll_once().settled == 1
    assert [case.content.invoice_number for case in desk.cases()] == ["1", "2"]


class Stop(threading.Event):
    """Time goes by at once, until the gateway has waited that often; then it is to stop."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after = after
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is None:
            return super().wait()
        self.waits.append(timeout)
        if len(self.waits) == self._after:
            self.set()
        return self.is_set()


def test_m10_a_gateway_that_cannot_connect_waits_longer_each_time(desk: MailDesk, free_port: int) -> None:
    from mail_gateway.connection.account import Account

    account = Account(host="127.0.0.1", port=free_port, user="x", password="x", tls="none", timeout_s=1)
    stop = Stop(after=8)
    desk.gateway(Post(account, lambda _: None, lambda _: [])).run(stop)
    assert all(later > earlier * 0.99 for earlier, later in zip(stop.waits[:-1:2], stop.waits[2::2], strict=False))
    assert 30 <= stop.waits[-1] <= 60


def test_m11_a_refused_login_is_not_hammered_and_no_password_is_logged(desk: MailDesk, demo_post: Post) -> None:
    wrong = replace(demo_post.account, password="geheim-4711")
    gateway = desk.gateway(replace(demo_post, account=wrong), poll_interval_s=0.01)
    stop = Stop(after=3)
    with capture_logs() as logs:
        gateway.run(stop)
    assert stop.waits == [pytest.approx(wait_s, abs=5) for wait_s in (30, 60, 120)]
    assert len([entry for entry in logs if entry["action"] == "mail:poll:failed"]) == 3
    assert "geheim-4711" not in repr(logs)
    with pytest.raises(LoginRefused):
        gateway.poll_once()


def test_m13_without_move_and_uidplus_mails_are_copied_and_expunged(
    desk: MailDesk, post: Post, faulty: Post, proxy: FaultProxy
) -> None:
    proxy.replace(rb" (MOVE|UIDPLUS)\b", b"")
    post.put(mail(pdf()))
    desk.gateway(faulty).poll_once()
    assert post.counts() == {"Processed": 1}
    assert proxy.asked(rb"UID COPY")
    assert not proxy.asked(rb"UID (MOVE|EXPUNGE)")


def test_m14_mails_of_a_mailbox_that_takes_no_changes_are_handled_once_with_a_warning(
    desk: MailDesk, post: Post, faulty: Post, proxy: FaultProxy
) -> None:
    proxy.answer(rb" (UID )?(MOVE|STORE|COPY|CREATE|EXPUNGE)\b", b"%(tag)s NO [NOPERM] Permission denied")
    post.put(mail(pdf()))
    post.put(mail())
    gateway = desk.gateway(faulty)
    with capture_logs() as logs:
        for _ in range(3):
            gateway.poll_once()
    assert (len(desk.cases()), len(desk.answers)) == (1, 1)
    assert post.counts() == {"INBOX": 2}
    assert any(entry["action"] == "mail:file:refused" and entry["log_level"] == "warning" for entry in logs)
    assert len(proxy.asked(rb"BODY.PEEK\[\]")) == 1


def test_m22_of_a_mail_of_50_mb_only_the_head_is_downloaded(
    desk: MailDesk, post: Post, faulty: Post, proxy: FaultProxy
) -> None:
    post.put(mail(("gross.pdf", b"%PDF-")) + (b"A" * 76 + b"\r\n") * 650_000)
    desk.gateway(faulty).poll_once()
    assert proxy.received < 200_000
    assert desk.outcomes() == [("returned", "P110")]
    assert "höchstens 25 MB" in desk.answers[0].text


def test_m29_a_full_mailbox_moves_nothing_and_loses_nothing(
    desk: MailDesk, post: Post, faulty: Post, proxy: FaultProxy
) -> None:
    proxy.answer(rb" UID (MOVE|COPY)\b", b"%(tag)s NO [OVERQUOTA] Quota exceeded")
    post.put(mail(pdf()))
    gateway = desk.gateway(faulty)
    gateway.poll_once()
    assert post.counts() == {"INBOX": 1}
    proxy.answered.clear()
    gateway.poll_once()
    assert post.counts() == {"Processed": 1}
    assert len(desk.cases()) == 1


def test_m29_a_server_that_drips_is_left_in_time_and_what_was_done_stays_done(
    desk: MailDesk, post: Post, faulty: Post, proxy: FaultProxy
) -> None:
    for number in (1, 2, 3):
        post.put(mail(pdf(invoice_number=str(number))))
    slow = replace(faulty, account=replace(faulty.account, fetch_timeout_s=2.0))
    gateway = desk.gateway(slow)
    drips = proxy.hold(rb"\* 2 FETCH .*BODY\[\]")

    def drip() -> None:
        assert drips.reached.wait(60)
        proxy.bytes_per_s = 1.0
        drips.release.set()

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    # All three at once, then one by one: the first is done, whatever becomes of the second.
    with pytest.raises(MailboxUnavailable):
        gateway.poll_once()
    assert time.monotonic() - began < 60  # a second for each byte would last for minutes
    proxy.bytes_per_s = None
    drips.reached.clear()
    drips.release.clear()
    threading.Thread(target=drip, daemon=True).start()
    with pytest.raises(MailboxUnavailable):
        gateway.poll_once()
    assert [case.content.invoice_number for case in desk.cases()] == ["1"]
    proxy.bytes_per_s = None
    proxy.held.clear()
    gateway.poll_once()
    assert [case.content.invoice_number for case in desk.cases()] == ["1", "2", "3"]
    assert {row.attempts for row in desk.ledger()} <= {1, 2}


def test_m29_a_mail_that_ends_the_connection_is_found_out_and_set_aside(
    desk: MailDesk, post: Post, faulty: Post, proxy: FaultProxy
) -> None:
    for number in range(1, 6):
        post.put(mail(pdf(invoice_number=str(number))))
    proxy.cut_at += [re.compile(rb"UID FETCH (3|[\d,:]*\b3\b[\d,:]*|1:5|2:5|1:4|3:5) .*BODY.PEEK\[\]")]
    gateway = desk.gateway(faulty)
    for _ in range(8):
        try:
            gateway.poll_once()
        except MailboxUnavailable:
            continue
    assert sorted(desk.outcomes()) == [("failed", "internal_error"), *[("invoice", "")] * 4]
    assert [row.outcome for row in desk.ledger()][2] == "failed"


def test_small_mails_are_downloaded_together_and_each_is_taken_once(
    desk: MailDesk, post: Post, faulty: Post, proxy: FaultProxy
) -> None:
    count = MAX_MAILS + 5
    for number in range(1, count + 1):
        post.put(mail(pdf(invoice_number=str(number))))
    gateway: Gateway = desk.gateway(faulty, office={"clock": SystemClock()})
    gateway.poll_once()
    assert len(proxy.asked(rb"BODY.PEEK\[\]")) == 2
    assert post.counts() == {"Processed": count}
