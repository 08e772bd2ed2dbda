"""How a mail is built, as its server tells it without the mail being downloaded (BODYSTRUCTURE, RFC 3501 §7.4.2)."""

from __future__ import annotations

from typing import Any

_TEXTS = {(b"text", b"plain"), (b"text", b"html")}
_FILE_WORDS = {b"name", b"filename", b"attachment"}
#: Where a single part keeps its parameters; its disposition lies behind what is told of a text.
_PARAMETERS, _DISPOSITION = 2, 9
#: More parts than this no newsletter has.
_MAX_LEAVES = 50


def is_texts_only(structure: Any) -> bool:
    """Whether no leaf is anything but a text without a file name: there is nothing to download for.

    `structure`: nested tuples, a multipart's parts as a list in its first place, as IMAPClient gives them.
    """
    stack, leaves = [structure], 0
    while stack and leaves < _MAX_LEAVES:
        part = stack.pop()
        if not isinstance(part, tuple) or not part:
            return False
        if isinstance(part[0], list):
            stack.extend(part[0])
            continue
        leaves += 1
        kind = tuple(value.lower() if isinstance(value, bytes) else b"" for value in part[:2])
        if kind not in _TEXTS or _names_a_file(part):
            return False
    return not stack and leaves > 0


def _names_a_file(part: tuple[Any, ...]) -> bool:
    words: list[Any] = [part[at] for at in (_PARAMETERS, _DISPOSITION) if at < len(part)]
    while words:
        word = words.pop()
        if isinstance(word, tuple):
            words.extend(word)
        elif isinstance(word, bytes) and word.lower().partition(b"*")[0] in _FILE_WORDS:
            return True
    return False
