"""Comparing printed words with the tables of labels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from pulse.base.reasons import Language
from pulse.invoices.forms.labels import Words

_NUMBER_WORDS = frozenset({"n", "nr", "no", "num", "nummer", "numero"})
_ARTICLES = frozenset({"de", "du", "des", "le", "la", "di", "del", "della", "il"})
_ELIDED = re.compile(r"\b(?:d|l|dell)['’]", re.IGNORECASE)
_PART = re.compile(r"[^\W_]+")
#: Shorter words are compared letter by letter; in longer ones one letter may be wrong, as after a scan.
_LONG = 5


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """What is left of a label when case, accents, marks, articles and number words are gone: `N° d'assuré` → `assure`.

    Words that are nothing else stay: `La` is the heading of a column.
    """
    parts = _PART.findall(unicodedata.normalize("NFC", _ELIDED.sub("", _with_plain_marks(text))).casefold())
    kept = [part for part in parts if part not in _NUMBER_WORDS and part not in _ARTICLES]
    return spelling("".join(kept or parts))


def spelling(text: str) -> str:
    """A text's plain letters and digits."""
    plain = unicodedata.normalize("NFKD", _with_plain_marks(text)).casefold()
    return "".join(one for one in plain if one.isascii() and one.isalnum())


def _with_plain_marks(text: str) -> str:
    return text.replace("ß", "ss").replace("°", "o").replace("º", "o")


def is_filler(word: str) -> bool:
    """Whether a word adds nothing to a label: an article, which may as well begin the name beside it (`De Luca`)."""
    return word.casefold() in _ARTICLES


class Vocabulary:
    """Meanings by key. A long word may have one wrong letter, as after a scan, if that leaves no doubt."""

    def __init__(self, words: Words) -> None:
        self._exact = {key(word): meaning for meaning, by in words.items() for word in words_of(by)}
        self._near: dict[str, set[str]] = {}
        for known in self._exact:
            for shorter in _less_one_letter(known):
                self._near.setdefault(shorter, set()).add(known)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Keys with their meanings."""
        return iter(self._exact.items())

    def exactly(self, text: str) -> str | None:
        """What a word means that is written right."""
        return self._exact.get(key(text))

    def meaning(self, text: str) -> str | None:
        """What a word means; None if nothing, or if it may be two things."""
        wanted = key(text)
        if (exact := self._exact.get(wanted)) is not None or len(wanted) < _LONG:
            return exact
        candidates = set().union(*(self._near.get(one, ()) for one in (wanted, *_less_one_letter(wanted))))
        candidates |= {one for one in _less_one_letter(wanted) if one in self._exact}
        close = {self._exact[one] for one in candidates if _is_one_letter_off(wanted, one)}
        return close.pop() if len(close) == 1 else None


def _less_one_letter(word: str) -> list[str]:
    return [word[:index] + word[index + 1 :] for index in range(len(word))] if len(word) >= _LONG else []


def _is_one_letter_off(one: str, other: str) -> bool:
    """Whether one letter replaced, added or left out makes one word of the other."""
    if len(other) < _LONG:
        return False
    shorter, longer = sorted((one, other), key=len)
    begin = next((index for index, letter in enumerate(shorter) if letter != longer[index]), len(shorter))
    rest = shorter[begin + 1 :] if len(shorter) == len(longer) else shorter[begin:]
    return rest == longer[begin + 1 :]


def languages(words: Words) -> dict[str, frozenset[Language]]:
    """The languages that a key is a word of."""
    found: dict[str, set[Language]] = {}
    for by_language in words.values():
        for language, spellings in by_language.items():
            for spelling in spellings:
                found.setdefault(key(spelling), set()).add(language)
    return {one: frozenset(spoken) for one, spoken in found.items()}


def words_of(by_language: Mapping[Language, tuple[str, ...]]) -> Iterable[str]:
    """The words of all languages."""
    return (word for words in by_language.values() for word in words)
