"""Registers, lists and approvals by the command line, as an insurer's operator uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

Pulse = Callable[..., subprocess.CompletedProcess[str]]
PACK = "7680562090041"


@pytest.fixture
def pulse(tmp_path: Path) -> Pulse:
    """Runs `pulse …` in a data folder of its own, with the newest schema."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PULSE_")}
        environment |= {"PULSE_DATA_DIR": str(tmp_path / "data"), **settings}
        command = [sys.executable, "-m", "pulse", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=150, check=False)

    assert run("db", "upgrade").returncode == 0
    return run


def test_registers_go_in_are_told_row_by_row_and_synchronised(pulse: Pulse, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    clients = inbox / "clients.csv"
    clients.write_text(resources.files("pulse.demo").joinpath("clients.csv").read_text(encoding="utf-8"), "utf-8")
    (inbox / "aplus-2026-01-01.txt").write_text("not a list\n", encoding="utf-8")

    bad = tmp_path / "bad.csv"
    bad.write_text("insurance_number,first_name,last_name,covered_from\n1,Ada,B,2020-01-01\n2,Eve,B,soon\n", "utf-8")
    refused = pulse("reference", "import", "clients", str(bad))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "1 bad row, nothing of the file was taken" in refused.stderr
    assert "line 3: covered_from: Input should be a valid date" in refused.stderr
    assert "soon" not in refused.stderr
    again = pulse("reference", "import", "clients", str(bad), "--json")
    told = json.loads(again.stdout)
    assert (again.returncode, told["status"], told["refused"][0]["code"]) == (1, "refused", "invalid_value")
    taken = pulse("reference", "import", "clients", str(bad), "--skip-bad-rows", "--json")
    told = json.loads(taken.stdout)
    assert (taken.returncode, told["added"]) == (0, 1)
    assert [(one["line"], one["field"]) for one in told["refused"]] == [(3, "covered_from")]

    folder = {"PULSE_REFERENCE_FOLDER": str(inbox)}
    first = pulse("reference", "sync", "--json", **folder)
    outcomes = {one["kind"]: one for one in map(json.loads, first.stdout.splitlines())}
    assert first.returncode == 1
    assert (outcomes["aplus"]["status"], outcomes["aplus"]["code"]) == ("failed", "list_not_recognised")
    assert outcomes["clients"]["status"] == "imported"
    (inbox / "aplus-2026-01-01.txt").unlink()
    second = pulse("reference", "sync", **folder)
    assert (second.returncode, second.stdout.split()[:2]) == (0, ["clients", "unchanged"])

    number = clients.read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    added = pulse("approval", "add", "--client", number, "--gtin", PACK, "--from", "2026-01-01", "--packs", "6")
    assert added.stdout.strip() == "1"
    (approval,) = json.loads(pulse("approval", "list", "--client", number, "--json").stdout)
    assert (approval["gtin"], approval["packs"], approval["insurance_number"]) == (PACK, 6, number)
    assert pulse("approval", "end", "1").returncode == 0
    assert "No approvals on file" in pulse("approval", "list").stdout
    again = pulse("approval", "end", "1")
    assert (again.returncode, "[conflict]" in again.stderr) == (1, True)
    assert "Traceback" not in again.stderr


def test_swissmedics_real_list_needs_to_be_let_pass_where_it_is_a_slice(pulse: Pulse, shared_folder: Path) -> None:
    file = str(shared_folder / "samples/refdata/oddb2xml_swissmedic_package.xlsx")
    refused = pulse("reference", "import", "swissmedic", file)
    assert (refused.returncode, "[list_too_few]" in refused.stderr) == (1, True)
    passed = pulse("reference", "import", "swissmedic", file, "--least", "10", "--json")
    told = json.loads(passed.stdout)
    assert (told["added"], told["list_date"], told["overridden"]) == (42, "2019-01-31", [])


def test_what_the_lists_say_of_a_pack_is_shown_with_its_limitations_text(pulse: Pulse, shared_folder: Path) -> None:
    slice_ = shared_folder / "samples/sl_fhir/foph-sl-export-20260601_slice255.ndjson"
    assert pulse("reference", "import", "sl", str(slice_), "--least", "100").returncode == 0
    shown = pulse("reference", "show", "7680702610016", "--date", "2026-06-10")
    assert shown.returncode == 0
    assert "maximum price CHF 261.30 since 2026-03-01" in shown.stdout
    assert "limitation ABEVMY.01: asks for an approval of costs; Indikationscode 22064.01" in shown.stdout
    assert "    Kolorektalkarzinom Nach Kostengutsprache" in shown.stdout
    told = json.loads(pulse("reference", "show", "7680702610016", "--date", "2026-06-10", "--json").stdout)
    assert (told["maximum_price"], told["status"], told["cost_share_percent"]) == ("261.30", "listed", 10)
    assert pulse("reference", "show", "7680702610017").returncode == 2
    assert "no list knows" in pulse("reference", "show", "4003437000014").stderr
