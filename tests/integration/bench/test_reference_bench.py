from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_bench_of_lists_ends_with_the_figures_its_readme_names() -> None:
    """The bench fails where not every row went in; how fast that was is not asked here."""
    sizes = ["--packs=200", "--few-packs=100", "--clients=200", "--few-clients=100"]
    command = [sys.executable, "bench/reference.py", "--json", "--rounds=1", *sizes]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False)
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout.splitlines()[-1])
    readme = (ROOT / "bench" / "README.md").read_text("utf-8")
    for key, value in figures.items():
        assert value > 0, key
        assert f"`{key}`" in readme, key
