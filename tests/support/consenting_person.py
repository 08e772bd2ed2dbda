"""The person who is asked for a consent: in front of `pulse mail authorize`, and at a browser that urllib plays."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTED: list[subprocess.Popen[str]] = []


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Running:
    """The command as a process, and the person in front of it; it ends with the test."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        command = [sys.executable, "-m", "pulse", "mail", "authorize", *arguments]
        self.process = subprocess.Popen(
            command, env=environment, cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.said = ""
        STARTED.append(self.process)

    def until(self, pattern: str, *, stderr: bool = False) -> str:
        """What a line of its output matches; the whole line without a group."""
        stream = self.process.stderr if stderr else self.process.stdout
        assert stream is not None
        for line in stream:
            self.said += line
            if found := re.search(pattern, line):
                return found[0]
        raise AssertionError(self.said + (self.process.stderr.read() if self.process.stderr else ""))

    def end(self, typed: str | None = None) -> tuple[int, str, str]:
        """Exit code, and all that it said on stdout and stderr."""
        stdin, stdout, stderr = self.process.stdin, self.process.stdout, self.process.stderr
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        # Not by `communicate`: it knows nothing of what was read along with a line before.
        with contextlib.suppress(BrokenPipeError), stdin:
            stdin.write(typed or "")
        said = self.said + stdout.read(), stderr.read()
        return self.process.wait(60), *said


@pytest.fixture(autouse=True)
def no_command_outlives_its_test() -> Iterator[None]:
    """A module that imports `Running` imports this too."""
    yield
    while STARTED:
        with STARTED.pop() as process:
            process.kill()


def environment(told: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **told}


def browse(address: str) -> str:
    """Opens an address and goes where it leads, as a browser does; returns the page."""
    with urllib.request.urlopen(address, timeout=60) as page:
        return str(page.read().decode())


def where_it_leads(address: str) -> str:
    """Where the browser is sent, without going there."""
    try:
        urllib.request.build_opener(NoRedirect).open(address, timeout=60)
    except HTTPError as answer:
        return str(answer.headers["Location"])
    raise AssertionError("no redirect")
