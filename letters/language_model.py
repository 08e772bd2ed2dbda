"""What a language model is to us: something that answers a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pulse.base.errors import Unavailable


class ModelUnavailable(Unavailable):
    """The language model cannot be used."""

    code = "model_unavailable"


@dataclass(frozen=True)
class Generated:
    """A model's answer: its text, how many tokens it took, and whether it came to its end by itself."""

    text: str
    tokens: int
    finished: bool


class LanguageModel(Protocol):
    """Answers a prompt, the same prompt always in the same way."""

    @property
    def revision(self) -> str | None:
        """Which weights these are."""
        ...

    def answer(self, prompt: str) -> Generated:
        """Raises `ModelUnavailable`."""
        ...
