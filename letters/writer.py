"""Who words the explanation of a letter: the template, or a language model with the template behind it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

from letters.facts import Facts
from letters.texts import Texts, default_texts


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The explanation paragraphs of one letter, and how they came about.

    `attempts`: how often a model was asked (0 without one). `failed`: what was wrong with each answer that was not
    used, as guard codes such as `language,polarity` or as `model_unavailable:` with the cause. `fallback_reason`: why
    the template had to step in, the codes of the last attempt; None where it did not. `seconds` of wall time,
    `prompt_tokens` and `tokens` (made by the model) over all attempts. `cost`: of these tokens, in the currency of
    the prices that were set; None without prices, or where an endpoint does not count tokens.
    """

    paragraphs: tuple[str, ...]
    worded_by: Literal["template", "model", "person"] = "template"
    model: str | None = None
    revision: str | None = None
    prompt_version: str | None = None
    attempts: int = 0
    failed: tuple[str, ...] = ()
    fallback_reason: str | None = None
    prompt_tokens: int = 0
    tokens: int = 0
    seconds: float = 0.0
    cost: Decimal | None = None

    def record(self) -> dict[str, Any]:
        """How they came about, for JSON: all but the paragraphs, the cost as text."""
        values = {name: value for name, value in asdict(self).items() if name != "paragraphs"}
        return values | {"failed": list(self.failed), "cost": None if self.cost is None else f"{self.cost:f}"}


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
