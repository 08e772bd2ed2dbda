"""`pulse letter`: letters in the terminal, certificates and passwords on file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import office
import pytest
from certificates import mail_certificate
from claim_steps import decided, settled
from click.testing import Result
from typer.testing import CliRunner

from db import protection
from db.database import Database
from pulse.base.errors import Misconfigured
from pulse.claims.write_letter import write_letter
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


def test_a_list_of_certificates_is_taken_row_by_row_and_bad_rows_are_named(pulse: Command, tmp_path: Path) -> None:
    anna, beat, old = (
        mail_certificate(f"{name}@mail.example", **more)[1]
        for name, more in (("anna", {}), ("beat", {}), ("old", {"ends": datetime(2026, 2, 1, tzinfo=UTC)}))
    )
    (tmp_path / "beat.pem").write_text(beat)
    within = "".join(line for line in anna.splitlines() if "-----" not in line)
    rows = [
        f'anna@mail.example,"{anna}"',
        "Beat@mail.example, beat.pem",
        f"anna@mail.example,{within}",
        f"carla@mail.example,{within}",
        f'old@mail.example,"{old}"',
        "dora@mail.example,../pulse.db",
        "ernst@mail.example,",
    ]
    (tmp_path / "list.csv").write_text("\n".join(["address,certificate", *rows]))
    done = pulse("certificate", "import", str(tmp_path / "list.csv"))
    assert done.exit_code == 1
    assert "3 on file, 4 refused" in done.stdout
    assert "beat@mail.example, until 2035-01-01" in done.stdout
    refused = [line.partition(": ")[2] for line in done.stderr.splitlines()]
    assert refused == [
        "The certificate is not of carla@mail.example, but of anna@mail.example.",
        "The certificate ended on 2026-02-01.",
        "The file holds no certificate.",
        "The file holds no certificate.",
    ]
    assert len(json.loads(pulse("certificate", "list", "--json").stdout)) == 2


def test_agreed_passwords_come_as_a_list_and_none_is_shown(pulse: Command, tmp_path: Path) -> None:
    rows = [f"{office.CLIENT_NUMBER};agreed-word-7", "1;agreed-word-8", f"{office.PROVIDER_GLN};short", ";"]
    (tmp_path / "passwords.csv").write_bytes("\r\n".join(["\ufeffnumber;password", *rows]).encode())
    done = pulse("passwords", str(tmp_path / "passwords.csv"))
    assert done.exit_code == 1
    assert "line 2: on file" in done.stdout
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["line 3", "line 4", "line 5"]
    assert not {word for word in ("agreed", "short") if word in done.stdout + done.stderr}
    assert on_file(tmp_path) == "agreed-word-7"


def test_a_list_without_its_columns_is_wrong_usage(pulse: Command, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("number,word\n1,2\n")
    assert pulse("passwords", str(tmp_path / "list.csv")).exit_code == 2
    (tmp_path / "list.csv").write_bytes(b"number,password\n1,\xff\n")
    assert pulse("passwords", str(tmp_path / "list.csv")).exit_code == 2


@pytest.fixture
def case(tmp_path: Path, pulse: Command) -> int:
    """A case that is approved, with its letter to the client."""
    database = Database(f"sqlite:///{tmp_path / 'pulse.db'}")
    for desk in office.open_office(tmp_path, database=database):
        number = settled(desk)
        decided(desk, number, "approve", "P801", place="straight")
        write_letter(desk.office, number, "client", "approved")
    return number


def test_letters_of_a_case_are_shown_as_they_were_sent(pulse: Command, case: int, tmp_path: Path) -> None:
    shown = pulse("show", f"invoice-{case}")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("approved to the client: written, worded by template")
    assert "Guten Tag Anna Müller" in shown.stdout
    pdf = tmp_path / "letter.pdf"
    assert pulse("show", str(case), "--recipient", "client", "--pdf", str(pdf)).exit_code == 0
    assert pdf.read_bytes().startswith(b"%PDF")
    (one,) = json.loads(pulse("show", str(case), "--json").stdout)
    assert (one["kind"], one["recipient"], one["state"], one["wording"]["attempts"]) == (
        "approved", "client", "written", 0,
    )  # fmt: skip


def test_a_case_without_such_a_letter_says_so(pulse: Command, case: int, tmp_path: Path) -> None:
    assert pulse("show", str(case), "--recipient", "provider").exit_code == 1
    assert pulse("show", "nonsense").exit_code == 2
    assert json.loads(pulse("show", str(case), "--kind", "denied", "--json").stdout) == []


def test_a_letter_is_previewed_and_nothing_is_kept(pulse: Command, case: int, tmp_path: Path) -> None:
    told = pulse("preview", str(case), "--decision", "deny", "--reason", "P811", "--recipient", "provider")
    assert told.exit_code == 0, told.stdout
    assert "Wir können die Kosten nicht übernehmen" in told.stdout
    pdf = tmp_path / "preview.pdf"
    assert pulse("preview", str(case), "--pdf", str(pdf)).exit_code == 0
    assert pdf.read_bytes().startswith(b"%PDF")
    assert len(json.loads(pulse("show", str(case), "--json").stdout)) == 1


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
