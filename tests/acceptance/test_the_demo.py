"""The command itself, as a newcomer runs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900)]


def demo(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pulse", "demo", "--folder", str(folder), "--port", "0", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )


def processes_of(folder: Path) -> Sequence[str]:
    """Command lines of processes that still work in the demo's folder."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(folder).encode() in environ.read_bytes():
                found.append((environ.parent / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def test_once_closes_every_case_prints_the_table_and_exits_with_zero(tmp_path: Path) -> None:
    for _ in range(2):  # the second start finds the first one's data
        process = demo(tmp_path, "--once", "--timeout", "240")
        out, err = process.communicate()
        assert process.returncode == 0, err
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if "│" in line]
    rows = {row[0]: row for row in cells}
    assert rows["in order, with QR annex"][1:4] == ["qr_annex, complete", "low risk, straight through", "approved"]
    assert rows["high risk, denied"][2:4] == ["high risk, a person", "denied"]
    assert rows["encrypted PDF"][1:5] == ["unreadable", "none", "returned", "answer to the sender"]
    assert rows["the first one again"][3:5] == ["already_received", "provider sent"]
    assert {row[5] for row in rows.values() if row[5]} == {"template"}
    assert len(rows) == 12
    assert processes_of(tmp_path) == []


def test_a_case_that_is_not_closed_in_time_is_named_and_fails(tmp_path: Path) -> None:
    process = demo(tmp_path, "--once", "--timeout", "0.5")
    out, err = process.communicate()
    assert process.returncode == 1
    assert "Not closed after" in err
    assert "high risk, denied" in err
    assert "What became of each mail" in out
    assert processes_of(tmp_path) == []


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    process = demo(tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    first = process.stdout.readline()
    assert re.match(r"Pulse runs at http://127\.0\.0\.1:\d+ \(started in \d+\.\d s\)", first), process.stderr.read()
    passwords = [process.stdout.readline() for _ in range(2)]
    assert all("with password" in line for line in passwords)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=150)
    assert process.returncode == 0, err
    assert out.rstrip().endswith("Stopped.")
    assert processes_of(tmp_path) == []
