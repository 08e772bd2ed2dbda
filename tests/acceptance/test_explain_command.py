"""`pulse explain` as an expert runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import office
import pytest
from claim_steps import decided, settled

ROOT = Path(__file__).resolve().parents[2]
Explain = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def case(tmp_path: Path) -> Iterator[int]:
    """A case that a controller has denied."""
    for desk in office.open_office(tmp_path):
        office.fill_registers(desk.database)
        desk.engine.level = "high"
        invoice_id = settled(desk)
        decided(desk, invoice_id, "deny", "P814", place="review_high_risk", comment="No medical reason is given.")
        yield invoice_id


@pytest.fixture
def explain(tmp_path: Path) -> Explain:
    """Runs the command on the test's folder."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "PULSE_DATA_DIR": str(tmp_path),
            "PULSE_ENGINE_URL": "http://127.0.0.1:9",
        }
        command = [sys.executable, "-m", "pulse", "explain", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150, check=False
        )

    return run


def test_a_case_is_explained_in_words_by_its_number_or_its_key(case: int, explain: Explain) -> None:
    by_number, by_key = explain(str(case)), explain(f"invoice-{case}")
    assert by_number.returncode == 0, by_number.stderr
    assert by_number.stdout == by_key.stdout
    for told in ("What was decided\n", "Denied.\n", "anna decided: denied, P814", "No medical reason is given."):
        assert told in by_number.stdout
    assert "Müller" not in by_number.stdout
    assert "Müller" in explain(str(case), "--names").stdout
    assert "Abgelehnt." in explain(str(case), "--lang", "de").stdout


def test_programs_get_one_json_object(case: int, explain: Explain) -> None:
    data = json.loads(explain(str(case), "--json").stdout)
    assert (data["case"], data["business_key"], data["risk"]) == (case, f"invoice-{case}", "high")
    assert data["decisions"][0]["decision"] == "deny"
    assert data["decisions"][0]["by"] == "anna"
    assert data["text"][0]["title"] == "What was decided"


def test_what_is_no_case_is_said_without_a_traceback(case: int, explain: Explain) -> None:
    unknown, nonsense = explain("99"), explain("../etc")
    assert (unknown.returncode, nonsense.returncode) == (1, 2)
    assert unknown.stderr.startswith("pulse: ")
    assert "a case is a number" in nonsense.stderr
    assert "Traceback" not in unknown.stderr + nonsense.stderr
