"""`pulse evaluate letters` and `pulse letter train` as a person runs them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import chat_server
import pytest
from typer.testing import CliRunner

from pulse.cli.root import app

pytest.importorskip("lingua", reason="the extra `models` is not installed")


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PULSE_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str) -> dict[str, Any]:
        result = CliRunner().invoke(app, ["evaluate", "letters", *arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        figures: dict[str, Any] = json.loads(result.stdout)
        return figures

    return run


def test_letters_by_template_state_their_facts_in_four_languages(evaluate: Any, tmp_path: Path) -> None:
    figures = evaluate("--model", "template", "--count", "56", "--seed", "3", "--letters", str(tmp_path / "letters"))
    assert (figures["letters"], figures["wrong_facts"], figures["polarity_errors"]) == (56, 0, 0)
    files = sorted((tmp_path / "letters").glob("*.txt"))
    assert len(files) == 56
    assert {file.name.split("-")[1] for file in files} == {"de", "fr", "it", "en"}
    assert "Muster Krankenversicherung AG" in files[0].read_text("utf-8")
    assert {about["formula"] for about in figures["readability"].values()} == {
        "Amstad", "Kandel-Moles", "Gulpease", "Flesch",
    }  # fmt: skip
    assert evaluate("--count", "4", "--seed", "3")["problems"] == []


def test_an_endpoint_that_writes_nonsense_is_counted_and_its_letters_are_right(evaluate: Any, tmp_path: Path) -> None:
    with chat_server.chat_server(chat_server.answers(chat_server.said("Wir zahlen CHF 5.", usage=USAGE))) as desk:
        page = tmp_path / "side-by-side.html"
        model = f"{desk.url}#nonsense"
        figures = evaluate("--model", "template", "--model", model, "--count", "14", "--html", str(page))["models"]
    theirs = figures[model]
    assert theirs["asked"] == theirs["fallbacks"] > 0
    assert (theirs["first_try"], theirs["after_retry"], theirs["wrong_facts"]) == (0, 0, 0)
    assert theirs["failed"]["number"] == 2 * theirs["asked"]
    assert theirs["tokens"] == 2 * 7 * theirs["asked"]
    html = page.read_text("utf-8")
    assert html.count("<td lang=") == 28
    assert "refused: " in html
    assert not re.search(r"<script|http", html.replace(model, ""))


USAGE = {"completion_tokens": 7, "prompt_tokens": 90}
