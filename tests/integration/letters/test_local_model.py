"""Real weights, real generation: a tiny trained model words letters, an untrained one falls back to the template."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from letter_samples import all_facts, make_facts

from letters import placeholders
from letters.language_model import ModelUnavailable
from letters.local_model import LocalModel
from letters.model_writer import WORDED_BY_MODEL, ModelWriter
from letters.occasions import Kind
from letters.pdf import render
from letters.prompt import prompt
from letters.texts import default_texts
from letters.writer import TemplateWriter

pytest.importorskip("torch", reason="the extra `models` is not installed")
pytest.importorskip("transformers", reason="the extra `models` is not installed")


pytestmark = pytest.mark.xdist_group("models")


def test_a_trained_model_words_every_letter(trained_model: Path) -> None:
    writer = ModelWriter(trained_model)
    for letter in all_facts():
        if letter.kind in WORDED_BY_MODEL:
            wording = writer.write(letter)
            assert (wording.worded_by, wording.attempts, wording.fallback_reason) == ("model", 1, None)
            assert wording.paragraphs == TemplateWriter().write(letter).paragraphs
            assert wording.tokens > 20
            assert wording.model == trained_model.name
            assert wording.revision is not None
            assert wording.revision.startswith("local-")
            assert render(letter, wording).startswith(b"%PDF")


def test_two_threads_may_ask_for_the_first_letter_at_once(trained_model: Path) -> None:
    writer = ModelWriter(trained_model)
    with ThreadPoolExecutor(2) as threads:
        wordings = list(threads.map(writer.write, [make_facts(Kind.APPROVED), make_facts(Kind.DENIED)]))
    assert [(wording.worded_by, wording.fallback_reason) for wording in wordings] == [("model", None)] * 2
    assert len({wording.revision for wording in wordings} - {None}) == 1


def test_the_same_letter_is_worded_the_same_way_again(trained_model: Path) -> None:
    letter = make_facts(Kind.PARTLY_APPROVED)
    assert ModelWriter(trained_model).write(letter).paragraphs == ModelWriter(trained_model).write(letter).paragraphs


def test_an_untrained_model_falls_back_and_says_why(untrained_model: Path) -> None:
    letter = make_facts(Kind.DENIED)
    wording = ModelWriter(untrained_model).write(letter)
    assert wording.worded_by == "template"
    assert wording.attempts == 2
    assert wording.fallback_reason
    assert "missing_fact" in wording.fallback_reason or "empty" in wording.fallback_reason
    assert wording.paragraphs == TemplateWriter().write(letter).paragraphs


def test_an_answer_cut_by_the_token_limit_says_so(untrained_model: Path) -> None:
    answer = LocalModel(str(untrained_model), max_new_tokens=5).answer("Guten Tag")
    assert (answer.tokens, answer.finished) == (5, False)


def test_a_tokenizer_without_a_chat_template_gets_plain_text(trained_model: Path, tmp_path: Path) -> None:
    plain = shutil.copytree(trained_model, tmp_path / "plain")
    (plain / "chat_template.jinja").unlink()
    answer = LocalModel(str(plain), max_new_tokens=5).answer(prompt(make_facts()))
    assert answer.tokens >= 1


def test_other_weights_are_another_revision(trained_model: Path, untrained_model: Path) -> None:
    first, second = LocalModel(str(trained_model), max_new_tokens=1), LocalModel(str(untrained_model), max_new_tokens=1)
    assert first.revision is None
    first.answer("x")
    second.answer("x")
    assert first.revision != second.revision


@pytest.mark.parametrize("missing", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_model_with_a_missing_file_costs_no_letter(untrained_model: Path, missing: str) -> None:
    (untrained_model / missing).unlink()
    with pytest.raises(ModelUnavailable):
        LocalModel(str(untrained_model)).answer("x")
    wording = ModelWriter(untrained_model).write(make_facts())
    assert (wording.worded_by, wording.fallback_reason) == ("template", "model_unavailable")


def test_a_model_that_is_nowhere_is_not_downloaded(tmp_path: Path) -> None:
    wording = ModelWriter("nobody/no-such-model").write(make_facts())
    assert (wording.worded_by, wording.fallback_reason) == ("template", "model_unavailable")


def test_pickled_weights_are_not_loaded(untrained_model: Path) -> None:
    (untrained_model / "model.safetensors").rename(untrained_model / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable):
        LocalModel(str(untrained_model)).answer("x")


def test_what_the_model_learnt_are_placeholders(trained_model: Path) -> None:
    letter = make_facts(Kind.PARTLY_APPROVED)
    text = LocalModel(str(trained_model)).answer(prompt(letter)).text
    assert placeholders.found_in((text,)) == placeholders.found_in(placeholders.with_tokens(letter, default_texts()))
    assert "80.35" not in text
