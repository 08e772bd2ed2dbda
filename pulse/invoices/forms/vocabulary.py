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
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
#: Shorter words are compared letter by letter; in longer ones one letter may be wrong, as after a scan.
_LONG = 5
#: One wrong letter in a long word leaves so many letters right at one of its ends.
_END = 2


def key(text: str) -> str:
    """What is left of a label when case, accents, marks, articles and number words are gone: `N° d'assuré` → `assure`.

    Words that are nothing else stay: `La` is the heading of a column.
    """
    kept, whole = _letters(text)
    return kept or whole


def keys(words: Iterable[str]) -> list[str]:
    """The keys of the first word, of the first two, and so on to all."""
    found: list[str] = []
    kept = whole = ""
    for word in words:
        own_kept, own_whole = _letters(word)
        kept, whole = kept + own_kept, whole + own_whole
        found.append(kept or whole)
    return found


@lru_cache(maxsize=4096)
def _letters(text: str) -> tuple[str, str]:
    """Plain letters and digits, without articles and number words and with them."""
    if text.isalnum() and text.isascii():
        word = text.lower()
        return "" if word in _NUMBER_WORDS or word in _ARTICLES else word, word
    if not text.isascii():
        text = unicodedata.normalize("NFC", _with_plain_marks(text))
    parts = _PART.findall(_ELIDED.sub("", text).casefold())
    kept = [part for part in parts if part not in _NUMBER_WORDS and part not in _ARTICLES]
    return plain_letters("".join(kept)), plain_letters("".join(parts))


def plain_letters(text: str) -> str:
    """A text's letters and digits without case and accents."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", _with_plain_marks(text))
    return _NOT_PLAIN.sub("", plain.casefold())


@lru_cache(maxsize=4096)
def spelling(word: str) -> str:
    """A word's plain letters."""
    return plain_letters(word)


def _with_plain_marks(text: str) -> str:
    return text.replace("ß", "ss").replace("°", "o").replace("º", "o")


def is_filler(word: str) -> bool:
    """Whether a word adds nothing to a label: an article, which may as well begin the name beside it (`De Luca`)."""
    return word.casefold() in _ARTICLES


class Vocabulary:
    """Meanings by key. A long word may have one wrong letter, as after a scan, if that leaves no doubt."""

    def __init__(self, words: Words) -> None:
        self._exact = {key(word): meaning for meaning, by in words.items() for word in words_of(by)}
        self._glued = {_letters(word)[1]: meaning for meaning, by in words.items() for word in words_of(by)}
        self._by_begin: dict[str, list[str]] = {}
        self._by_end: dict[str, list[str]] = {}
        for known in self._exact:
            if len(known) >= _LONG:
                self._by_begin.setdefault(known[:_END], []).append(known)
                self._by_end.setdefault(known[-_END:], []).append(known)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Keys with their meanings."""
        return iter(self._exact.items())

    def exactly(self, text: str) -> str | None:
        """What a word means that is written right."""
        return self.exact_key(key(text))

    def meaning(self, text: str) -> str | None:
        """What a word means; None if nothing, or if it may be two things."""
        return self.exact_key(wanted := key(text)) or self.near_key(wanted)

    def exact_key(self, wanted: str) -> str | None:
        """What a key means, also one whose articles stick to its words (`Motifdu traitement`)."""
        return self._exact.get(wanted) or self._glued.get(wanted)

    def near_key(self, wanted: str) -> str | None:
        """What a long key means that has one wrong letter: its first letters or its last ones are right."""
        size = len(wanted)
        if size < _LONG:
            return None
        alike = (*self._by_begin.get(wanted[:_END], ()), *self._by_end.get(wanted[-_END:], ()))
        close = {self._exact[one] for one in alike if -1 <= len(one) - size <= 1 and _is_one_letter_off(wanted, one)}
        return close.pop() if len(close) == 1 else None


def _is_one_letter_off(one: str, other: str) -> bool:
    """Whether one letter replaced, added or left out makes one word of the other."""
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
