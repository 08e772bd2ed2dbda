"""An insurer's expert tries a change of rules on past cases, by the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from claim_steps import settled
from office import LISTED, TestOffice, fill_registers, open_office, position
from sqlalchemy import update

from db.tables import medication_prices


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestOffice]:
    for opened in open_office(tmp_path):
        fill_registers(opened.database)
        yield opened


def pulse(desk: TestOffice, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {"PULSE_DATABASE_URL": desk.database.url, "PULSE_DATA_DIR": str(tmp_path / "var"), "COLUMNS": "140"}
    command = [sys.executable, "-m", "pulse", "evaluate", *arguments]
    return subprocess.run(command, env=os.environ | own, capture_output=True, text=True, check=False, timeout=150)


def test_an_expert_sees_what_a_new_price_would_change_in_past_cases(desk: TestOffice, tmp_path: Path) -> None:
    settled(desk)
    settled(desk, invoice_number="102", positions=[position(date="2026-05-01", quantity="2", amount="143.10")])
    folder = str(tmp_path / "cases")
    exported = pulse(desk, tmp_path, "export-cases", folder)
    assert (exported.returncode, exported.stdout) == (0, f"2 cases written to {folder}.\n"), exported.stderr
    same = pulse(desk, tmp_path, "positions", "--against", folder)
    assert same.returncode == 0, same.stderr
    assert "0 cases and 0 positions would change" in " ".join(same.stdout.split())

    with desk.database.write() as connection:
        prices = update(medication_prices).where(medication_prices.c.gtin == LISTED)
        connection.execute(prices.values(public_price=Decimal("70.00")))
    shown = pulse(desk, tmp_path, "positions", "--against", folder)
    told = pulse(desk, tmp_path, "positions", "--against", folder, "--json")

    assert shown.returncode == told.returncode == 1
    assert "71.55 → 70.00" in shown.stdout
    assert "(-4.65)" in shown.stdout
    figures = json.loads(told.stdout)
    assert figures["difference"] == "-4.65"
    assert [change["after"]["reasons"] for change in figures["changes"]] == [["P313"], ["P313"]]
    saved = pulse(desk, tmp_path, "positions", "--against", folder, "--save")
    assert saved.returncode == 0
    assert pulse(desk, tmp_path, "positions", "--against", folder).returncode == 0


def test_what_cannot_be_compared_is_said_without_a_traceback(desk: TestOffice, tmp_path: Path) -> None:
    empty, wrong = tmp_path / "empty", tmp_path / "wrong"
    empty.mkdir()
    wrong.mkdir()
    (wrong / "case.json").write_text("{}", encoding="utf-8")

    runs = {
        "nothing in it": (pulse(desk, tmp_path, "positions", "--against", str(empty)), 3),
        "no case": (pulse(desk, tmp_path, "positions", "--against", str(wrong)), 3),
        "no folder": (pulse(desk, tmp_path, "positions", "--against", str(tmp_path / "absent")), 2),
        "nothing to do": (pulse(desk, tmp_path, "positions"), 2),
        "only saving": (pulse(desk, tmp_path, "positions", "--save", str(wrong / "case.json")), 2),
    }

    assert {name: run.returncode for name, (run, _) in runs.items()} == {name: code for name, (_, code) in runs.items()}
    assert [name for name, (run, _) in runs.items() if "Traceback" in run.stderr or not run.stderr] == []
    assert "case.json" in runs["no case"][0].stderr
