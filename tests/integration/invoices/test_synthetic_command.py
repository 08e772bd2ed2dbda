"""`pulse synthetic` writes pairs: what is printed, and what reading it should give."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pulse.cli.root import app
from pulse.invoices import Invoice, read_pdf


@pytest.mark.parametrize("annex", [True, False])
def test_each_pdf_has_the_json_that_reading_it_gives(tmp_path: Path, annex: bool) -> None:
    folder = tmp_path / "new"
    flag = "--annex" if annex else "--no-annex"
    done = CliRunner().invoke(app, ["synthetic", "--count", "2", "--out", str(folder), "--seed", "5", flag])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in folder.iterdir()) == ["0001.json", "0001.pdf", "0002.json", "0002.pdf"]
    for number in ("0001", "0002"):
        expected = Invoice.model_validate_json((folder / f"{number}.json").read_bytes())
        read = read_pdf((folder / f"{number}.pdf").read_bytes())
        assert (read.positions, read.patient) == (expected.positions, expected.patient)
        assert read.source.kind == ("qr_annex" if annex else "text")


def test_a_missing_folder_name_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["synthetic", "--count", "1"]).exit_code == 2
