"""`pulse payments` as controllers run it: a process, two logins, a file, the bank's answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import office
import pytest
from payment_desk import INSURER_IBAN, camt, decide, pain002
from web_desk import PASSWORD
from werkzeug.security import generate_password_hash

from db import users

ROOT = Path(__file__).resolve().parents[3]
Pulse = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def pulse(tmp_path: Path) -> Pulse:
    """Runs `pulse payments …` over a database with one payment to a client."""
    for desk in office.open_office(tmp_path):
        office.fill_registers(desk.database)
        decide(desk, tiers="garant")
        hashed = generate_password_hash(PASSWORD, method="scrypt:1024:8:1")
        with desk.database.write() as connection:
            for login, groups in (("anna", "assistants"), ("carla", "controllers"), ("carlo", "controllers")):
                users.add(connection, login=login, password_hash=hashed, groups=groups, at=office.NOW)
    own = {"PATH": os.environ["PATH"], "PULSE_DATA_DIR": str(tmp_path), "PULSE_INSURER_IBAN": INSURER_IBAN}

    def run(*words: str, login: str | None = None, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
        who = ["--login", login, "--password", password] if login else []
        command = [sys.executable, "-m", "pulse", "payments", *words, *who]
        return subprocess.run(command, check=False, cwd=ROOT, env=own, capture_output=True, text=True, timeout=60)

    return run


def test_two_controllers_pay_and_read_what_the_bank_says(pulse: Pulse, tmp_path: Path) -> None:
    listed = pulse("list")
    assert "71.55" in listed.stdout
    assert "CH93 … 2957" in listed.stdout
    assert "Müller" not in listed.stdout
    made = pulse("propose", login="carla")
    assert (made.returncode, made.stdout.split(":")[0]) == (0, "Run 1"), made.stderr
    own = pulse("release", "1", login="carla")
    assert (own.returncode, "[four_eyes]" in own.stderr) == (1, True)
    early = pulse("file", "1", "--output", str(tmp_path / "early.xml"), login="carla")
    assert early.returncode == 1
    assert pulse("release", "1", login="carlo").returncode == 0
    path = tmp_path / "bank.xml"
    first, again = (
        pulse("file", "1", "-o", str(path), login="carlo"),
        pulse("file", "1", "-o", str(path), login="carla"),
    )
    assert (first.returncode, again.returncode) == (0, 0)
    assert "taken before" in again.stderr
    message = path.read_text(encoding="utf-8").partition("<MsgId>")[2].partition("</MsgId>")[0]
    report = tmp_path / "status.xml"
    report.write_bytes(pain002(message, group="RJCT"))
    assert pulse("status", str(report), login="carla").stdout == "Run 1: 1 rejected.\n"
    assert pulse("status", str(report), login="carla").stdout == "Run 1: this report was read before.\n"
    (one,) = [json.loads(line) for line in pulse("list", "--json", "--state", "rejected").stdout.splitlines()]
    assert (one["amount"], one["reason"], one["state"]) == ("71.55", "AC04", "rejected")


def test_only_controllers_with_their_password_pay(pulse: Pulse, tmp_path: Path) -> None:
    assert "[controllers_only]" in pulse("propose", login="anna").stderr
    assert "[login_refused]" in pulse("propose", login="carla", password="wrong").stderr
    assert pulse("list", "--state", "nowhere").returncode == 2
    path = tmp_path / "there.xml"
    path.write_text("something else", encoding="utf-8")
    pulse("propose", login="carla")
    pulse("release", "1", login="carlo")
    refused = pulse("file", "1", "-o", str(path), login="carlo")
    assert (refused.returncode, "[file_exists]" in refused.stderr) == (1, True)
    assert path.read_text(encoding="utf-8") == "something else"


def test_what_is_owed_is_listed_and_what_came_in_is_booked(pulse: Pulse, tmp_path: Path) -> None:
    assert "0 receivables, CHF 0.00" in pulse("owed").stdout
    path = tmp_path / "camt.xml"
    path.write_bytes(camt(("B-1", "5.00", "7857")))
    first, again = pulse("receive", str(path), login="carla"), pulse("receive", str(path), login="carla")
    assert (first.returncode, first.stdout) == (0, "0 bills paid in full.\n1 for a person: no_bill.\n"), first.stderr
    assert again.stdout == "This file was read before.\n"
    assert pulse("owed", "--state", "nowhere").returncode == 2
