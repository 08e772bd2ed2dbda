"""Who words the explanation of a letter: the template, or a language model with the template behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from letters.facts import Facts
from letters.texts import Texts, default_texts


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The explanation paragraphs of one letter, and how they came about.

    `attempts`: how often a model was asked (0 without one). `fallback_reason`: why the template had to step in, as
    guard codes such as `language,polarity`; None where it did not. `seconds` of wall time and `tokens` (made by the
    model) over all attempts.
    """

    paragraphs: tuple[str, ...]
    worded_by: Literal["template", "model"] = "template"
    model: str | None = None
    revision: str | None = None
    prompt_version: str | None = None
    attempts: int = 0
    fallback_reason: str | None = None
    tokens: int = 0
    seconds: float = 0.0


class Writer(Protocol):
    """Words the explanation of a letter. Never decides anything, and never fails on account of a model."""

    def write(self, facts: Facts) -> Wording:
        """The explanation for these facts, in the facts' wording language."""
        ...


class TemplateWriter:
    """Words by our reviewed templates: the default, and what every other writer falls back to."""

    def __init__(self, texts: Texts | None = None) -> None:
        self._texts = texts or default_texts()

    def write(self, facts: Facts) -> Wording:
        return Wording(paragraphs=self._texts.block("explanation", facts))
