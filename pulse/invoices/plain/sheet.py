"""Printed pages as rows of phrases in reading order, and words made comparable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pulse.invoices.draft import Box, Where
from pulse.invoices.text.page_text import PageText, Phrase

#: What stands where a label or a column says it stands; what only its place or its kind tells.
PRINTED, GUESSED = 0.95, 0.6

_TOKEN = re.compile(r"[^\W_]+")
_NUMBER_WORDS = frozenset({"nr", "no", "n", "nro", "num", "nummer", "numero", "number", "nos", "nrn"})
_DEGREES = ("°", "º")
_WITHOUT_DEGREES = str.maketrans("°º", "  ")


@dataclass(frozen=True)
class Row:
    """One printed line: its phrases from left to right."""

    page: int
    phrases: tuple[Phrase, ...]

    @property
    def top(self) -> float:
        return min(phrase.box[1] for phrase in self.phrases)

    @property
    def bottom(self) -> float:
        return max(phrase.box[3] for phrase in self.phrases)

    @property
    def x0(self) -> float:
        return self.phrases[0].x0

    @property
    def text(self) -> str:
        return "  ".join(phrase.text for phrase in self.phrases)


@dataclass(frozen=True)
class Token:
    """A word made comparable, with its place in the text that it comes from."""

    word: str
    start: int
    end: int


def rows_of(page: PageText) -> list[Row]:
    """The page's lines as rows, from the top."""
    rows = [Row(page.number, tuple(phrases)) for line in page.lines if (phrases := line.phrases())]
    return sorted(rows, key=lambda row: row.top)


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
        for ending in ("nummer", "nr"):
            if word.endswith(ending) and len(word) > len(ending) + 1 and word.isalpha():
                cut = match.end() - len(ending)
                found += [Token(word[: -len(ending)], match.start(), cut), Token("nr", cut, match.end())]
                break
        else:
            found.append(Token(word, match.start(), match.end()))
    return tuple(found)


def plain(word: str) -> str:
    """Lower case, without accents; `ß` is `ss`."""
    spread = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def label(text: str) -> tuple[str, ...]:
    """A label of the word list in the form in which it is looked for."""
    return tuple(token.word for token in tokens(text))


def joined(phrases: Sequence[Phrase], glue: str = " ") -> Phrase:
    """Several phrases as one."""
    return Phrase(
        glue.join(phrase.text for phrase in phrases), around(phrase.box for phrase in phrases), phrases[0].bold
    )


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box around these."""
    edges = list(zip(*boxes, strict=True))
    return (min(edges[0]), min(edges[1]), max(edges[2]), max(edges[3]))


def part(phrase: Phrase, start: int, end: int | None = None) -> Phrase:
    """A part of a phrase by its characters; its box in proportion to them."""
    whole = len(phrase.text)
    end = whole if end is None else end
    text = phrase.text[start:end]
    start += len(text) - len(text.lstrip())
    text = text.strip()
    x0, top, x1, bottom = phrase.box
    step = (x1 - x0) / max(whole, 1)
    return Phrase(text, (x0 + step * start, top, x0 + step * (start + len(text)), bottom), phrase.bold)


def where(row_or_page: Row | int, phrase: Phrase, confidence: float = PRINTED) -> Where:
    """The evidence of a value that this phrase holds."""
    page = row_or_page.page if isinstance(row_or_page, Row) else row_or_page
    return Where(page, phrase.box, confidence)
