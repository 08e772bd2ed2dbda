"""Child processes of the demo: the same commands that a real installation runs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from pulse.base.errors import PulseError

_STOP_WITHIN_S = 15.0


class ProcessDied(PulseError):
    """A process of the demo ended by itself."""

    code = "process_died"


class Process:
    """One `pulse …` command in the background, its log in a file of its own."""

    def __init__(self, name: str, arguments: list[str], environment: Mapping[str, str], log_folder: Path) -> None:
        self.name = name
        self.log_file = log_folder / f"{name}.log"
        self._log: IO[bytes] = self.log_file.open("ab")
        command = [sys.executable, "-m", "pulse", *arguments]
        self._process = subprocess.Popen(  # noqa: S603  our own command
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process's id, and its group's."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def first_line(self) -> str:
        """Waits for the first line on stdout: a server's address. Raises `ProcessDied`."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode().strip()
        if not line:
            raise self._death()
        return line

    def check(self) -> None:
        """Raises `ProcessDied` where the process has ended."""
        if self._process.poll() is not None:
            raise self._death()

    def kill(self) -> None:
        """Ends the process and its children at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._finish()

    def terminate(self) -> None:
        """Asks the process to end; does not wait."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Asks the process to end and waits; returns its exit code."""
        if self.running:
            self.terminate()
            try:
                self._process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._finish()

    def _finish(self) -> int:
        code = self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()
        return code

    def _death(self) -> ProcessDied:
        code = self._process.wait()
        lines = self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
        last = next((line for line in reversed(lines) if line.strip()), "no output")
        return ProcessDied(f"{self.name} ended with exit code {code}: {last} (log: {self.log_file})")
