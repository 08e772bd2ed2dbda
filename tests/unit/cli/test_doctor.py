"""`pulse doctor` about who may decide: a wrong right at the engine leaves no trace but an empty list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import office
import pytest
from certificates import client_certificate, mail_certificate
from scripted_engine import ScriptedEngine
from typer.testing import CliRunner

from db import users
from pulse.claims.assess_risk import DECISION
from pulse.cli.root import app

Doctor = Callable[..., str]


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """What `pulse doctor` says of people, with a login at the engine or not, Pulse's own people and the engine's."""

    def ask(*, login: bool = False, ours: bool = False, theirs: bool = False) -> str:
        for desk in office.open_office(tmp_path):
            if ours:
                with desk.database.write() as connection:
                    users.add(connection, login="carla", password_hash="-", groups="controllers", at=office.NOW)
        with ScriptedEngine() as engine:
            engine.on("/version", (200, {"version": "7.24.0"}))
            engine.on(f"/decision-definition/key/{DECISION}", (404, {"type": "RestException", "message": "none"}))
            engine.on("/user", (200, [{"id": "clara"}] if theirs else []))
            monkeypatch.setenv("PULSE_DATA_DIR", str(tmp_path))
            monkeypatch.setenv("PULSE_ENGINE_URL", engine.url)
            if login:
                monkeypatch.setenv("PULSE_ENGINE_USER", "demo")
                monkeypatch.setenv("PULSE_ENGINE_PASSWORD", "demo")
            said = CliRunner().invoke(app, ["doctor"]).stdout
        return next(line for line in said.splitlines() if " people: " in line)

    return ask


def test_people_of_either_directory_are_counted(doctor: Doctor) -> None:
    assert doctor(login=True, ours=True, theirs=True) == "ok    people: 1 of Pulse, 1 of the engine"


def test_own_people_are_enough_where_the_engine_asks_for_no_login(doctor: Doctor) -> None:
    assert doctor(ours=True) == "ok    people: 1 of Pulse, 0 of the engine"


@pytest.mark.parametrize(("ours", "what"), [(True, "are refused."), (False, "taken in any name.")])
def test_a_login_that_may_not_read_the_engines_users_is_told(doctor: Doctor, what: str, *, ours: bool) -> None:
    said = doctor(login=True, ours=ours)
    assert said.startswith("warn  people: ")
    assert "READ on users" in said
    assert said.endswith(what)


def test_where_nobody_is_known_every_name_may_decide_and_that_is_told(doctor: Doctor) -> None:
    assert doctor() == "warn  people: nobody is known, so every name may decide: make people with `pulse user create`."


def test_each_mailbox_and_the_mail_server_is_tried_and_what_is_wrong_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_DATA_DIR", str(tmp_path))
    nothing_set = CliRunner().invoke(app, ["doctor"]).stdout
    assert "FAIL  mailboxes: No mailbox is set: PULSE_IMAP_USER, or a file PULSE_MAILBOXES" in nothing_set
    for name, value in {"IMAP_USER": "claims", "IMAP_PORT": "9", "SMTP_PORT": "9"}.items():
        monkeypatch.setenv(f"PULSE_{name}", value)
    lines = [line for line in CliRunner().invoke(app, ["doctor"]).stdout.splitlines() if " mail " in line]
    assert [line.split(":")[0] for line in lines] == ["FAIL  mail claims", "FAIL  mail mail-out", "FAIL  mail sent"]
    assert all("127.0.0.1:9 refuses the connection. Check the port" in line for line in lines)


def test_own_certificates_are_told_with_their_last_day_and_warned_of_before_they_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> str:
        return next(line for line in CliRunner().invoke(app, ["doctor"]).stdout.splitlines() if " certificates" in line)

    def signs_until(day: datetime) -> None:
        key, certificate = mail_certificate("claims@insurer.example", ends=day)
        (tmp_path / "key.pem").write_bytes(key)
        (tmp_path / "certificate.pem").write_text(certificate)

    monkeypatch.setenv("PULSE_DATA_DIR", str(tmp_path))
    assert said() == "ok    certificates: none of our own"
    monkeypatch.setenv("PULSE_SMIME_KEY_FILE", str(tmp_path / "key.pem"))
    monkeypatch.setenv("PULSE_SMIME_CERTIFICATE_FILE", str(tmp_path / "certificate.pem"))
    signs_until(datetime(2099, 7, 1, 12, tzinfo=UTC))
    assert said() == "ok    certificates: S/MIME until 2099-07-01"
    for name, value in {"TOKEN_URL": "https://login.example/token", "CLIENT_ID": "pulse", "SCOPE": "imap"}.items():
        monkeypatch.setenv(f"PULSE_MAIL_OAUTH_{name}", value)
    monkeypatch.setenv("PULSE_MAIL_OAUTH_CLIENT_CERTIFICATE", client_certificate())
    monkeypatch.setenv("PULSE_IMAP_USER", "claims")
    monkeypatch.setenv("PULSE_IMAP_PORT", "9")
    monkeypatch.setenv("PULSE_SMTP_PORT", "9")
    assert said() == "ok    certificates: S/MIME until 2099-07-01, login of claims until 2035-01-01"
    signs_until(datetime.now(UTC) + timedelta(days=29))
    assert said().startswith("warn  certificates: S/MIME until ")
    assert said().endswith("login of claims until 2035-01-01: renew what is over or ends within 30 days.")
