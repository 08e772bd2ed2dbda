"""Readings of documents by the real sandbox, and of files by the real command."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Outcome:
    """What the command did: exit code, JSON lines of both streams, seconds."""

    code: int
    out: list[Any]
    problems: list[Any]
    stderr: str
    seconds: float


@pytest.fixture(scope="session")
def pulse_read() -> Callable[..., Outcome]:
    """Runs `pulse read` in its own process."""
    program = "import sys; from pulse.cli import main; sys.argv[0] = 'pulse'; main()"

    def run(*arguments: str | Path) -> Outcome:
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", program, "read", *map(str, arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        seconds = time.monotonic() - start
        out = _json_lines(done.stdout)
        problems = _json_lines(done.stderr) if done.returncode == 3 else []
        return Outcome(done.returncode, out, problems, done.stderr, seconds)

    return run


def _json_lines(text: str) -> list[Any]:
    """One document over many lines, or one per line."""
    if not text.strip():
        return []
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]
