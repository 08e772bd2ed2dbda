"""`pulse letter`: certificates and passwords on file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import office
import pytest
from certificates import mail_certificate
from click.testing import Result
from typer.testing import CliRunner

from db import protection
from db.database import Database
from pulse.base.errors import Misconfigured
from pulse.cli.root import app
from pulse.settings import load
from pulse.wiring import office as office_of
from pulse.wiring import policy

Command = Callable[..., Result]


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command at a house with filled registers."""
    for desk in office.open_office(tmp_path):
        office.fill_registers(desk.database)
    monkeypatch.setenv("PULSE_DATA_DIR", str(tmp_path))
    return lambda *arguments, **more: CliRunner().invoke(app, ["letter", *arguments], **more)


def test_certificates_come_from_files_and_folders_and_what_cannot_be_used_is_named(
    pulse: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    (folder / "anna.pem").write_text(mail_certificate("anna.mueller@mail.example")[1])
    (folder / "old.crt").write_text(mail_certificate("old@mail.example", ends=datetime(2026, 2, 1, tzinfo=UTC))[1])
    (folder / "notes.txt").write_text("none")
    done = pulse("certificate", "add", str(folder))
    assert done.exit_code == 1
    assert "anna.mueller@mail.example, until 2035-01-01" in done.stdout
    assert "old.crt: The certificate ended on 2026-02-01." in done.stderr
    (found,) = json.loads(pulse("certificate", "list", "--json").stdout)
    assert (found["address"], found["over"]) == ("anna.mueller@mail.example", False)
    assert "anna.mueller@mail.example  until 2035-01-01" in pulse("certificate", "list").stdout
    assert pulse("certificate", "remove", "Anna.Mueller@mail.example").exit_code == 0
    assert pulse("certificate", "remove", "anna.mueller@mail.example").exit_code == 1
    assert pulse("certificate", "list").stdout == "No certificate on file.\n"


def test_a_password_is_made_and_printed_alone(pulse: Command, tmp_path: Path) -> None:
    made = pulse("password", office.CLIENT_NUMBER).stdout.strip()
    assert len(made) == 14
    assert on_file(tmp_path) == made


def test_an_agreed_password_is_asked_for_and_not_shown(pulse: Command, tmp_path: Path) -> None:
    done = pulse("password", office.CLIENT_NUMBER, "--agreed", input="agreed-word-7\nagreed-word-7\n")
    assert (done.exit_code, "agreed-word-7" in done.stdout) == (0, False)
    assert on_file(tmp_path) == "agreed-word-7"


def on_file(folder: Path) -> str | None:
    database = Database(f"sqlite:///{folder / 'pulse.db'}")
    with database.read() as connection:
        found = protection.password_of(connection, "client:1")
    database.close()
    return found.password if found else None


def test_providers_are_protected_like_clients_unless_a_setting_says_otherwise() -> None:
    both = policy(load({"PULSE_LETTER_PROTECTION": "smime"}))
    assert (both.letter_protection, both.letter_protection_provider) == ("smime", "smime")
    one = policy(load({"PULSE_LETTER_PROTECTION": "smime", "PULSE_LETTER_PROTECTION_PROVIDER": "none"}))
    assert (one.letter_protection, one.letter_protection_provider) == ("smime", "none")


def test_doctor_warns_of_certificates_that_end(pulse: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_LETTER_PROTECTION", "smime")

    def said() -> str:
        lines = CliRunner().invoke(app, ["doctor"]).stdout.splitlines()
        return next(line for line in lines if " protection: " in line)

    assert said().startswith("warn  protection: to clients smime, to providers smime; 0 certificates")
    (tmp_path / "anna.pem").write_text(mail_certificate("anna.mueller@mail.example")[1])
    pulse("certificate", "add", str(tmp_path / "anna.pem"))
    assert said() == "ok    protection: to clients smime, to providers smime; 1 certificates on file"


@pytest.mark.parametrize("half", ["PULSE_SMIME_KEY_FILE", "PULSE_SMIME_CERTIFICATE_FILE"])
def test_half_of_what_letters_are_signed_with_is_a_wrong_setting(half: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="PULSE_SMIME"):
        office_of(load({half: str(tmp_path / "one.pem"), "PULSE_DATA_DIR": str(tmp_path)}))
