from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SIDES = ("pulse", "readers", "words", "pdfium_text", "invoice2data")


@pytest.mark.timeout(600)
def test_the_reading_bench_ends_with_the_figures_its_readme_names() -> None:
    """How fast the sides were is not asked here."""
    command = [sys.executable, "bench/read.py", "--json", "--files=4", "--sheets=1", "--rounds=1"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580, check=False)
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout.splitlines()[-1])
    readme = (ROOT / "bench" / "README.md").read_text("utf-8")
    documented = {f"{side}_ms_per_page" for side in SIDES}
    assert documented <= figures.keys()
    for key, value in figures.items():
        assert key in documented or f"`{key}`" in readme, key
        assert value > 0, key
