"""`python -m pulse.base.reason_texts` prints the reference page of all reason codes."""

from __future__ import annotations

import sys

from pulse.base.reason_texts import label, text
from pulse.base.reasons import Reason


def reference() -> str:
    """The page in Markdown: code, short label, the sentence that a letter says."""
    lines = [
        "# Reason codes",
        "",
        "Stable, and the same in findings, REST, logs, tasks and letters. Their sentences exist in German, French,",
        "Italian and English; here is the English one.",
        "",
        "| code | in short | sentence |",
        "|---|---|---|",
    ]
    lines += [f"| `{reason}` | {label(reason, 'en')} | {text(reason, 'en')} |" for reason in Reason]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
