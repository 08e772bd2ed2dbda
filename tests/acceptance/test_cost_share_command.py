"""`pulse evaluate cost-share`, as an insurer's expert runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CLAIMS = [
    {"date": "2026-05-01", "amount": 2800, "rate": 40},
    {"date": "2026-01-10", "amount": "300.00", "rate": 10},
    {"date": "2026-08-01", "amount": "55.55", "rate": 0.1},
]


def run(folder: Path, content: object, *options: str) -> subprocess.CompletedProcess[str]:
    file = folder / "year.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    command = [sys.executable, "-m", "pulse", "evaluate", "cost-share", str(file), *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=150)


def year(**changes: Any) -> dict[str, Any]:
    return {"franchise": 300, "cap": 700, "claims": CLAIMS} | changes


def test_it_prints_one_json_object_in_the_order_given(tmp_path: Path) -> None:
    done = run(tmp_path, year(), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "claims": [
            {"franchise": "0.00", "copayment": "1120.00", "paid": "1680.00"},
            {"franchise": "300.00", "copayment": "0.00", "paid": "0.00"},
            {"franchise": "0.00", "copayment": "0.00", "paid": "55.55"},
        ]
    }


def test_on_a_terminal_it_prints_a_table_with_sums(tmp_path: Path) -> None:
    done = run(tmp_path, year())
    assert done.returncode == 0
    for told in ("01.05.2026", "2'800.00", "40 %", "1'120.00", "3'155.55", "1'735.55"):
        assert told in done.stdout


def test_a_file_that_holds_no_year_is_told_without_a_traceback(tmp_path: Path) -> None:
    for content, told in (("no", "not JSON"), (year(cap=-1), "cap"), (year(claims=[{}]), "claims.0.date")):
        done = run(tmp_path, content, "--json")
        assert (done.returncode, done.stdout) == (3, "")
        assert told in done.stderr
        assert "Traceback" not in done.stderr
    missing = [sys.executable, "-m", "pulse", "evaluate", "cost-share", str(tmp_path / "none.json")]
    assert subprocess.run(missing, capture_output=True, check=False, timeout=150).returncode == 2
