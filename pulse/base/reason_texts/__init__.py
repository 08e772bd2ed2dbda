"""Reason codes and invoice fields in words, in German (Swiss spelling), French, Italian and English.

The sentences stand in one TOML file per language beside this module, so that somebody who does not program can
correct them. They are read once, on first use.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TypedDict

from pulse.base.reasons import Language, Reason


class _Words(TypedDict):
    reasons: dict[str, dict[str, str]]
    sections: dict[str, str]
    fields: dict[str, str]


#: Questions that fit any invoice.
QUESTIONS_OF_ANY = ("prescription", "dosage", "indication")

_POSITION = re.compile(r"positions\.(\d+)(?:\.(\w+))?")


def text(reason: Reason, language: Language) -> str:
    """One full sentence that a patient or a provider understands."""
    return _words(language)["reasons"][reason.value]["text"]


def label(reason: Reason, language: Language) -> str:
    """A few words, for tables, lists and selects."""
    return _words(language)["reasons"][reason.value]["label"]


def question(topic: str, language: Language) -> str | None:
    """What to ask a provider about a reason code or a word of `QUESTIONS_OF_ANY`; None where they cannot help."""
    return _questions().get(topic, {}).get(language)


def field_label(path: str, language: Language) -> str:
    """What a field of the invoice is called; an unknown path comes back as it is.

    `invoice_number` → "Rechnungsnummer", `positions.1.quantity` → "Position 2: Menge".
    """
    words = _words(language)
    if path in words["fields"]:
        return words["fields"][path]
    if match := _POSITION.fullmatch(path):
        row = f"{words['sections']['position']} {int(match[1]) + 1}"
        return f"{row}: {words['fields'].get(match[2], match[2])}" if match[2] else row
    section, _, field = path.partition(".")
    if section in words["sections"] and (not field or field in words["fields"]):
        return f"{words['sections'][section]}: {words['fields'][field]}" if field else words["sections"][section]
    return path


@cache
def _words(language: Language) -> _Words:
    source = files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)  # type: ignore[return-value]


@cache
def _questions() -> dict[str, dict[str, str]]:
    source = files(__name__).joinpath("questions.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)
