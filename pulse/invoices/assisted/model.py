"""What a language model is to the reader: something that completes a chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypedDict

from pulse.base.errors import Unavailable


class ModelFailed(Unavailable):
    """The language model that helps reading gave no answer."""

    code = "reading_model_failed"


class Message(TypedDict):
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


class ReadingModel(Protocol):
    """Completes a chat; `name` goes into the record of the reading."""

    @property
    def name(self) -> str: ...

    def complete(self, messages: Sequence[Message]) -> str:
        """The answer's text. Raises `ModelFailed`."""
        ...
