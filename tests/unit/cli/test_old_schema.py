"""Commands that need the database, where nobody has brought it to the newest schema yet."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pulse.base.errors import Misconfigured
from pulse.cli.house import refuse_other_schema
from pulse.cli.root import app
from pulse.settings import load

COMMANDS = [
    "worker",
    "web --port 0",
    "explain 1",
    "payments list",
    "payments owed",
    "payments propose --login carla --password secret",
    "mail --once",
    "mail import {mail}",
    "mail ledger",
    "mail again 1",
    "mail ignore 1 --comment settled",
    "mail retain",
    "mail rules",
    "reference status",
    "reference diff",
    "reference show 7680560520014",
    "letter show 1",
    "letter certificate list",
    "approval list",
    "token create --name sync --scope all",
    "user create anna --group assistants --password secret",
    "evaluate export-cases {folder}",
    "evaluate export {folder}",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_way_to_the_newest_schema_is_told(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_DATA_DIR", str(tmp_path))
    mail = tmp_path / "a.eml"
    mail.write_text("From: a@provider.example\n\nHello")
    done = CliRunner().invoke(app, command.format(folder=tmp_path / "cases", mail=mail).split())
    assert isinstance(done.exception, Misconfigured), (done.output, done.exception)
    assert "pulse db upgrade" in str(done.exception)


def test_a_process_may_start_while_its_database_is_away(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_DATABASE_URL", f"postgresql+psycopg://pulse@127.0.0.1:{free_port}/pulse")
    refuse_other_schema(load())
