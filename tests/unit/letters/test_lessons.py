"""What a model learns from holds no value of a case."""

from __future__ import annotations

import re
from typing import Any

import pytest
from letter_samples import all_facts, make_facts

from letters.evaluation.cases import random_cases
from letters.facts import Facts
from letters.lessons import Lesson, from_letters, synthetic
from letters.model_writer import WORDED_BY_MODEL
from letters.occasions import Kind
from letters.writer import TemplateWriter
from pulse.base.reasons import LANGUAGES

pytest.importorskip("lingua", reason="the extra `models` is not installed")


def finished(facts: Facts) -> tuple[Facts, tuple[str, ...]]:
    return facts, TemplateWriter().write(facts).paragraphs


def strings(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {one for part in value.values() for one in strings(part)}
    if isinstance(value, list):
        return {one for part in value for one in strings(part)}
    return {str(value)} if value is not None else set()


def values_of_case(facts: Facts) -> set[str]:
    """Whatever a case's record says of persons, numbers, days and amounts."""
    data = facts.to_json()
    told = {"kind", "recipient", "language", "law", "reasons", "payee", "automated", "schema_version"}
    found = strings({name: value for name, value in data.items() if name not in told})
    return {one for one in found if len(one) >= 4 and one not in ("True", "None", "False")} - strings(
        [position["reasons"] for position in data["positions"]]
    )


def holds_a_value(lesson: Lesson, facts: Facts) -> list[str]:
    text = f"{lesson.asked}\n{lesson.answer}"
    names = {part for value in values_of_case(facts) for part in re.findall(r"[^\W\d_]{4,}", value) if part.istitle()}
    persons = names & set(re.findall(r"\w+", facts.patient_name or ""))
    return [one for one in (*values_of_case(facts), *persons) if one in text]


def test_letters_on_file_become_lessons_without_any_of_their_values() -> None:
    taught = 0
    for facts in random_cases(count=160, seed=8, kinds=WORDED_BY_MODEL):
        for lesson in from_letters([finished(facts)]):
            taught += 1
            assert holds_a_value(lesson, facts) == []
            assert not re.search(r"\d", lesson.answer)
    assert taught >= 140


def test_a_letter_that_says_more_than_words_is_no_lesson() -> None:
    facts, paragraphs = finished(make_facts(Kind.DENIED))
    for more in (
        "Frau Győri hat uns angerufen.", "Es fehlen CHF 12.30.", "Der Betrag ist 80.35.",
        "Bitte rufen Sie Małgorzata an.", "Das war am 3. Mai.",
    ):  # fmt: skip
        assert list(from_letters([(facts, (*paragraphs, more))])) == []
    assert len(list(from_letters([(facts, paragraphs)]))) == 1


def test_letters_that_no_model_words_teach_nothing() -> None:
    others = [facts for facts in all_facts(*LANGUAGES) if facts.kind not in WORDED_BY_MODEL]
    assert list(from_letters(map(finished, others))) == []


def test_made_up_lessons_are_in_placeholders_and_the_same_for_the_same_seed() -> None:
    lessons = list(synthetic(count=64, seed=2))
    assert lessons == list(synthetic(count=64, seed=2))
    assert not any(re.search(r"\d", lesson.answer) for lesson in lessons)
    assert {"Wir", "Nous", "Abbiamo", "We"} <= {lesson.answer.split()[0] for lesson in lessons}
