"""Words in a mail that may be the password which was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_PASSWORDS = 20
_MAX_CHARACTERS = 64
#: "Das Passwort lautet: …", in the languages of the country.
_LABEL = re.compile(
    r"\b(?:pass ?wor[td]|kennwort|pwd?|mot de passe|mdp|parola d.ordine|pin|code)\b"
    r"(?:\s+(?:lautet|ist|est|is|è))?\s*[:=]?\s*(?P<after>.*)",
    re.IGNORECASE,
)
_AROUND = "\"'«»„“”‚‘’‹›<>()[]`*"
_AT_END = ".,;:!?"


def candidates(words: str) -> list[str]:
    """At most 20, each of at most 64 characters, the likeliest first: what stands after "Passwort", then lines of one
    word, then words that no language has, then everything else."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    single = [line for line in lines if len(line.split()) == 1]
    tokens = [token for line in lines for token in line.split()]
    strange = [token for token in tokens if re.search(r"\d|[^\w\s.,;:!?-]", token)]
    found: dict[str, None] = {}
    for word in (*_labelled(lines), *single, *strange, *lines, *tokens):
        for form in _forms(word):
            if 0 < len(form) <= _MAX_CHARACTERS:
                found.setdefault(form)
    return list(found)[:MAX_PASSWORDS]


def _labelled(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        label = _LABEL.search(line)
        if label is None:
            continue
        if after := label["after"].strip():
            yield after
            yield from after.split()[:1]
        elif number + 1 < len(lines):
            yield lines[number + 1]


def _forms(word: str) -> Iterator[str]:
    """As it stands, then without what a sentence puts around it."""
    yield word
    yield word.strip(_AROUND)
    yield word.rstrip(_AT_END).strip(_AROUND)
