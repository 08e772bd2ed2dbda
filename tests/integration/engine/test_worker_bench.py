from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_worker_bench_ends_with_the_figures_its_readme_names() -> None:
    command = [sys.executable, "bench/worker.py", "--json", "--tasks=20", "--embedded-tasks=5", "--rounds=1"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout.splitlines()[-1])
    documented = (ROOT / "bench" / "README.md").read_text("utf-8")
    assert {"ratio", "embedded_ratio", "pulse_tasks_per_s", "pycamunda_tasks_per_s"} <= figures.keys()
    for key, value in figures.items():
        assert value > 0, key
        assert f"`{key}`" in documented
