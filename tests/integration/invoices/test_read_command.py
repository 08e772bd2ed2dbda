"""`pulse read`: JSON alone on stdout, exit codes, XML, the schema."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from pulse.invoices import Invoice
from pulse.synthetic import form_pdf, hostile, invoice, xml


def test_a_pdf_becomes_one_json_document(tmp_path: Path, pulse_read: Callable) -> None:
    truth = invoice(21, rows=2)
    path = tmp_path / "a.pdf"
    path.write_bytes(form_pdf(truth, annex=True))
    outcome = pulse_read(path)
    assert (outcome.code, outcome.stderr) == (0, "")
    (found,) = outcome.out
    read = Invoice.model_validate_json(json.dumps(found))
    assert read.positions == truth.positions
    assert found["total_amount"] == str(truth.total_amount)
    assert found["fields"]["total_amount"]["confidence"] == 1.0


def test_several_files_are_one_line_each_and_xml_is_read_too(tmp_path: Path, pulse_read: Callable) -> None:
    truths = [invoice(22, rows=1), invoice(23, rows=1)]
    (tmp_path / "a.pdf").write_bytes(form_pdf(truths[0], annex=False))
    (tmp_path / "b.xml").write_bytes(xml(truths[1]))
    outcome = pulse_read(tmp_path / "a.pdf", tmp_path / "b.xml")
    assert outcome.code == 0
    assert [one["source"]["kind"] for one in outcome.out] == ["text", "xml"]
    assert [one["invoice_number"] for one in outcome.out] == [truth.invoice_number for truth in truths]


def test_an_unreadable_file_is_a_problem_on_stderr(tmp_path: Path, pulse_read: Callable) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(hostile.picture_only())
    outcome = pulse_read(path)
    assert (outcome.code, outcome.out) == (3, [])
    assert outcome.problems[0]["code"] == "P107"


def test_a_folder_is_read_by_name_with_its_subfolders_several_files_at_once(
    tmp_path: Path, pulse_read: Callable
) -> None:
    truths = {name: invoice(seed, rows=1) for seed, name in enumerate(("a.pdf", "b/c.xml", "b/d.PDF", "e.pdf"), 30)}
    (tmp_path / "b").mkdir()
    for name, truth in truths.items():
        (tmp_path / name).write_bytes(xml(truth) if name.endswith("xml") else form_pdf(truth, annex=False))
    (tmp_path / "b" / "bad.pdf").write_bytes(hostile.picture_only())
    for other in ("notes.txt", ".hidden.pdf"):
        (tmp_path / other).write_text("no invoice")
    outcome = pulse_read(tmp_path, "--jobs", "3")
    assert outcome.code == 3
    assert [one["invoice_number"] for one in outcome.out] == [one.invoice_number for one in truths.values()]
    assert [(Path(one["file"]).name, one["code"]) for one in outcome.problems] == [("bad.pdf", "P107")]


def test_on_a_terminal_a_bar_tells_how_far_it_is_and_stdout_stays_json(tmp_path: Path) -> None:
    for seed in range(3):
        (tmp_path / f"{seed}.pdf").write_bytes(form_pdf(invoice(seed, rows=1), annex=False))
    terminal, end = pty.openpty()
    shown = bytearray()

    def look() -> None:
        try:
            while piece := os.read(terminal, 4096):
                shown.extend(piece)
        except OSError:
            pass  # The terminal's other end is closed.

    looking = threading.Thread(target=look)
    looking.start()
    command = [sys.executable, "-m", "pulse", "read", str(tmp_path)]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=end, env=environment, timeout=150, check=True)
    os.close(end)
    looking.join(timeout=60)
    os.close(terminal)
    assert "Reading" in shown.decode()
    assert "3/3" in shown.decode()
    assert shown.decode().rstrip().endswith("3 of 3 files read.")
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 3


def test_a_missing_file_no_file_and_an_empty_folder_are_wrong_usage(tmp_path: Path, pulse_read: Callable) -> None:
    for outcome in (pulse_read(tmp_path / "none.pdf"), pulse_read(), pulse_read(tmp_path)):
        assert (outcome.code, outcome.out) == (2, [])
        assert outcome.stderr


def test_the_schema_describes_what_is_printed(pulse_read: Callable) -> None:
    outcome = pulse_read("--schema")
    assert outcome.code == 0
    (schema,) = outcome.out
    assert schema["properties"]["total_amount"]["anyOf"][0]["type"] == "string", "an amount is text"
    assert {"source", "positions", "fields", "findings"} <= set(schema["properties"])
