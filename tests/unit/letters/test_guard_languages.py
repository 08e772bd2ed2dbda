"""The guard in the four languages: texts that it lets pass, and texts that it must not, each with its fault."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from letter_samples import make_facts

from letters import guard, prompt
from letters.facts import Facts
from letters.occasions import Kind
from letters.placeholders import with_tokens
from letters.texts import default_texts
from pulse.base.reasons import LANGUAGES, Language

pytest.importorskip("lingua", reason="the extra `models` is not installed")

FOLDER = Path(__file__).parent / "guard_texts"
ENDLESS = "wort word mot parola "


@cache
def table(language: Language) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def good_texts(language: Language) -> Iterator[tuple[Kind, str]]:
    for kind, texts in table(language)["good"].items():
        yield from ((Kind(kind), text.replace("{named}", table(language)["named"])) for text in texts)


def bad_texts(language: Language) -> Iterator[tuple[Kind, str, str]]:
    """Kind, fault and text."""
    first = dict(reversed(list(good_texts(language))))
    for kind, faults in table(language)["add"].items():
        for fault, additions in faults.items():
            yield from ((Kind(kind), fault, f"{first[Kind(kind)]} {addition}") for addition in additions)
    for kind, faults in table(language)["whole"].items():
        for fault, texts in faults.items():
            yield from ((Kind(kind), fault, text.replace("{named}", table(language)["named"])) for text in texts)
    approved = first[Kind.APPROVED]
    yield Kind.APPROVED, "empty", ""
    yield Kind.APPROVED, "empty", f"<think>{approved}</think>"
    yield Kind.APPROVED, "too_long", ENDLESS * 500
    yield Kind.APPROVED, "length", f"{approved} {ENDLESS * 45}."
    yield Kind.APPROVED, "hard_to_read", f"{approved} {ENDLESS * 11}."
    yield Kind.APPROVED, "characters", f"<think>{approved}"
    yield Kind.APPROVED, "missing_fact", approved.replace("[[BILLER]]", "")
    yield Kind.APPROVED, "missing_fact", approved.replace("[[AMOUNT_APPROVED]]", "")


@cache
def rules(kind: Kind, language: Language) -> guard.Rules:
    facts = make_facts(kind, language=language)
    return guard.Rules.of(facts, default_texts(), prompt.echoes(facts))


def judge(text: str, kind: Kind, language: Language) -> tuple[str, ...]:
    return guard.check(text, rules(kind, language)).faults


@pytest.mark.parametrize("language", LANGUAGES)
def test_good_texts_pass(language: Language) -> None:
    texts = list(good_texts(language))
    assert len(texts) >= 12
    refused = {text: faults for kind, text in texts if (faults := judge(text, kind, language))}
    assert refused == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_bad_texts_fail_with_their_fault(language: Language) -> None:
    texts = list(bad_texts(language))
    assert len(texts) >= 60
    missed = [
        (fault, text, found) for kind, fault, text in texts if fault not in (found := judge(text, kind, language))
    ]
    assert missed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_for_one_decision_never_passes_for_another(language: Language) -> None:
    for said, text in good_texts(language):
        assert [kind for kind in table(language)["good"] if not judge(text, Kind(kind), language)] == [said]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("spoken", LANGUAGES)
def test_a_text_passes_in_its_own_language_alone(language: Language, spoken: Language) -> None:
    for kind, text in good_texts(spoken):
        assert (judge(text, kind, language) == ()) == (language == spoken)


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_wording_passes_whatever_is_unknown(language: Language) -> None:
    for kind in table(language)["good"]:
        for unknown in ({}, {"invoice_number": None}, {"invoice_date": None, "biller_name": None}, {"positions": ()}):
            reasons: dict[str, Any] = {} if kind == "approved" else {"reasons": make_facts(Kind(kind)).all_reasons}
            facts: Facts = make_facts(Kind(kind), language=language, **unknown, **reasons)
            text = "\n\n".join(with_tokens(facts, default_texts()))
            found = guard.check(text, guard.Rules.of(facts, default_texts(), prompt.echoes(facts)))
            assert found.faults == (), text
