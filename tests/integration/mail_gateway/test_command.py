"""`pulse mail` as a process: real settings, real reader, real SMTP and IMAP; the engine is away."""

from __future__ import annotations

import email
import email.policy
import json
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from mail_house import CLAIMS, MAILBOXES, SENT, engine_away, filled_database, settings
from mails import PROVIDER, mail
from typer.testing import CliRunner

from pulse.base.errors import NotFound
from pulse.cli.root import app
from pulse.demo.mailserver import DemoMailServer
from pulse.synthetic import form_pdf, hostile, invoice


@pytest.fixture
def server() -> Iterator[DemoMailServer]:
    with DemoMailServer({**MAILBOXES, PROVIDER: "three"}) as server:
        yield server


@pytest.fixture
def environment(server: DemoMailServer, tmp_path: Path, free_port: int) -> dict[str, str]:
    """The settings of an insurer with a filled database."""
    filled_database(tmp_path)
    return {**os.environ, **settings(tmp_path, engine_away(free_port), server), "PULSE_POLL_INTERVAL_S": "0.2"}


def pulse(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pulse", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)


def send(server: DemoMailServer, data: bytes) -> None:
    with smtplib.SMTP(server.host, server.smtp_port) as client:
        client.sendmail(PROVIDER, [CLAIMS], data)


def test_once_reads_everything_answers_what_is_due_and_ends(
    server: DemoMailServer, environment: dict[str, str]
) -> None:
    for attachment in (
        form_pdf(invoice(7), annex=False),
        hostile.encrypted(),
        hostile.truncated(),
        hostile.zip_named_pdf(),
        hostile.picture_only(),
    ):
        send(server, mail(attachment, return_path=None))
    send(server, mail(return_path=None))
    done = pulse("mail", "--once", environment=environment)
    assert done.returncode == 0, done.stderr
    assert "6 mails, 4 answers, 6 moved" in done.stdout
    ledger = pulse("mail", "ledger", "--json", environment=environment)
    rows = [json.loads(line) for line in ledger.stdout.splitlines()]
    assert [(row["outcome"], row["reason"], len(row["invoices"])) for row in reversed(rows)] == [
        ("invoice", "", 1),
        ("returned", "P102", 0),
        ("returned", "P103", 0),
        ("returned", "zip_empty", 0),
        ("person", "P107", 1),
        ("returned", "no_document", 0),
    ]
    answers = [email.message_from_bytes(data, policy=email.policy.default) for data in server.mails(PROVIDER)]
    assert len(answers) == len(server.mails(SENT)) == 4
    for answer in answers:
        assert answer["Return-Path"] == "<>"
        assert answer["Auto-Submitted"] == "auto-replied"
        assert answer["In-Reply-To"].endswith("@provider.example>")
    for address in (PROVIDER, CLAIMS):
        assert address not in done.stdout + done.stderr
    again = pulse("mail", "--once", environment=environment)
    assert (again.returncode, "0 mails, 0 answers, 0 moved" in again.stdout) == (0, True)


def test_a_mail_server_that_is_away_is_one_line_and_exit_1(environment: dict[str, str], server: DemoMailServer) -> None:
    server.__exit__(None, None, None)
    done = pulse("mail", "--once", environment=environment)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("pulse: The mail server is away")
    assert "Traceback" not in done.stderr


def test_the_mailboxes_and_the_mail_server_can_be_tested(environment: dict[str, str]) -> None:
    done = pulse("mail", "test", environment=environment)
    assert done.returncode == 0
    found = [line.split(":")[0] for line in done.stdout.splitlines()]
    assert found == [f"ok    {CLAIMS}", "        INBOX", "ok    mail-out", "ok    sent", "        INBOX"]


def test_what_is_wrong_with_a_mailbox_is_said_in_words_and_as_json_and_the_exit_code_is_1(
    environment: dict[str, str], tmp_path: Path
) -> None:
    runner = CliRunner(env={key: None for key in environment if key.startswith("PULSE_IMAP_")})
    environment = several(environment, tmp_path)
    done = runner.invoke(app, ["mail", "test"], env=environment)
    assert done.exit_code == 1
    assert "ok    invoices: " in done.stdout
    assert "FAIL  old: " in done.stdout
    assert "refuses the login of" in done.stdout
    assert "[login_refused]" in done.stdout
    one = runner.invoke(app, ["mail", "test", "old", "--json"], env=environment)
    report = json.loads(one.stdout)
    assert (one.exit_code, report["name"], report["works"], report["code"]) == (1, "old", False, "login_refused")
    good = runner.invoke(app, ["mail", "test", "invoices", "--json"], env=environment)
    assert (good.exit_code, json.loads(good.stdout)["folders"]) == (0, ["INBOX"])
    assert isinstance(runner.invoke(app, ["mail", "test", "nobody"], env=environment).exception, NotFound)


def several(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """The same insurer with two mailboxes in a file, of which one has an old password."""
    file = folder / "mailboxes.toml"
    host, port = environment["PULSE_IMAP_HOST"], environment["PULSE_IMAP_PORT"]
    (folder / "password").write_text("one\n")
    (folder / "old").write_text("old\n")
    file.write_text(
        f"""
[[mailbox]]
name = "old"
host = "{host}"
port = {port}
tls = "none"
user = "{SENT}"
password_file = "old"

[[mailbox]]
name = "invoices"
host = "{host}"
port = {port}
tls = "none"
user = "{CLAIMS}"
password_file = "password"
"""
    )
    kept = {key: value for key, value in environment.items() if not key.startswith("PULSE_IMAP_")}
    return {**kept, "PULSE_MAILBOXES": str(file)}


def test_one_mailbox_that_fails_does_not_keep_the_others_from_being_read(
    server: DemoMailServer, environment: dict[str, str], tmp_path: Path
) -> None:
    send(server, mail(return_path=None))
    done = pulse("mail", "--once", environment=several(environment, tmp_path))
    assert done.returncode == 1
    assert "1 mails, 1 answers, 1 moved" in done.stdout
    assert "mailbox=old" in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("pulse: The mail server refuses the login")


def test_a_probe_says_which_mailbox_is_not_read_and_how_old_the_last_look_is(
    environment: dict[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "pulse", "mail", "--health-port", "0"]
    options = {"env": several(environment, tmp_path), "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **options) as process:  # type: ignore[call-overload]
        try:
            address = process.stdout.readline().strip()
            deadline = time.monotonic() + 120
            while "(mailbox_login_refused)" not in (ready := requests.get(f"{address}/readyz", timeout=60)).text:
                assert time.monotonic() < deadline, ready.text
                time.sleep(0.05)
            while 'mailbox="invoices",result="worked"} 0' in requests.get(f"{address}/metrics", timeout=60).text:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            ready, metrics = (requests.get(f"{address}/{path}", timeout=60) for path in ("readyz", "metrics"))
            assert (ready.status_code, ready.json()) == (503, {"missing": ["old/INBOX (mailbox_login_refused)"]})
            assert 'pulse_mail_ready{folder="INBOX",mailbox="invoices"} 1.0' in metrics.text
            assert 'pulse_mail_last_look_age_seconds{folder="INBOX",mailbox="old"}' in metrics.text
            assert requests.get(f"{address}/healthz", timeout=60).status_code == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()


def test_it_runs_until_sigterm_and_ends_in_seconds(server: DemoMailServer, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "pulse", "mail"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            send(server, mail(return_path=None))
            server.wait_for(PROVIDER, timeout_s=120)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
