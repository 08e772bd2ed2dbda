"""`pulse mail --once`: looks once, relays, answers, gives its leases back, ends 0. Real settings, engine, servers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded_engine import EngineProcess
from mail_house import CLAIMS, MAILBOXES, engine_away, filled_database, settings
from mails import PROVIDER, mail

from db import invoices
from db.database import Database
from db.tables import leases
from pulse.claims.deploy import models
from pulse.demo.mailserver import DemoMailServer
from pulse.synthetic import form_pdf, invoice


@pytest.fixture
def server() -> Iterator[DemoMailServer]:
    with DemoMailServer({**MAILBOXES, PROVIDER: "three"}) as server:
        yield server


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    filled_database(tmp_path)
    made = Database(f"sqlite:///{tmp_path / 'pulse.db'}")
    yield made
    made.close()


def once(folder: Path, engine_url: str, server: DemoMailServer | None, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **settings(folder, engine_url, server), **more}
    command = [sys.executable, "-m", "pulse", "mail", "--once"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)


def held(database: Database) -> list[str]:
    """Leases of pollers and relays; that of the retention only notes that the day's work is done."""
    with database.read() as connection:
        return [row.name for row in connection.execute(leases.select()) if row.name != "mail:retention"]


def test_once_takes_mails_and_dropped_files_relays_answers_and_gives_its_leases_back(
    server: DemoMailServer, database: Database, tmp_path: Path
) -> None:
    fax = tmp_path / "fax"
    fax.mkdir()
    (fax / "fax.pdf").write_bytes(form_pdf(invoice(8), annex=False))
    os.utime(fax / "fax.pdf", (1_700_000_000, 1_700_000_000))
    server.deliver(CLAIMS, mail(form_pdf(invoice(7), annex=False)))
    server.deliver(CLAIMS, mail())
    with EngineProcess(f"sqlite:///{tmp_path / 'engine.db'}") as engine:
        engine.rest.deploy(**{name.replace(".", "_"): data for name, data in models().items()})
        done = once(tmp_path, engine.rest.url, server, PULSE_WATCH_URL=str(fax))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "3 mails, 1 answers, 3 moved, 2 errands done" in done.stdout
        with database.read() as connection:
            cases = invoices.page(connection, limit=10)
        started = {one["id"] for one in engine.rest.get("/history/process-instance")}
    assert sorted(case.channel for case in cases) == ["folder", "mail"]
    assert {case.process_instance_id for case in cases} == started
    assert len(server.mails(PROVIDER)) == 1
    assert [path.name for path in (fax / "done").iterdir()] == ["fax.pdf"]
    assert held(database) == []


def test_once_with_a_watched_folder_alone_needs_no_mailbox(database: Database, tmp_path: Path, free_port: int) -> None:
    fax = tmp_path / "fax"
    fax.mkdir()
    done = once(tmp_path, engine_away(free_port), None, PULSE_WATCH_URL=str(fax))
    assert (done.returncode, "0 mails" in done.stdout) == (0, True), done.stderr
    assert held(database) == []


def test_once_gives_its_leases_back_where_the_mail_server_is_away(
    database: Database, tmp_path: Path, free_port: int
) -> None:
    mailbox = {"PULSE_IMAP_USER": "x", "PULSE_IMAP_PORT": str(free_port), "PULSE_IMAP_TLS": "none"}
    done = once(tmp_path, engine_away(free_port), None, **mailbox)
    assert done.returncode == 1
    assert held(database) == []
