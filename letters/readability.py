"""How long the sentences of a text are, which is most of what makes it plain."""

from __future__ import annotations

import re

#: Words on average, and in one sentence, past which a patient loses the thread.
MAX_AVERAGE_WORDS, MAX_SENTENCE_WORDS = 25, 40
SENTENCES = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


def sentence_lengths(text: str) -> list[int]:
    """The words of each sentence; `[0]` for a text without any. A colon or semicolon ends no sentence."""
    lengths = [len(_WORD.findall(sentence)) for sentence in SENTENCES.split(text)]
    return [length for length in lengths if length] or [0]
