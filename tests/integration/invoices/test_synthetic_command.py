"""`pulse synthetic invoices` writes pairs: what is printed, and what reading it should give; and what each file is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pulse.cli.root import app
from pulse.invoices import Invoice, read_pdf


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["synthetic", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("annex", ["1", "0"])
def test_each_pdf_has_the_json_that_reading_it_gives(tmp_path: Path, annex: str) -> None:
    folder = tmp_path / "new"
    wishes = ("--layouts", "form-5.0", "--lang", "de", "--annex", annex)
    run("invoices", "--count", "2", "--out", str(folder), "--seed", "5", *wishes)
    names = ["00001.json", "00001.pdf", "00002.json", "00002.pdf", "manifest.jsonl"]
    assert sorted(path.name for path in folder.iterdir()) == names
    for number in ("00001", "00002"):
        expected = Invoice.model_validate_json((folder / f"{number}.json").read_bytes())
        read = read_pdf((folder / f"{number}.pdf").read_bytes())
        assert (read.positions, read.patient) == (expected.positions, expected.patient)
        assert read.source.kind == expected.source.kind == ("qr_annex" if annex == "1" else "text")
        assert read.source.pages == expected.source.pages


def test_the_manifest_says_what_each_file_is(tmp_path: Path) -> None:
    run("invoices", "--count", "3", "--out", str(tmp_path), "--seed", "7", "--lang", "it", "--layouts", "form-4.4")
    lines = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    assert [(line["name"], line["seed"]) for line in lines] == [("00001", "7/1"), ("00002", "7/2"), ("00003", "7/3")]
    assert {(line["layout"], line["language"], line["renderer"]) for line in lines} == {("form-4.4", "it", "reportlab")}


def test_a_missing_folder_name_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["synthetic", "invoices", "--count", "1"]).exit_code == 2


def test_an_unknown_layout_is_wrong_usage_and_the_known_ones_are_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["synthetic", "invoices", "--out", str(tmp_path), "--layouts", "papyrus"])
    assert done.exit_code == 2
    assert "papyrus" in done.output
    assert "form-4.4" in done.output
