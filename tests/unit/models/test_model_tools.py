"""What a modeler's own tools say about our models: bpmnlint finds nothing, the readers warn of nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
NPM = ROOT / "tests" / "npm"
PROCESS = ROOT / "bpmn" / "medication_invoice.bpmn"
TABLES = ROOT / "dmn" / "medication_risk.dmn"
Check = Callable[[str, Path], dict[str, Any]]


@pytest.fixture(scope="module")
def check(need: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Check:
    """`check("check-bpmn.js", file)` runs a script of tests/npm with its packages and returns what it prints."""
    node, npm = need("node"), need("npm")
    digest = hashlib.sha256((NPM / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = ROOT / "var" / f"npm-{digest}"
    if not folder.is_dir():
        fresh = tmp_path_factory.mktemp("npm")
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NPM / name, fresh)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
        done = subprocess.run(command, cwd=fresh, capture_output=True, text=True, timeout=170, check=False)
        if done.returncode:
            why = f"npm ci fails: {done.stderr[-500:]}"
            pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
        folder.parent.mkdir(exist_ok=True)
        _settle(fresh, folder)

    def run(script: str, model: Path) -> dict[str, Any]:
        shutil.copy(NPM / script, folder)
        done = subprocess.run(
            [node, script, str(model)], cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return run


def _settle(fresh: Path, folder: Path) -> None:
    """Two test processes may install at once; the first one's folder stays."""
    beside = folder.with_name(f"{folder.name}-{os.getpid()}")
    shutil.move(fresh, beside)
    try:
        beside.rename(folder)
    except OSError:
        shutil.rmtree(beside)


def test_bpmnlint_finds_nothing_in_the_process(check: Check) -> None:
    assert check("check-bpmn.js", PROCESS) == {"warnings": [], "problems": {}, "unknown": []}


def test_bpmnlint_would_find_a_mistake(check: Check, tmp_path: Path) -> None:
    broken = tmp_path / "broken.bpmn"
    text = PROCESS.read_text()
    broken.write_text(text.replace(' name="Check the client"', "").replace("camunda:topic", "camunda:topick"))
    found = check("check-bpmn.js", broken)
    assert [problem["id"] for problem in found["problems"]["label-required"]] == ["check_client"]
    assert "bpmn:ServiceTask check_client @camunda:topick" in found["unknown"]


def test_the_risk_tables_are_read_without_a_warning_and_drawn_whole(check: Check) -> None:
    found = check("check-dmn.js", TABLES)
    assert found["warnings"] == []
    assert set(found["elements"]) <= set(found["drawn"])
    assert {"medication_risk", "price_risk", "abuse_pattern", "cost_risk", "client_risk"} <= set(found["elements"])


def test_the_lock_file_names_no_server() -> None:
    packages = json.loads((NPM / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
