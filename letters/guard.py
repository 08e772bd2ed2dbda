"""Judges what a language model wrote, before anybody sees it.

The text is in placeholders still: whatever number, name or address stands in it was made up. Where the guard is unsure
it refuses, for the template's wording stands behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from letters.checks import CHECKS, Draft
from letters.facts import Facts
from letters.occasions import Kind
from letters.placeholders import found_in, tokens_of, with_tokens
from letters.plain import clean
from letters.readability import SENTENCES
from letters.texts import Texts
from pulse.base import reason_texts
from pulse.base.reasons import Language

if TYPE_CHECKING:
    from lingua import LanguageDetector

_MAX_CHARACTERS = 4_000
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)
_PARAGRAPHS = re.compile(r"\n\s*\n")
#: Every fault a verdict can hold.
FAULTS = ("empty", "too_long", *(name for name, _ in CHECKS))


@dataclass(frozen=True)
class Rules:
    """What a text has to keep to. `echo`: sentences of the prompt that are no part of an answer; `told`: our own
    sentences for the reasons, which an answer may repeat word for word."""

    kind: Kind
    language: Language
    required: frozenset[str]
    allowed: frozenset[str]
    echo: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()

    @classmethod
    def of(cls, facts: Facts, texts: Texts, echo: frozenset[str] = frozenset()) -> Rules:
        """The rules for these facts: a text names what the template names, and nothing unknown."""
        required = found_in(with_tokens(facts, texts))
        told = frozenset(reason_texts.text(reason, facts.wording_language) for reason in facts.all_reasons)
        return cls(facts.kind, facts.wording_language, required, frozenset(tokens_of(facts).values()), echo, told)


@dataclass(frozen=True)
class Verdict:
    """The text as paragraphs, and what is wrong with it: no faults, good text."""

    paragraphs: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.faults


def check(text: str, rules: Rules) -> Verdict:
    """Judges a model's answer. Faults in the order of the checks; an empty or endless text ends the look.

    Raises ImportError without the extra `models`.
    """
    answer = _THINKING.sub("", text).strip()
    if len(answer) > _MAX_CHARACTERS:
        return Verdict((), ("too_long",))
    paragraphs = tuple(line for line in (clean(part) for part in _PARAGRAPHS.split(answer)) if line)
    if not paragraphs:
        return Verdict((), ("empty",))
    own = tuple(part for part in (_without(paragraph, rules.told) for paragraph in paragraphs) if part)
    if not own:
        return Verdict((), ("missing_fact",))
    draft = Draft(
        raw=answer,
        paragraphs=own,
        kind=rules.kind,
        language=rules.language,
        required=rules.required,
        allowed=rules.allowed,
        echo=rules.echo,
        detect=detected_language,
    )
    return Verdict(paragraphs, tuple(name for name, fails in CHECKS if fails(draft)))


def _without(paragraph: str, told: frozenset[str]) -> str:
    return " ".join(sentence for sentence in SENTENCES.split(paragraph) if sentence not in told)


def detected_language(text: str) -> str | None:
    """The likeliest of our four languages as ISO 639-1, or None. Raises ImportError without the extra `models`."""
    language = _detector().detect_language_of(text)
    return None if language is None else str(language.iso_code_639_1.name).lower()


@cache
def _detector() -> LanguageDetector:
    from lingua import Language, LanguageDetectorBuilder  # noqa: PLC0415 - loads where used

    ours = (Language.GERMAN, Language.FRENCH, Language.ITALIAN, Language.ENGLISH)
    return LanguageDetectorBuilder.from_languages(*ours).build()
