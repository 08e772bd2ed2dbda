"""Placeholders such as `[[AMOUNT_APPROVED]]`: what a model sees and writes instead of numbers, dates and names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from letters.facts import Facts
from letters.occasions import Kind
from letters.texts import Texts, values_of

TOKEN = re.compile(r"\[\[([A-Z_]+)\]\]")
#: The values that an explanation may name; everything else is set by code around it.
_EXPLAINED = ("invoice_number", "invoice_date", "biller", "amount_billed", "amount_approved", "amount_reduced")
#: Amounts that only mean something where this was decided: a denial has no approved amount to speak of.
_ONLY_FOR = {
    "amount_approved": frozenset({Kind.APPROVED, Kind.PARTLY_APPROVED}),
    "amount_reduced": frozenset({Kind.PARTLY_APPROVED}),
}


def tokens_of(facts: Facts) -> dict[str, str]:
    """The known values an explanation may name, by placeholder: `{"biller": "[[BILLER]]", …}`."""
    values = values_of(facts)
    told = (name for name in _EXPLAINED if values[name] and facts.kind in _ONLY_FOR.get(name, frozenset(Kind)))
    return {name: f"[[{name.upper()}]]" for name in told}


def with_tokens(facts: Facts, texts: Texts) -> tuple[str, ...]:
    """The template's own explanation in placeholders: what it names, a model must name too."""
    values = {name: None if name in _EXPLAINED else value for name, value in values_of(facts).items()}
    return texts.block("explanation", facts, {**values, **tokens_of(facts)})


def found_in(paragraphs: Iterable[str]) -> frozenset[str]:
    """The placeholders in these paragraphs, with their brackets."""
    return frozenset(match.group(0) for paragraph in paragraphs for match in TOKEN.finditer(paragraph))


def fill(paragraph: str, facts: Facts) -> str:
    """Puts the values in, in one pass: a value that looks like a placeholder stays as it is."""
    values = values_of(facts)
    return TOKEN.sub(lambda match: values.get(match[1].lower()) or match[0], paragraph)
