"""The command `pulse`. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys

from pulse.base.errors import PulseError
from pulse.cli.root import app

__all__ = ["app", "main"]


def main() -> None:
    """Runs the command line; our own errors are one line on stderr and exit code 1."""
    try:
        app()
    except PulseError as error:
        print(f"pulse: {error.message} [{error.reason}]", file=sys.stderr)  # noqa: T201  the command line speaks
        raise SystemExit(1) from None
