from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CLIENT_FIGURE = re.compile(r"(embedded_)?(pulse|pycamunda|python3_client|js_client)_(tasks_per_s|cpu_ms_per_task)")
RATIOS = {"ratio", "to_python3_client", "embedded_ratio", "embedded_to_python3_client", "second_process_gain"}


@pytest.mark.timeout(600)
def test_the_worker_bench_ends_with_the_figures_its_readme_names() -> None:
    sizes = ("--tasks=20", "--embedded-tasks=5", "--waiting-tasks=4", "--rounds=1")
    command = [sys.executable, "bench/worker.py", "--json", *sizes]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580, check=False)
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout.splitlines()[-1])
    documented = (ROOT / "bench" / "README.md").read_text("utf-8")
    assert figures.keys() >= RATIOS | {"pulse_tasks_per_s", "embedded_pulse_tasks_per_s"}
    for key, value in figures.items():
        assert value > 0, key
        assert CLIENT_FIGURE.fullmatch(key) or f"`{key}`" in documented, key


def test_our_worker_opens_no_more_connections_than_it_has_slots() -> None:
    """On an engine that parks polls, and answers at once."""
    code = """
import sys
sys.path[:0] = ["bench"]
from engines import stub_engine
from worker_clients import SLOTS, pulse_worker
from pulse.engine.client import EngineClient
with stub_engine() as engine, EngineClient(engine.url) as client:
    client.transport.request("POST", f"{engine.url}/stock?n=200")
    pulse_worker(engine, 200)
    opened = client.transport.request("GET", f"{engine.url}/stock").json()["connections"]
    assert 0 < opened <= SLOTS, opened
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )
    assert run.returncode == 0, run.stderr
