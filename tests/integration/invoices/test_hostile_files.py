"""Hostile files through the real command: a named problem, exit code 3, bounded time and memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pulse.synthetic import form_pdf, hostile, invoice

MIB = 1024 * 1024


@pytest.mark.parametrize("name", hostile.CASES)
def test_a_hostile_file_is_a_named_problem_within_time_and_memory(
    name: str, tmp_path: Path, pulse_read: Callable
) -> None:
    make, code = hostile.CASES[name]
    path = tmp_path / "invoice.pdf"
    path.write_bytes(make())
    outcome = pulse_read(path)
    assert outcome.code == 3
    assert outcome.out == []
    (problem,) = outcome.problems
    assert (problem["code"], problem["file"]) == (code, str(path))
    assert problem["message"]
    assert outcome.seconds <= 20
    assert problem["details"].get("peak_mib", 0) <= 512


def test_one_hostile_file_does_not_stop_the_others(tmp_path: Path, pulse_read: Callable) -> None:
    truths = [invoice(11, rows=2), invoice(12, rows=1)]
    paths = [tmp_path / name for name in ("good1.pdf", "bomb.pdf", "good2.pdf", "zip.pdf")]
    contents = [
        form_pdf(truths[0], annex=False),
        hostile.flate_bomb(),
        form_pdf(truths[1], annex=False),
        hostile.zip_named_pdf(),
    ]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    outcome = pulse_read(*paths)
    assert outcome.code == 3
    assert [one["invoice_number"] for one in outcome.out] == [truth.invoice_number for truth in truths]
    assert [(Path(one["file"]).name, one["code"]) for one in outcome.problems] == [
        ("bomb.pdf", "P106"),
        ("zip.pdf", "P101"),
    ]
