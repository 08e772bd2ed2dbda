from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STAGES = ("mail_in", "reading", "store", "engine", "claims", "letters", "mail_out")


@pytest.mark.timeout(600)
def test_the_chain_bench_ends_with_the_figures_its_readme_names() -> None:
    """Both sides must have done the same work, or the bench fails; how fast they were is not asked here."""
    command = [sys.executable, "bench/chain.py", "--json", "--invoices=2", "--growth-invoices=1"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580, check=False)
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout.splitlines()[-1])
    readme = (ROOT / "bench" / "README.md").read_text("utf-8")
    documented = {f"{side}_{stage}_ms" for side in ("pulse", "naive") for stage in (*STAGES, "but_reading", "total")}
    documented |= {f"ratio_{stage}" for stage in STAGES}
    assert all(f"`{stage}`" in readme for stage in STAGES)
    for key, value in figures.items():
        assert key in documented or f"`{key}`" in readme, key
        # The reading process is counted in ticks of 10 ms: with two invoices it may round to none.
        assert value > 0 or "reading" in key, key
    assert documented <= figures.keys()
    assert figures["ratio"] == pytest.approx(figures["pulse_total_ms"] / figures["naive_total_ms"], abs=0.001)
