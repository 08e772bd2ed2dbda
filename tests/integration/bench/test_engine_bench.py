from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FIGURES = {"to_spiffworkflow", "to_spiffworkflow_in_memory", "embedded_instances_per_s"}


def test_the_engine_bench_ends_with_the_figures_its_readme_names() -> None:
    """Every side must have brought its instances to their end, or the bench fails."""
    command = [sys.executable, "bench/engine.py", "--json", "--instances=2", "--rounds=1"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False)
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout.splitlines()[-1])
    documented = (ROOT / "bench" / "README.md").read_text("utf-8")
    assert figures.keys() >= FIGURES
    for key, value in figures.items():
        assert value > 0, key
        assert f"`{key}`" in documented, key
