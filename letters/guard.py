"""Judges what a language model wrote, before anybody sees it. Every check is small, pure and named by its fault.

The text is in placeholders still: whatever number, name or address stands in it was made up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from letters import lexicon
from letters.facts import Facts, Kind, WordingLanguage
from letters.lexicon import LEXICONS
from letters.placeholders import TOKEN, found_in, tokens_of, with_tokens
from letters.plain import clean
from letters.texts import Texts

if TYPE_CHECKING:
    from lingua import LanguageDetector

MIN_WORDS, MAX_WORDS, MAX_PARAGRAPHS = 8, 160, 4
_MAX_SENTENCE_WORDS = 40
_MAX_CHARACTERS = 4_000
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)
_PARAGRAPHS = re.compile(r"\n\s*\n")
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_LETTERS = "A-Za-zÀ-ÖØ-öø-ÿŒœ"
_FOREIGN_SIGN = re.compile(rf"[^{_LETTERS}\d\s.,;:!?()'’„“”«»\-–]")
_WORD = re.compile(rf"[{_LETTERS}]+(?:[-'’][{_LETTERS}]+)*")

_COVERS, _REFUSES = "covers", "refuses"
#: What a text of this kind says about paying, all in all. Whoever returns an invoice says nothing about it.
_POLARITY: dict[Kind, frozenset[str]] = {
    Kind.APPROVED: frozenset({_COVERS}),
    Kind.PARTLY_APPROVED: frozenset({_COVERS, _REFUSES}),
    Kind.DENIED: frozenset({_REFUSES}),
}


@dataclass(frozen=True)
class Rules:
    """What a text has to keep to. `echo`: sentences of the prompt that are no part of an answer."""

    kind: Kind
    language: WordingLanguage
    required: frozenset[str]
    allowed: frozenset[str]
    echo: frozenset[str] = frozenset()

    @classmethod
    def of(cls, facts: Facts, texts: Texts, echo: frozenset[str] = frozenset()) -> Rules:
        """The rules for these facts: a text names what the template names, and nothing unknown."""
        required = found_in(with_tokens(facts, texts))
        return cls(facts.kind, facts.wording_language, required, frozenset(tokens_of(facts).values()), echo)


@dataclass(frozen=True)
class Verdict:
    """The text as paragraphs, and what is wrong with it: no faults, good text."""

    paragraphs: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.faults


@dataclass(frozen=True)
class _Draft:
    """A text in the shapes that the checks look at; `prose` is without placeholders (`X` stands for each)."""

    raw: str
    paragraphs: tuple[str, ...]
    rules: Rules

    @property
    def whole(self) -> str:
        return "\n".join(self.paragraphs)

    @property
    def prose(self) -> str:
        return TOKEN.sub("X", self.whole)

    @property
    def sentences(self) -> list[str]:
        return [sentence for paragraph in self.prose.splitlines() for sentence in _SENTENCES.split(paragraph)]


def check(text: str, rules: Rules) -> Verdict:
    """Judges a model's answer. Faults in the order of the checks; an empty or endless text ends the look."""
    answer = _THINKING.sub("", text).strip()
    if not answer:
        return Verdict((), ("empty",))
    if len(answer) > _MAX_CHARACTERS:
        return Verdict((), ("too_long",))
    paragraphs = tuple(line for line in (clean(part) for part in _PARAGRAPHS.split(answer)) if line)
    draft = _Draft(answer, paragraphs, rules)
    return Verdict(paragraphs, tuple(name for name, fails in _CHECKS if fails(draft)))


def _length(draft: _Draft) -> bool:
    words = len(_WORD.findall(draft.prose))
    return not MIN_WORDS <= words <= MAX_WORDS or len(draft.paragraphs) > MAX_PARAGRAPHS


def _characters(draft: _Draft) -> bool:
    """Markdown, JSON, tags, other scripts, invisible signs; and Eszett, which Swiss German does not write."""
    swiss = draft.rules.language == "de" and "ß" in draft.whole
    return swiss or bool(_FOREIGN_SIGN.search(TOKEN.sub("X", draft.raw)))


def _language(draft: _Draft) -> bool:
    return detected_language(TOKEN.sub(" ", draft.whole)) != draft.rules.language


def _missing_fact(draft: _Draft) -> bool:
    return not draft.rules.required <= found_in(draft.paragraphs)


def _unknown_placeholder(draft: _Draft) -> bool:
    return not found_in(draft.paragraphs) <= draft.rules.allowed


def _number(draft: _Draft) -> bool:
    digits = any(sign.isnumeric() for sign in draft.prose)
    return digits or bool(LEXICONS[draft.rules.language].numbers.search(draft.prose))


def _currency(draft: _Draft) -> bool:
    return bool(lexicon.CURRENCY.search(draft.prose))


def _contact(draft: _Draft) -> bool:
    return bool(lexicon.CONTACT.search(draft.prose))


def _law(draft: _Draft) -> bool:
    return bool(lexicon.LAW.search(draft.prose))


def _name(draft: _Draft) -> bool:
    """A title with a name; in English a capital inside a sentence; in German two capitals side by side."""
    if lexicon.TITLE.search(draft.prose):
        return True
    return any(_names_somebody(_WORD.findall(sentence), draft.rules.language) for sentence in draft.sentences)


def _names_somebody(words: list[str], language: WordingLanguage) -> bool:
    inside = words[1:]
    if language == "en":
        return any(word[0].isupper() and word != "X" and word not in lexicon.ENGLISH_CAPITALS for word in inside)
    nouns = [word[0].isupper() and word != "X" and word not in lexicon.GERMAN_PRONOUNS for word in inside]
    return any(left and right for left, right in pairwise(nouns))


def _polarity(draft: _Draft) -> bool:
    """What each clause says about paying, taken together, is what was decided; and the tone goes with it."""
    words, kind = LEXICONS[draft.rules.language], draft.rules.kind
    clauses = (clause for sentence in draft.sentences for clause in words.clause.split(sentence))
    said = {said for said in (_says(clause, words) for clause in clauses) if said}
    if said != _POLARITY.get(kind, frozenset()):
        return True
    if kind is Kind.PARTLY_APPROVED and words.wholly.search(draft.prose):
        return True
    wrong_tone = words.regret if kind is Kind.APPROVED else words.gladness
    return bool(wrong_tone.search(draft.prose))


def _says(clause: str, words: lexicon.Lexicon) -> str | None:
    refused, covered = words.refuse.search(clause), words.cover.search(clause)
    if not refused and not covered:
        return None
    negated = bool(words.negation.search(clause))
    return _REFUSES if bool(refused) != negated else _COVERS


def _banned(draft: _Draft) -> bool:
    return bool(LEXICONS[draft.rules.language].banned.search(draft.prose))


def _echo(draft: _Draft) -> bool:
    sentences = (sentence for paragraph in draft.paragraphs for sentence in _SENTENCES.split(paragraph))
    return not draft.rules.echo.isdisjoint(sentences)


def _repetition(draft: _Draft) -> bool:
    sentences = Counter(sentence.casefold() for sentence in draft.sentences)
    words = [word.casefold() for word in _WORD.findall(draft.prose)]
    runs = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
    return max(sentences.values()) > 1 or max(runs.values(), default=0) > 2


def _hard_to_read(draft: _Draft) -> bool:
    return any(len(_WORD.findall(sentence)) > _MAX_SENTENCE_WORDS for sentence in draft.sentences)


def _unfinished(draft: _Draft) -> bool:
    return any(paragraph[-1] not in ".!?" for paragraph in draft.paragraphs)


_CHECKS: tuple[tuple[str, Callable[[_Draft], bool]], ...] = (
    ("length", _length),
    ("characters", _characters),
    ("language", _language),
    ("missing_fact", _missing_fact),
    ("unknown_placeholder", _unknown_placeholder),
    ("number", _number),
    ("currency", _currency),
    ("contact", _contact),
    ("law", _law),
    ("name", _name),
    ("polarity", _polarity),
    ("banned", _banned),
    ("echo", _echo),
    ("repetition", _repetition),
    ("hard_to_read", _hard_to_read),
    ("unfinished", _unfinished),
)
#: Every fault a verdict can hold.
FAULTS = ("empty", "too_long", *(name for name, _ in _CHECKS))


def detected_language(text: str) -> str | None:
    """The likeliest of our four languages as ISO 639-1, or None. Raises ImportError without the extra `models`."""
    language = _detector().detect_language_of(text)
    return None if language is None else str(language.iso_code_639_1.name).lower()


@cache
def _detector() -> LanguageDetector:
    from lingua import Language, LanguageDetectorBuilder  # noqa: PLC0415 - loads where used

    ours = (Language.GERMAN, Language.FRENCH, Language.ITALIAN, Language.ENGLISH)
    return LanguageDetectorBuilder.from_languages(*ours).build()
