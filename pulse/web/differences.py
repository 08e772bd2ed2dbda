"""What a change of a text has taken out and put in, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

Part = tuple[Literal["same", "removed", "added"], str]
_WORDS = re.compile(r"\S+|\n")


def differences(before: Sequence[str], after: Sequence[str]) -> list[Part]:
    """The parts of the text in reading order; a line break stands between paragraphs."""
    return list(_parts(_WORDS.findall("\n".join(before)), _WORDS.findall("\n".join(after))))


def _parts(before: list[str], after: list[str]) -> Iterator[Part]:
    for what, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield "same", _text(before[old_from:old_to])
            continue
        if old_to > old_from:
            yield "removed", _text(before[old_from:old_to])
        if new_to > new_from:
            yield "added", _text(after[new_from:new_to])


def _text(words: list[str]) -> str:
    return " ".join(words).replace(" \n", "\n").replace("\n ", "\n")
