"""Letters worded by a real, tiny language model leave by SMTP; an untrained one leaves it to the template."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest
from chain import Chain, text_of

from db import letters
from pulse.demo.samples import Printer
from pulse.demo.stage import Stage

pytest.importorskip("transformers", reason="the extra `models` is not installed (MODELS=0)")
pytestmark = [
    pytest.mark.xdist_group("models"),
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def letters_by(model: Path, folder: Path) -> tuple[list[dict[str, Any]], str]:
    """The letters of an approved invoice with this model, and the text of the client's as it arrived."""
    with Stage(folder, model=str(model), web_port=0) as stage, Chain(stage, patience_s=240) as chain:
        registers = stage.registers()
        sample = Printer(registers, random.Random(5), dt.date(2026, 11, 20)).straight_through()
        chain.mail(sample)
        case = chain.closed(chain.case_of(sample)["id"])
        with stage.database.read() as connection:
            wordings = [letter.wording or {} for letter in letters.of_invoice(connection, case["id"])]
        (to_client,) = chain.letters_to(registers.client(nth=0).email, case["id"])
        return wordings, text_of(to_client)


def test_a_trained_model_words_a_letter_that_is_mailed(tmp_path: Path, trained_model: Path) -> None:
    wordings, text = letters_by(trained_model, tmp_path)
    assert [(wording["worded_by"], wording["fallback_reason"]) for wording in wordings] == [("model", None)] * 2
    assert "[[" not in text


def test_an_untrained_model_falls_back_to_the_template_and_says_so(tmp_path: Path, untrained_model: Path) -> None:
    wordings, text = letters_by(untrained_model, tmp_path)
    assert [wording["worded_by"] for wording in wordings] == ["template", "template"]
    assert all(wording["fallback_reason"] and wording["attempts"] == 2 for wording in wordings)
    assert "[[" not in text
