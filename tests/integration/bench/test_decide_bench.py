from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_an_invoice_of_200_positions_takes_no_more_statements_than_one_of_20() -> None:
    command = [sys.executable, "bench/decide.py", "--json", "--rounds", "1", "--invoices", "1"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=170)

    figures = json.loads(run.stdout.splitlines()[-1])
    assert figures["statements_more"] == 0
    assert figures["statements_20"] > 0
    assert figures["decided_200_per_s"] > 0
