"""Printed pages as rows of phrases in reading order, and words made comparable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from pulse.invoices.draft import Where, around
from pulse.invoices.text.page_text import Line, PageText, Phrase

#: What stands where a label or a column says it stands; what only its place or its kind tells.
PRINTED, GUESSED = 0.95, 0.6

#: Width of a blank in heights of a line.
_BLANK = 0.25
_TOKEN = re.compile(r"[^\W_]+")
_NUMBER_WORDS = frozenset({"nr", "no", "n", "nro", "num", "nummer", "numero", "number", "nos", "nrn"})
_DEGREES = ("°", "º")
_WITHOUT_DEGREES = str.maketrans("°º", "  ")


@dataclass(slots=True)
class Printed(Phrase):
    """A phrase with the words that it consists of."""

    words: tuple[Phrase, ...] = ()


@dataclass(frozen=True)
class Row:
    """One printed line: its phrases from left to right."""

    page: int
    phrases: tuple[Phrase, ...]

    @cached_property
    def top(self) -> float:
        return min(phrase.box[1] for phrase in self.phrases)

    @cached_property
    def bottom(self) -> float:
        return max(phrase.box[3] for phrase in self.phrases)

    @property
    def x0(self) -> float:
        return self.phrases[0].x0

    @cached_property
    def text(self) -> str:
        return "  ".join(phrase.text for phrase in self.phrases)


class Token(NamedTuple):
    """A word made comparable, with its place in the text that it comes from."""

    word: str
    start: int
    end: int


def rows_of(page: PageText) -> list[Row]:
    """The page's lines as rows, from the top."""
    rows = [Row(page.number, phrases) for line in page.lines if (phrases := _printed(line))]
    return sorted(rows, key=lambda row: row.top)


def _printed(line: Line) -> tuple[Phrase, ...]:
    """The line's phrases, with their words where they have several."""
    phrases = line.phrases()
    if all(" " not in phrase.text for phrase in phrases):
        return tuple(phrases)
    words, at = line.words(), 0
    result: list[Phrase] = []
    for phrase in phrases:
        count = phrase.text.count(" ") + 1
        own, at = words[at : at + count], at + count
        fits = " ".join(word.text for word in own) == phrase.text
        result.append(
            Printed(phrase.text, phrase.box, phrase.bold, phrase.confidence, words=tuple(own)) if fits else phrase
        )
    return tuple(result)


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """Words without case, accents and marks; `Nr.`, `N°`, `Nummer` and the like all become `nr`.

    A compound that ends in `nummer` counts as two words (`Rechnungsnummer` as `rechnungs nr`).
    """
    found: list[Token] = []
    for match in _TOKEN.finditer(text.translate(_WITHOUT_DEGREES)):
        word = plain(match[0])
        if word in _NUMBER_WORDS:
            end = match.end() + (text[match.end() : match.end() + 1] in _DEGREES)
            found.append(Token("nr", match.start(), end))
            continue
        ending = "nummer" if word.endswith("nummer") else "nr" if word.endswith("nr") else ""
        if ending and len(word) > len(ending) + 1 and word.isalpha():
            cut = match.end() - len(ending)
            found += [Token(word[: -len(ending)], match.start(), cut), Token("nr", cut, match.end())]
        else:
            found.append(Token(word, match.start(), match.end()))
    return tuple(found)


def plain(word: str) -> str:
    """Lower case, without accents; `ß` is `ss`."""
    if word.isascii():
        return word.lower()
    spread = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


@lru_cache(maxsize=4096)
def label(text: str) -> tuple[str, ...]:
    """A label of the word list in the form in which it is looked for."""
    return tuple(token.word for token in tokens(text))


def is_scanned(phrase: Phrase) -> bool:
    """Whether OCR read it: then nothing is certain of the weight and size of its letters."""
    return phrase.confidence < 1


def joined(phrases: Sequence[Phrase], glue: str = " ") -> Phrase:
    """Several phrases as one."""
    text, box = glue.join(phrase.text for phrase in phrases), around(phrase.box for phrase in phrases)
    confidence = min(phrase.confidence for phrase in phrases)
    if len(glue) > 1:
        return Phrase(text, box, phrases[0].bold, confidence)
    words = tuple(word for phrase in phrases for word in (phrase.words if isinstance(phrase, Printed) else (phrase,)))
    return Printed(text, box, phrases[0].bold, confidence, words=words)


def part(phrase: Phrase, start: int, end: int | None = None) -> Phrase:
    """A part of a phrase by its characters; its box from the words that it consists of."""
    cut = phrase.text[start:end]
    text = cut.strip()
    if text == phrase.text or not text:
        return phrase if text else Phrase("", phrase.box, phrase.bold, phrase.confidence)
    start += len(cut) - len(cut.lstrip())
    end = start + len(text)
    _, top, _, bottom = phrase.box
    at, pieces = 0, list[Phrase]()
    for word in phrase.words if isinstance(phrase, Printed) else (phrase,):
        size = len(word.text)
        if at >= end:
            break
        if at + size > start:
            first, last = max(start - at, 0), min(end - at, size)
            left, step = word.x0, (word.x1 - word.x0) / size
            box = (left + step * first, top, left + step * last, bottom)
            pieces.append(Phrase(word.text[first:last], box, word.bold, word.confidence))
        at += size + 1
    box = (pieces[0].x0, top, pieces[-1].x1, bottom)
    return Printed(text, box, phrase.bold, phrase.confidence, words=tuple(pieces))


def first_word_width(phrase: Phrase) -> float:
    """How much room a phrase's first word takes behind another one, with the blank between them."""
    word = part(phrase, 0, len(phrase.text.split(maxsplit=1)[0]))
    return word.x1 - word.x0 + _BLANK * (phrase.box[3] - phrase.box[1])


def where(row_or_page: Row | int, phrase: Phrase, confidence: float = PRINTED) -> Where:
    """The evidence of a value that this phrase holds; no surer than its words were recognised."""
    page = row_or_page.page if isinstance(row_or_page, Row) else row_or_page
    return Where(page, phrase.box, min(confidence, phrase.confidence))
