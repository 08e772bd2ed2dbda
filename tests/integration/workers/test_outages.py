"""A server away for longer than all retries would last: no incident, and every case ends when it is back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import office
import pytest
from at_work import at_work
from office import TestOffice, fill_registers, open_office
from ports import kept_port
from postgres import running as postgres_running
from smtp_server import ScriptedSmtpServer

from db import invoices
from db.database import Database
from mail_gateway.outgoing.smtp import SmtpMailOut
from pulse.claims.deploy import deploy
from pulse.claims.receive import receive_document
from pulse.claims.relay import relay_once
from pulse.engine.client import EngineClient
from pulse.engine.embedded.server import EmbeddedServer
from pulse.engine.worker import Retry, Worker
from workers import handlers

CASES = 4
#: All attempts of a task together last this long.
RETRY, RETRIES_LAST_S = Retry(attempts=2, first_s=0.05, longest_s=0.05), 0.1
OUTAGE_S = 10 * RETRIES_LAST_S


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulse.engine.worker.dependencies.PROBE_WAIT_S", (0.02, 0.1))
    monkeypatch.setattr("workers.translate.LOOK_AGAIN_S", 0.1)
    monkeypatch.setattr("pulse.claims.send_letter.STILL_SENDING", timedelta(seconds=0.5))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineClient]:
    with EmbeddedServer(f"sqlite:///{tmp_path}/engine.db") as server, EngineClient(server.url) as client:
        deploy(client)
        yield client


class MovingClock:
    """The office's day, on which time goes by: what an outage has left half done must grow old."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        return office.NOW + timedelta(seconds=time.monotonic() - self._began)


def smtp_mail_out(port: int) -> SmtpMailOut:
    address = "claims@insurer.example"
    return SmtpMailOut("127.0.0.1", port, tls="none", mail_from=address, sent_copy_to="sent@insurer.example")


@contextlib.contextmanager
def working(engine: EngineClient, desk: TestOffice, **parts: Any) -> Iterator[Worker]:
    """A worker with all topics, and the processes of some cases that need no person."""
    used = replace(desk.office, engine=engine, clock=MovingClock(), **parts)
    fill_registers(desk.database)
    for number in range(CASES):
        data = office.document(invoice_number=f"9{number}", **office.treated_on(f"2026-0{number + 1}-10"))
        assert receive_document(used, data, channel="mail", actor="gateway").result == "started"
    while relay_once(used):
        pass
    topics = [replace(topic, retry=RETRY) for topic in handlers(used)]
    worker = Worker(engine_url=engine.url, topics=topics, slots=3, poll_ms=200)
    with at_work(worker, within_s=60):
        yield worker


def until(look: Callable[[], object], what: str, timeout_s: float = 120) -> None:
    deadline = time.monotonic() + timeout_s
    while not look():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def closed(database: Database) -> list[str | None]:
    with database.read() as connection:
        return [case.closed_as for case in invoices.page(connection, limit=100)]


def outage(engine: EngineClient, worker: Worker, name: str) -> None:
    """The worker has noticed, rests, and goes on resting."""
    until(lambda: worker.status().dependencies[name] is False, f"{name} is known to be down")
    time.sleep(OUTAGE_S)  # as long as the outage lasts; nothing else would tell its end
    assert worker.status().dependencies[name] is False
    assert engine.incidents() == []


def all_went_well(engine: EngineClient, worker: Worker, database: Database) -> None:
    until(lambda: closed(database) == ["approved"] * CASES, "the end of every case")
    until(lambda: not engine.process_instances(), "the end of every process")
    assert engine.incidents() == []
    assert (worker.handled["failed"], worker.handled["incident"]) == (0, 0)
    assert worker.status().missing() == []


def test_the_database_is_away_for_longer_than_all_retries(
    engine: EngineClient, tmp_path: Path, need: Callable[[str], str]
) -> None:
    need("postgres")
    with kept_port() as port, postgres_running(need, port) as server:
        database = Database(server.database())
        for desk in open_office(tmp_path, database=database):
            with working(engine, desk) as worker:
                until(lambda: worker.handled["completed"] >= 3, "the work has begun")
                server.stop()
                outage(engine, worker, "database")
                server.start()
                all_went_well(engine, worker, database)
            sent = [mail.message_id for mail in desk.mail_out.mails]
            assert len(sent) == len(set(sent)) == 2 * CASES


def test_the_database_is_locked_for_longer_than_all_retries(
    engine: EngineClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.database._BUSY_TIMEOUT_S", 0.05)
    for desk in open_office(tmp_path):
        with working(engine, desk) as worker:
            until(lambda: worker.handled["completed"] >= 3, "the work has begun")
            with desk.database.write():
                outage(engine, worker, "database")
            all_went_well(engine, worker, desk.database)


def test_the_mail_server_is_away_for_longer_than_all_retries_and_no_letter_goes_twice(
    engine: EngineClient, tmp_path: Path, free_port: int
) -> None:
    mail_out = smtp_mail_out(free_port)
    with ScriptedSmtpServer(port=free_port):
        mail_out.check()
    for desk in open_office(tmp_path):
        # closed once the worker has ended, which may be asking whether the server is there
        with contextlib.closing(mail_out), working(engine, desk, mail_out=mail_out) as worker:
            outage(engine, worker, "smtp")
            until(lambda: worker.handled["completed", "write-letter"] == 2 * CASES, "all else goes on")
            assert worker.handled["completed", "send-letter"] == 0
            with ScriptedSmtpServer(port=free_port) as server:
                all_went_well(engine, worker, desk.database)
    letters = [
        line for mail in server.taken for line in mail.content.splitlines() if line.lower().startswith(b"message-id")
    ]
    assert len(letters) == len(set(letters)) == 2 * CASES
