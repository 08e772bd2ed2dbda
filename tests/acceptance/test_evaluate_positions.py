"""`pulse evaluate positions` on the real command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import office
import pytest
from office import fill_registers, new_database

CLIENT = {"insurance_number": office.CLIENT_NUMBER, "covered_from": "2020-01-01", "law": "KVG"}
NAMED = CLIENT | {"family_name": "Müller", "given_name": "Anna", "birth_date": "1979-05-14"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    database = new_database(tmp_path)
    fill_registers(database)
    database.close()
    return tmp_path


def pulse(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command on the folder's database."""
    own = {"PULSE_DATA_DIR": str(folder), "PULSE_DATABASE_URL": f"sqlite:///{folder}/pulse.db", "COLUMNS": "120"}
    command = [str(Path(sys.executable).parent / "pulse"), "evaluate", "positions", *arguments]
    return subprocess.run(
        command, env=os.environ | own, capture_output=True, text=True, encoding="utf-8", check=False, timeout=150
    )


def written(folder: Path) -> str:
    dear = office.position(2, date="2026-06-09", unit_price="80.00", amount="80.00")
    invoice = office.invoice(positions=[office.position(1), dear]).to_json()
    file = folder / "question.json"
    file.write_text(json.dumps({"client": NAMED, "invoice": invoice}), encoding="utf-8")
    return str(file)


def test_an_expert_sees_what_would_be_paid(folder: Path) -> None:
    told = pulse(folder, written(folder), "--json")
    assert (told.returncode, told.stderr) == (0, "")
    answer = json.loads(told.stdout)
    assert answer["positions"] == [
        {"outcome": "full", "payable": "71.55", "reasons": []},
        {"outcome": "partial", "payable": "71.55", "reasons": ["P313"]},
    ]
    shown = pulse(folder, written(folder))
    assert shown.returncode == 0
    assert "P313" in shown.stdout
    assert "Payable CHF 143.10, partial: a person decides." in shown.stdout


def test_bad_input_ends_with_a_clear_word_and_its_own_code(folder: Path) -> None:
    file = folder / "question.json"
    for content, said in (("nonsense", "not JSON"), ('{"client": {}}', "invoice: Field required")):
        file.write_text(content, encoding="utf-8")
        told = pulse(folder, str(file), "--json")
        assert (told.returncode, told.stdout) == (3, "")
        assert said in told.stderr
        assert "Traceback" not in told.stderr
    assert pulse(folder, str(folder / "none.json")).returncode == 2
