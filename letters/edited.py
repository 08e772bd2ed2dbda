"""Judges what a person wrote in place of a letter's explanation: it names every fact that it must, and brings in none
that is no fact of this letter, and does not say the opposite of what was decided. How it is said is the person's own
affair."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from letters import lexicon, plain
from letters.checks import contradicts
from letters.facts import Facts
from letters.lexicons import LEXICONS
from letters.placeholders import found_in, with_tokens
from letters.texts import Texts, default_texts, values_of
from pulse.base.money import format_amount

MAX_PARAGRAPHS, MAX_CHARACTERS = 12, 4_000
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_TOKEN = re.compile(r"\S+")
#: Stands for each sign of a fact; ends a word, and is none of the signs that any check looks for.
_MASK = "\N{BULLET}"
_AROUND = ".,;:!?()'’„“”«»" + _MASK

Code = Literal["empty", "too_long", "missing", "number", "currency", "contact", "law", "sign", "decision"]


@dataclass(frozen=True)
class Problem:
    """Why a text is refused; `what` is the fact that is missing, or the words that are no fact."""

    code: Code
    what: str = ""


def paragraphs_of(text: str) -> tuple[str, ...]:
    """The paragraphs of a text with blank lines between them, each one clean line."""
    parts = (plain.clean(part) for part in _PARAGRAPHS.split(text.replace("\r\n", "\n")))
    return tuple(part for part in parts if part)


def problems(paragraphs: Sequence[str], facts: Facts, texts: Texts | None = None) -> tuple[Problem, ...]:
    """What is wrong with these paragraphs, each thing once; nothing where they may stand in the letter."""
    if not paragraphs:
        return (Problem("empty"),)
    text = "\n".join(paragraphs)
    if len(paragraphs) > MAX_PARAGRAPHS or len(text) > MAX_CHARACTERS:
        return (Problem("too_long"),)
    texts = texts or default_texts()
    missing = [Problem("missing", value) for value in _required(facts, texts) if not _whole(value).search(text)]
    usual = set(_foreign("\n".join(texts.block("explanation", facts)), facts))
    brought_in = (one for one in _foreign(text, facts) if one not in usual)
    opposite = [Problem("decision")] if contradicts(text, facts.kind, facts.wording_language) else []
    return tuple(dict.fromkeys([*missing, *brought_in, *opposite]))


def _required(facts: Facts, texts: Texts) -> list[str]:
    """The values that the template's own explanation names."""
    values = values_of(facts)
    named = sorted(found_in(with_tokens(facts, texts)))
    return [value for token in named if (value := values[token.strip("[]").lower()])]


def _facts(facts: Facts) -> Iterator[str]:
    """Everything that this letter tells anyway, as it is printed."""
    yield from (value for value in values_of(facts).values() if value)
    for one in facts.positions:
        yield from (plain.clean(text) for text in (one.name, one.code) if text)
        yield from (sum_ for amount in (one.billed, one.approved) if amount is not None for sum_ in _sums(amount))
        if one.date is not None:
            yield plain.short_date(one.date)
            yield plain.long_date(one.date, facts.wording_language)
    if facts.invoice_date is not None:
        yield plain.short_date(facts.invoice_date)


def _sums(amount: Decimal) -> tuple[str, str]:
    return plain.amount(amount), format_amount(amount)


def _foreign(text: str, facts: Facts) -> Iterator[Problem]:
    """What looks like a fact and is none of this letter's."""
    masked = text
    for value in sorted(set(_facts(facts)), key=len, reverse=True):
        masked = _whole(value).sub(lambda match: _MASK * len(match[0]), masked)
    words = LEXICONS[facts.wording_language]
    found: tuple[tuple[Code, Iterable[re.Match[str]]], ...] = (
        ("number", (token for token in _TOKEN.finditer(masked) if any(sign.isnumeric() for sign in token[0]))),
        ("number", words.numbers.finditer(masked)),
        ("number", lexicon.ROMAN.finditer(masked)),
        ("currency", lexicon.CURRENCY.finditer(masked)),
        ("contact", lexicon.CONTACT.finditer(masked)),
        ("law", lexicon.LAW.finditer(masked)),
        ("law", words.law.finditer(masked)),
        ("sign", (sign for sign in re.finditer(r"[^\s]", masked) if not _usual(sign[0]))),
    )
    for code, matches in found:
        for match in matches:
            yield Problem(code, text[match.start() : match.end()].strip(_AROUND + " "))


def _usual(sign: str) -> bool:
    """A Latin letter, a digit, or punctuation: no letter of another script that looks like one, no picture."""
    category = unicodedata.category(sign)
    if category[0] == "L":
        return unicodedata.name(sign, "").startswith(("LATIN", "FEMININE", "MASCULINE"))
    return category[0] in "NP" or sign in _MASK + "+=°%&/€$£"


def _whole(value: str) -> re.Pattern[str]:
    """The value as it stands, not as a part of a longer word or number."""
    return re.compile(rf"(?<!\w)(?<!\d[.,'’]){re.escape(value)}(?!\w|[.,'’]\d)")
