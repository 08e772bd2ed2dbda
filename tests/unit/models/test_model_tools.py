"""What a modeler's own tools say about our models: bpmnlint finds nothing, the readers warn of nothing."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from npm_packages import NPM, beside_packages, packages

ROOT = Path(__file__).resolve().parents[3]
PROCESS = ROOT / "bpmn" / "medication_invoice.bpmn"
TABLES = ROOT / "dmn" / "medication_risk.dmn"
Check = Callable[[str, Path], dict[str, Any]]


@pytest.fixture(scope="module")
def check(need: Callable[[str], str]) -> Check:
    """`check("check-bpmn.js", file)` runs a script of tests/npm with its packages and returns what it prints."""
    node, npm = need("node"), need("npm")
    try:
        folder = packages(npm)
    except RuntimeError as error:
        pytest.fail(str(error)) if os.environ.get("CI") == "true" else pytest.skip(str(error))

    def run(script: str, model: Path) -> dict[str, Any]:
        beside_packages(npm, NPM / script)
        done = subprocess.run(
            [node, script, str(model)], cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return run


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
