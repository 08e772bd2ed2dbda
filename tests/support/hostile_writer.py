"""A language model that words letters wrongly in every way we know: by script, with a seed.

It starts from a right text in placeholders and does one wrong thing to it, now and then several; a tenth of its texts
it leaves right. `FAULTS` names them.
"""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from letters.facts import Facts
from letters.language_model import TIME_LIMIT_S, Generated
from letters.occasions import Kind
from letters.placeholders import TOKEN, with_tokens
from letters.prompt import prompt
from letters.texts import default_texts
from pulse.base.reasons import LANGUAGES, Language

Fault = Callable[[random.Random, str, Facts], str]
FAULTS: dict[str, Fault] = {}

_SAID: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("hostile_words.toml").read_text(encoding="utf-8")
)
_CONTACTS = (
    "079 123 45 67", "+41 31 999 88 77", "hilfe@kasse.example", "https://kasse.example/zahlen", "www.kasse.ch",
    "CH93 0076 2011 6238 5295 7", "IBAN CH93", "Postfach 12",
)  # fmt: skip
_NEGATIONS = {"de": "nicht", "fr": "pas", "it": "non", "en": "not"}
_HIDDEN = ("１２", "½", "Ⅻ", "XVII", "&#49;2", "1\u200b2", "١٢", "12")


@dataclass
class HostileModel:
    """A `LanguageModel` whose texts are wrong. `facing` tells it the case; `done` counts what it did."""

    chance: random.Random
    facts: Facts | None = None
    done: Counter[str] = field(default_factory=Counter)
    revision: str | None = None

    def facing(self, facts: Facts) -> None:
        self.facts = facts

    def answer(self, asked: str, *, timeout_s: float = TIME_LIMIT_S) -> Generated:
        assert self.facts is not None
        name, text = worded(self.chance, self.facts)
        self.done[name] += 1
        return Generated(text, len(text.split()), name != "broken off", len(asked.split()))

    def check(self) -> str:
        return "a script"


def worded(chance: random.Random, facts: Facts) -> tuple[str, str]:
    """The fault's name (`right`: none) and a text in placeholders that has it."""
    text = right_text(facts)
    if chance.random() < 0.1:
        return "right", text
    name = chance.choice(sorted(FAULTS))
    text = FAULTS[name](chance, text, facts)
    if chance.random() < 0.15:
        text = FAULTS[chance.choice(_GENTLE)](chance, text, facts)
    return name, text


def right_text(facts: Facts) -> str:
    return "\n\n".join(with_tokens(facts, default_texts()))


def fault(make: Fault) -> Fault:
    FAULTS[make.__name__.strip("_").replace("_", " ")] = make
    return make


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text)


def _beside(chance: random.Random, text: str, addition: str) -> str:
    parts = _sentences(text)
    parts.insert(chance.randrange(len(parts) + 1), addition)
    return " ".join(parts)


def _said(what: str) -> None:
    def make(chance: random.Random, text: str, facts: Facts) -> str:
        return _beside(chance, text, chance.choice(_SAID[facts.language][what]))

    FAULTS[f"says {what}"] = make


for _what in _SAID["de"]:
    _said(_what)


@fault
def empty(chance: random.Random, text: str, facts: Facts) -> str:
    return chance.choice(("", "   \n", "...", "<think></think>"))


@fault
def thinking(chance: random.Random, text: str, facts: Facts) -> str:
    return chance.choice((f"<think>{text}</think>", f"<think>{text}", f"{text}</think>"))


@fault
def other_language(chance: random.Random, text: str, facts: Facts) -> str:
    other = chance.choice([language for language in LANGUAGES if language != facts.language])
    return right_text(replace(facts, language=other))


@fault
def half_other_language(chance: random.Random, text: str, facts: Facts) -> str:
    other = _sentences(other_language(chance, text, facts))
    own = _sentences(text)
    return " ".join([*own[: len(own) // 2 or 1], *other[len(other) // 2 :]])


@fault
def endless(chance: random.Random, text: str, facts: Facts) -> str:
    return " ".join([text] * chance.choice((2, 3, 40, 500)))


@fault
def repeated_words(chance: random.Random, text: str, facts: Facts) -> str:
    parts = text.split()
    place = chance.randrange(len(parts))
    return " ".join([*parts[:place], *parts[max(0, place - 3) : place + 1] * chance.choice((2, 6, 80)), *parts[place:]])


@fault
def as_json(chance: random.Random, text: str, facts: Facts) -> str:
    return json.dumps({"paragraphs": [text], "amount": 12.5}, ensure_ascii=False)


@fault
def markdown(chance: random.Random, text: str, facts: Facts) -> str:
    return chance.choice((f"# Brief\n\n{text}", f"**{text}**", f"- {text}", f"1. {text}", f"```\n{text}\n```"))


@fault
def prompt_echo(chance: random.Random, text: str, facts: Facts) -> str:
    return chance.choice((prompt(facts), f"{prompt(facts)}\n\n{text}"))


@fault
def contact(chance: random.Random, text: str, facts: Facts) -> str:
    return _beside(chance, text, f"{chance.choice(_CONTACTS)}.")


@fault
def made_up_value(chance: random.Random, text: str, facts: Facts) -> str:
    """In a placeholder's place."""
    values = ("CHF 12.30", "A-99999", "3. Mai 2024", "Farmacia Nuova", "12", *_HIDDEN)
    return TOKEN.sub(lambda match: chance.choice((match[0], chance.choice(values))), text)


@fault
def hidden_number(chance: random.Random, text: str, facts: Facts) -> str:
    parts = text.split(" ")
    parts.insert(chance.randrange(len(parts) + 1), chance.choice(_HIDDEN))
    return " ".join(parts)


@fault
def glued_number(chance: random.Random, text: str, facts: Facts) -> str:
    return _one_token(chance, text, lambda token: chance.choice((f"1{token}", f"{token}0", f"-{token}", f"{token}.50")))


@fault
def fact_of_another_case(chance: random.Random, text: str, facts: Facts) -> str:
    others = ("X-123456", "CHF 1'999.95", "31. Dezember 2023", "31 December 2023", "Pharmacie du Lac")
    return _one_token(chance, text, lambda token: f"{token} {chance.choice(others)}")


@fault
def unknown_placeholder(chance: random.Random, text: str, facts: Facts) -> str:
    names = (
        "[[PATIENT]]",
        "[[AMOUNT_SETTLED]]",
        "[[INSURANCE_NUMBER]]",
        "[[ACCOUNT]]",
        "[[amount_billed]]",
        "[BILLER]",
    )
    return _one_token(chance, text, lambda token: f"{token} {chance.choice(names)}")


@fault
def swapped(chance: random.Random, text: str, facts: Facts) -> str:
    """Two placeholders in each other's place."""
    tokens = sorted(set(TOKEN.findall(text)))
    if len(tokens) < 2:
        return ""
    one, two = (f"[[{name}]]" for name in chance.sample(tokens, 2))
    return text.replace(one, "\0").replace(two, one).replace("\0", two)


@fault
def swapped_amounts(chance: random.Random, text: str, facts: Facts) -> str:
    names = [name for name in sorted(set(TOKEN.findall(text))) if name.startswith("AMOUNT")]
    if len(names) < 2:
        return swapped(chance, text, facts)
    one, two = (f"[[{name}]]" for name in chance.sample(names, 2))
    return text.replace(one, "\0").replace(two, one).replace("\0", two)


@fault
def one_placeholder_for_all(chance: random.Random, text: str, facts: Facts) -> str:
    name = chance.choice(sorted(set(TOKEN.findall(text))) or ["BILLER"])
    return TOKEN.sub(f"[[{name}]]", text)


@fault
def dropped_placeholder(chance: random.Random, text: str, facts: Facts) -> str:
    return _one_token(chance, text, lambda token: "")


@fault
def dropped_sentence(chance: random.Random, text: str, facts: Facts) -> str:
    parts = _sentences(text)
    del parts[chance.randrange(len(parts))]
    return " ".join(parts)


@fault
def other_decision(chance: random.Random, text: str, facts: Facts) -> str:
    """The right text for another kind, with this one's placeholders or its own."""
    kind = chance.choice([kind for kind in _other_texts(facts.language) if kind is not facts.kind])
    other = _other_texts(facts.language)[kind]
    own = sorted(set(TOKEN.findall(text)))
    return chance.choice((other, TOKEN.sub(lambda match: match[0] if match[1] in own else "", other)))


@fault
def sentence_of_another_decision(chance: random.Random, text: str, facts: Facts) -> str:
    other = _sentences(other_decision(chance, text, facts))
    return _beside(chance, text, chance.choice(other))


@fault
def shuffled_decisions(chance: random.Random, text: str, facts: Facts) -> str:
    """Sentences of several kinds in any order, with all own placeholders somewhere."""
    parts = [part for other in _other_texts(facts.language).values() for part in _sentences(other)]
    return " ".join(chance.sample([*parts, *_sentences(text)], chance.randint(2, 5)))


@fault
def turned_round(chance: random.Random, text: str, facts: Facts) -> str:
    """A negation more, or less."""
    word = _NEGATIONS[facts.language]
    if re.search(rf"\b{word}\b", text):
        return re.sub(rf"\b{word}\b ?", "", text, count=1)
    parts = text.split(" ")
    parts.insert(chance.randrange(1, len(parts)), word)
    return " ".join(parts)


@fault
def words_moved(chance: random.Random, text: str, facts: Facts) -> str:
    parts = text.split(" ")
    for _ in range(chance.randint(1, 4)):
        one, two = chance.randrange(len(parts)), chance.randrange(len(parts))
        parts[one], parts[two] = parts[two], parts[one]
    return " ".join(parts)


@fault
def words_lost(chance: random.Random, text: str, facts: Facts) -> str:
    return " ".join(part for part in text.split(" ") if chance.random() > 0.08)


@fault
def words_of_others(chance: random.Random, text: str, facts: Facts) -> str:
    """Words of the bad sentences strewn in."""
    strange = [word for said in _SAID[facts.language].values() for one in said for word in one.split()]
    parts = text.split(" ")
    for _ in range(chance.randint(1, 3)):
        parts.insert(chance.randrange(len(parts) + 1), chance.choice(strange))
    return " ".join(parts)


@fault
def broken_off(chance: random.Random, text: str, facts: Facts) -> str:
    return text[: chance.randrange(1, len(text))]


_GENTLE = ("words lost", "words moved", "dropped sentence", "swapped", "turned round", "words of others")


def _one_token(chance: random.Random, text: str, change: Callable[[str], str]) -> str:
    found = list(TOKEN.finditer(text))
    if not found:
        return f"{text} {change('[[INVOICE_NUMBER]]')}"
    hit = chance.choice(found)
    return text[: hit.start()] + change(hit[0]) + text[hit.end() :]


@cache
def _other_texts(language: Language) -> dict[Kind, str]:
    from letter_samples import make_facts

    kinds = (Kind.APPROVED, Kind.PARTLY_APPROVED, Kind.DENIED, Kind.RETURNED)
    return {kind: right_text(make_facts(kind, language=language)) for kind in kinds}
