"""What a model can learn from: a prompt, and the answer that it should have given; both in placeholders.

No lesson holds a value of a case: a letter of the archive becomes one only where the guard finds nothing in it once
its values are placeholders again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from letters import guard
from letters.evaluation.cases import random_cases
from letters.facts import Facts
from letters.model_writer import WORDED_BY_MODEL
from letters.placeholders import tokens_of, with_tokens
from letters.prompt import echoes, prompt
from letters.texts import Texts, default_texts, values_of

_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Lesson:
    """A prompt, and the answer to learn."""

    asked: str
    answer: str


def synthetic(*, count: int, seed: int, texts: Texts | None = None) -> Iterator[Lesson]:
    """Made-up cases of every kind that a model words, answered by the templates."""
    for facts in random_cases(count=count, seed=seed, kinds=WORDED_BY_MODEL):
        yield Lesson(prompt(facts), "\n\n".join(with_tokens(facts, texts or default_texts())))


def from_letters(letters: Iterable[tuple[Facts, tuple[str, ...]]], texts: Texts | None = None) -> Iterator[Lesson]:
    """Finished letters with their explanations; those are left out that hold anything but words and placeholders.

    Raises ImportError without the extra `models`.
    """
    for facts, paragraphs in letters:
        if facts.kind not in WORDED_BY_MODEL:
            continue
        rules = guard.Rules.of(facts, texts or default_texts(), echoes(facts))
        answer = "\n\n".join(_in_placeholders(paragraph, facts, rules.required) for paragraph in paragraphs)
        passed = guard.check(answer, rules).passed
        if passed and not _names_of(facts) & {word.casefold() for word in _WORD.findall(answer)}:
            yield Lesson(prompt(facts), answer)


def _in_placeholders(paragraph: str, facts: Facts, required: frozenset[str]) -> str:
    """Where two values are the same, such as all that was billed being paid, the one that has to be named."""
    values = values_of(facts)
    pairs = [(value, token) for name, token in tokens_of(facts).items() if (value := values[name])]
    for value, token in sorted(pairs, key=lambda pair: (-len(pair[0]), pair[1] not in required)):
        paragraph = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", token, paragraph)
    return paragraph


def _names_of(facts: Facts) -> set[str]:
    """Words of the case's persons; a guard that lets one pass as an ordinary word is not asked here."""
    names = " ".join((facts.patient_name or "", facts.addressee.name if facts.recipient == "client" else ""))
    return {word.casefold() for word in _WORD.findall(names) if word[0].isupper()}
