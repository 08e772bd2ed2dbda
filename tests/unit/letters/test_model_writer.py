"""A model that words letters: what happens when it obeys, when it does not, and when it is not there."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from letters.language_model import Generated, ModelUnavailable
from letters.model_writer import ModelWriter, Price
from letters.occasions import Kind, Recipient
from letters.placeholders import with_tokens
from letters.texts import default_texts
from letters.writer import TemplateWriter

pytest.importorskip("lingua", reason="the extra `models` is not installed")


class Scripted:
    """Says what the script says, and remembers what it was asked."""

    revision = "r1"

    def __init__(self, *answers: Generated | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []
        self.granted_s: list[float] = []

    def answer(self, prompt: str, *, timeout_s: float = 0) -> Generated:
        self.asked.append(prompt)
        self.granted_s.append(timeout_s)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def check(self) -> str:
        return "scripted"


def _good(facts: Any) -> Generated:
    text = "\n\n".join(with_tokens(facts, default_texts())).replace("geprüft", "genau angeschaut")
    return Generated(text, 40, finished=True, prompt_tokens=300)


def test_a_good_answer_is_used_and_recorded(facts: Any) -> None:
    letter, model = facts(), Scripted(_good(facts()))
    ticks = iter([10.0, 10.0, 12.5])
    wording = ModelWriter("tiny", model=model, clock=lambda: next(ticks)).write(letter)
    assert wording.worded_by == "model"
    assert "2026-0101 vom 12. Juni 2026 von Apotheke zum Bären AG genau angeschaut" in wording.paragraphs[0]
    assert "CHF 80.35" in wording.paragraphs[0]
    assert (wording.model, wording.revision, wording.prompt_version) == ("tiny", "r1", "2")
    assert (wording.attempts, wording.prompt_tokens, wording.tokens, wording.seconds) == (1, 300, 40, 2.5)
    assert (wording.failed, wording.fallback_reason, wording.cost) == ((), None, None)


def test_the_second_try_hears_what_was_wrong(facts: Any) -> None:
    letter = facts()
    model = Scripted(Generated("We pay 99 francs.", 5, finished=True), _good(letter))
    wording = ModelWriter("tiny", model=model).write(letter)
    assert (wording.worded_by, wording.attempts, wording.tokens) == ("model", 2, 45)
    assert "Er war nicht deutsch." in model.asked[1]
    assert "99" not in model.asked[1]
    assert len(wording.failed) == 1
    assert {"language", "number"} <= set(wording.failed[0].split(","))


def test_the_second_try_has_the_time_that_the_first_left(facts: Any) -> None:
    letter = facts()
    model = Scripted(Generated("We pay 99 francs.", 5, finished=True), _good(letter))
    ticks = iter([0.0, 1.0, 41.0, 50.0])
    ModelWriter("tiny", model=model, time_limit_s=60, clock=lambda: next(ticks)).write(letter)
    assert model.granted_s == [59.0, 19.0]


def test_cost_is_what_all_attempts_took_at_the_prices_set(facts: Any) -> None:
    letter = facts()
    first = Generated("We pay 99 francs.", 10, finished=True, prompt_tokens=300)
    price = Price(prompt=Decimal("0.10"), answer=Decimal("3"))
    wording = ModelWriter("tiny", model=Scripted(first, _good(letter)), price=price).write(letter)
    assert wording.cost == Decimal("0.000210")
    record = wording.record()
    assert record["cost"] == "0.000210"
    assert json.loads(json.dumps(record)) == record
    assert "paragraphs" not in record


def test_the_template_costs_nothing_and_says_so(facts: Any) -> None:
    record = TemplateWriter().write(facts()).record()
    assert (record["worded_by"], record["cost"], record["failed"], record["attempts"]) == ("template", None, [], 0)


def test_after_two_bad_answers_the_template_words_the_letter(facts: Any) -> None:
    letter = facts(Kind.DENIED)
    bad = Generated("Wir freuen uns sehr und übernehmen gern die ganzen Kosten dieser Rechnung.", 20, finished=True)
    wording = ModelWriter("tiny", model=Scripted(bad, bad)).write(letter)
    assert wording.paragraphs == TemplateWriter().write(letter).paragraphs
    assert wording.worded_by == "template"
    assert wording.attempts == 2
    assert wording.fallback_reason is not None
    assert {"missing_fact", "polarity"} <= set(wording.fallback_reason.split(","))
    assert wording.failed == (wording.fallback_reason,) * 2


def test_a_text_cut_off_by_the_token_limit_is_not_used(facts: Any) -> None:
    cut = Generated(_good(facts()).text, 320, finished=False)
    wording = ModelWriter("tiny", model=Scripted(cut, cut)).write(facts())
    assert wording.fallback_reason == "unfinished"


def test_it_counts_who_worded_its_letters_and_why_no_model_did(facts: Any) -> None:
    bad = Generated("We pay 99 francs.", 5, finished=True)
    model = Scripted(_good(facts()), bad, bad, ModelUnavailable(kind="http_503"), bad, _good(facts()))
    writer = ModelWriter("tiny", model=model)
    for _ in range(4):
        writer.write(facts())
    writer.write(facts(Kind.NOTICE))  # worded by no model, whatever happens
    assert writer.outcomes == {"model": 2, "length": 1, "model_unavailable:http_503": 1}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ModelUnavailable(kind="OSError"), "OSError"),
        (RuntimeError("CUDA error"), "RuntimeError"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_a_broken_model_costs_no_letter(facts: Any, error: Exception, kind: str) -> None:
    wording = ModelWriter("tiny", model=Scripted(error)).write(facts())
    assert (wording.worded_by, wording.attempts, wording.fallback_reason) == ("template", 1, "model_unavailable")
    assert wording.failed == (f"model_unavailable:{kind}",)
    assert wording.paragraphs == TemplateWriter().write(facts()).paragraphs


@pytest.mark.parametrize(
    ("kind", "recipient"),
    [
        (Kind.NOT_INSURED, Recipient.PROVIDER),
        (Kind.ALREADY_RECEIVED, Recipient.PROVIDER),
        (Kind.NOTICE, Recipient.CLIENT),
        (Kind.ESCALATION, Recipient.CONTROLLER),
    ],
)
def test_letters_of_one_fixed_sentence_never_reach_the_model(facts: Any, kind: Kind, recipient: Recipient) -> None:
    model = Scripted()
    wording = ModelWriter("tiny", model=model).write(facts(kind, recipient))
    assert (wording.worded_by, wording.attempts, model.asked) == ("template", 0, [])
