"""`python -m pulse.claims.rules.checks` prints the reference page of the checks of a position."""

from __future__ import annotations

import inspect
import sys

from pulse.base.reason_texts import label
from pulse.claims.rules.checks import CHECKS, Check
from pulse.claims.rules.sources import SOURCES

_HEAD = """# Checks of a position

Each is a pure function in `pulse/claims/rules/checks`, asked in this order with all that is known about the position on
its day of treatment. What it finds has one of four effects:

| effect | what becomes of the position |
|---|---|
| refuse | nothing is payable |
| cut | at most an amount that the check works out is payable; several cuts pay the least |
| doubt | the amount stands, and a person looks |
| note | the amount stands, it is only remarked |

Nothing but a position without refusal, cut and doubt is paid by the machine; all else passes a person, who may pay it.
How the checks come to this order and effect: [Deciding](../explanation/deciding.md). What a reason says in a letter:
[Reason codes](reason-codes.md).
"""


def reference() -> str:
    """The page in Markdown, from the checks' own docstrings."""
    checks = ["| check | what it asks |", "|---|---|", *map(_row, CHECKS)]
    sources = ["| code | in short | source |", "|---|---|---|"]
    sources += [f"| `{reason}` | {label(reason, 'en')} | {source} |" for reason, source in sorted(SOURCES.items())]
    return "\n".join([_HEAD, *checks, "", "## Where the rules stand", "", *sources]) + "\n"


def _row(check: Check) -> str:
    module = check.__module__.rpartition(".")[2]
    told = " ".join((inspect.getdoc(check) or "").split()).replace("|", "\\|")
    return f"| `{module}.{check.__name__}` | {told} |"


if __name__ == "__main__":
    sys.stdout.write(reference())
