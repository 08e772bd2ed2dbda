"""What is installed: our names are ours alone, the wheel has all data, the command starts light."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OURS = ("pulse", "bpmn", "dmn", "db", "letters", "mail_gateway", "workers")
HEAVY = ("sqlalchemy", "flask", "pdfplumber", "pdfminer", "reportlab", "lxml", "pycamunda", "imapclient", "torch")


def test_no_other_distribution_owns_one_of_our_top_level_names() -> None:
    owners = packages_distributions()
    assert {name: owners[name] for name in OURS if set(owners.get(name, [])) - {"pulse-claims"}} == {}


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom pulse.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "demo" in done.stdout


@pytest.mark.timeout(300)
def test_the_wheel_holds_models_templates_and_typefaces(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "bpmn/medication_invoice.bpmn",
        "bpmn/forms/decision.form",
        "dmn/medication_risk.dmn",
        "db/migrations/env.py",
        "db/migrations/versions/0001_first.py",
        "pulse/demo/medications.csv",
        "pulse/web/static/pulse.css",
        "pulse/web/templates/task.html",
        "letters/templates/de/letter.txt",
        "letters/templates/letter.html",
        "letters/templates/mail.toml",
        "letters/prompts/it.toml",
        "letters/presets.toml",
        "letters/srgb.icc",
        "letters/evaluation/judge_words.toml",
    ):
        assert needed in names
    for suffix in (".ttf", ".toml"):
        assert any(name.startswith(("letters/", "pulse/base/")) and name.endswith(suffix) for name in names), suffix
    data = {name.partition(".data/data/")[2] for name in names}
    assert {"share/pulse/engines/pom.xml", "share/pulse/engines/src/main/resources/application.yml"} <= data
    assert {name.split("/")[0] for name in names if not name.startswith("pulse_claims-")} == set(OURS)


def test_an_own_error_is_one_line_and_exit_code_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pulse", "db", "check"],
        env={"PATH": "/usr/bin", "PULSE_DATABSE_URL": "sqlite:///x.db"},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "pulse: PULSE_DATABSE_URL is not a setting of Pulse [misconfigured]"
