"""The embedded engine answers recorded scenarios as the real engine did."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pulse.engine.embedded.server import EmbeddedServer

RECORDED_STEPS = 1317
"""What the two lists of scope.toml hold together: 87 scenarios."""


def test_the_embedded_engine_answers_as_the_real_one_did(shared_folder: Path, tmp_path: Path) -> None:
    lab = shared_folder / "engine-lab"
    if not (lab / "scenarios.py").is_file():
        pytest.skip("the engine lab is absent")
    with EmbeddedServer(f"sqlite:///{tmp_path / 'engine.db'}") as server:
        command = [sys.executable, lab / "scenarios.py", "compare", "--url", server.url]
        done = subprocess.run(
            [*command, lab / "traces" / "operaton-1.0.3", "@first", "@whole"],
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr
    assert f"87 scenarios, {RECORDED_STEPS} steps, 0 differences" in done.stdout
