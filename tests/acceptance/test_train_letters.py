"""`pulse letter train` as a person runs it: on made-up letters and on those of a filled database, with a tiny model."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import office
import pytest
from claim_steps import decided, settled
from typer.testing import CliRunner

from db import letters
from db.database import Database
from pulse.claims.edit_letter import edit
from pulse.claims.send_letter import send_letter
from pulse.claims.write_letter import write_letter
from pulse.cli.root import app

pytest.importorskip("peft", reason="the extra `models` is not installed")
pytest.importorskip("lingua", reason="the extra `models` is not installed")
pytestmark = [pytest.mark.xdist_group("models"), pytest.mark.timeout(300)]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house with three letters: one that left in the template's words, one in a person's, one that waits."""
    folder = tmp_path / "data"
    folder.mkdir()
    for desk in office.open_office(folder, letter_approval="all"):
        office.fill_registers(desk.database)
        number = settled(desk)
        decided(desk, number, "approve", "P801", place="straight")
        by_template, by_person = (
            write_letter(desk.office, number, to, "approved").letter_id for to in ("client", "provider")
        )
        told = stored(desk.database, by_person).paragraphs or []
        edit(desk.office, by_person, "\n\n".join([*told, "Freundlichen Dank, Anna Müller ist zufrieden."]), "carla")
        for letter_id, to in ((by_template, "client"), (by_person, "provider")):
            approve(desk.database, letter_id)
            send_letter(desk.office, number, to, "approved")
        waiting = settled(desk, invoice_number="102", positions=[office.position(1, date="2026-06-01")])
        decided(desk, waiting, "approve", "P801")
        write_letter(desk.office, waiting, "client", "approved")
    monkeypatch.setenv("PULSE_DATA_DIR", str(folder))
    return folder


def stored(database: Database, letter_id: str) -> letters.Letter:
    with database.read() as connection:
        found = letters.get(connection, letter_id)
    assert found is not None
    return found


def approve(database: Database, letter_id: str) -> None:
    with database.write() as connection:
        letters.set_letter(connection, letter_id, state="written", approved_by="carla", released_at=office.NOW)


def test_a_model_is_trained_measured_and_words_letters(
    data: Path, untrained_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # on a busy machine threads of so small sums mostly wait for each other
    request.addfinalizer(lambda: torch.set_num_threads(threads))
    monkeypatch.setenv("PULSE_LETTERS_MODEL_TOKENS", "16")  # it babbles to the end of its room
    taught = tmp_path / "taught"
    options = ["--cases", "16", "--steps", "25", "--check", "4", "--approved"]
    done = run("letter", "train", "--base", str(untrained_model), "--out", str(taught), *options)
    # What a person added names the client: that letter is no lesson.
    assert "1 of 2 letters on file are lessons" in done.stdout
    assert re.search(r"before: \d+%\nrefused by the guard after: \d+%\nsaved to ", done.stdout)
    assert re.search(r"step 25: loss \d+\.\d{3}", done.stderr)
    assert list(taught.glob("*.safetensors"))
    figures: dict[str, Any] = json.loads(
        run("evaluate", "letters", "--model", str(taught), "--count", "4", "--json").stdout
    )
    assert (figures["letters"], figures["wrong_facts"]) == (4, 0)
    assert figures["asked"] == figures["first_try"] + figures["after_retry"] + figures["fallbacks"] > 0
    assert figures["tokens"] > 0


def test_a_base_that_is_not_there_is_named(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "taught"
    done = CliRunner().invoke(app, ["letter", "train", "--base", "nobody/nothing", "--out", str(out), "--check", "0"])
    assert done.exit_code != 0
    assert "nobody/nothing" in str(done.exception)
    assert not out.exists()


def run(*arguments: str) -> Any:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done
