"""What a language model is to us: something that answers a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pulse.base.errors import Unavailable

#: Room for the longest text that the guard lets pass, in any of our languages.
MAX_NEW_TOKENS = 400
#: How long a model may take over one answer.
TIME_LIMIT_S = 120.0


class ModelUnavailable(Unavailable):
    """The language model cannot be used."""

    code = "model_unavailable"


@dataclass(frozen=True)
class Generated:
    """A model's answer: its text, how many tokens it took, and whether it came to its end by itself.

    `prompt_tokens`: length of the prompt; 0 where the model does not say.
    """

    text: str
    tokens: int
    finished: bool
    prompt_tokens: int = 0


class LanguageModel(Protocol):
    """Answers a prompt without chance: always what is likeliest."""

    @property
    def revision(self) -> str | None:
        """Which weights these are; None where nobody knows, or before the first answer."""
        ...

    def answer(self, prompt: str, *, timeout_s: float = TIME_LIMIT_S) -> Generated:
        """The answer, after `timeout_s` seconds at most. Raises `ModelUnavailable`, with its `kind`."""
        ...

    def check(self) -> str:
        """What would answer, in words; asks for no answer. Raises `ModelUnavailable`."""
        ...
