"""The text of a page as a person sees it: glyphs, grouped into lines, words and phrases by their places alone.

Every source of text ends here (`fast`, `reference`, OCR), so that a reader need not know where its text came from. A
glyph's box is the same whoever measured it: from its origin over its advance, and from a fifth of its size below the
base line to four fifths above, whatever its font says of itself. Blanks are gaps: a space character that a file holds
is no glyph, and one that it leaves out is seen all the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from typing import Literal, NamedTuple

from pulse.invoices.draft import Box

#: Share of a glyph's size that its box reaches below the base line.
DESCENT = 0.2
#: Glyphs whose middles differ by less stand on one line (labels and values differ in size; lines are 8 points apart).
_LINE_TOLERANCE = 3.0
#: Gaps in ems: a wider one than the first is a blank, than the second a new column.
_BLANK_GAP, _COLUMN_GAP = 0.15, 0.8
#: The same character so close to another, in ems, is printed twice to look bold.
_TWICE = 0.1
_LIGATURES = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
_SOFT_HYPHEN = "\xad"
#: Control and format characters.
_UNSEEN = frozenset({"Cc", "Cf"})
_left = itemgetter(1)


class Glyph(NamedTuple):
    """One printed character (a ligature: its letters), never a blank; box in points from the page's top left."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool
    #: What OCR thinks of its word; 1 where the file itself says it.
    confidence: float = 1.0


@dataclass(frozen=True)
class Phrase:
    """Characters of one line without a column gap between them; the box to a tenth of a point."""

    text: str
    box: Box
    bold: bool
    confidence: float = 1.0

    @property
    def x0(self) -> float:
        return self.box[0]

    @property
    def x1(self) -> float:
        return self.box[2]


@dataclass(frozen=True)
class Line:
    """Glyphs of one height, from left to right; at least one."""

    glyphs: tuple[Glyph, ...]

    @property
    def top(self) -> float:
        return self.glyphs[0].top

    @property
    def bottom(self) -> float:
        return self.glyphs[0].bottom

    def phrases(self) -> list[Phrase]:
        """Split at column gaps; a blank between its words."""
        return list(self._phrases)

    def words(self) -> list[Phrase]:
        """Split at every blank."""
        return list(self._words)

    @cached_property
    def _phrases(self) -> list[Phrase]:
        phrases: list[Phrase] = []
        words: list[list[Glyph]] = []
        for word in self._runs:
            if words and word[0].x0 - words[-1][-1].x1 > _COLUMN_GAP * min(words[-1][-1].size, word[0].size):
                phrases.append(_phrase(words))
                words = []
            words.append(word)
        phrases.append(_phrase(words))
        return phrases

    @cached_property
    def _words(self) -> list[Phrase]:
        return [_phrase([run]) for run in self._runs]

    @cached_property
    def _runs(self) -> list[list[Glyph]]:
        """Glyphs without a blank between them."""
        run = [self.glyphs[0]]
        runs = [run]
        _, _, _, end, _, height, *_ = run[0]
        for glyph in self.glyphs[1:]:
            _, x0, _, x1, _, size, _, _ = glyph
            if x0 - end > _BLANK_GAP * (height if height < size else size):
                run = []
                runs.append(run)
            run.append(glyph)
            end, height = x1, size
        return runs


@dataclass(frozen=True)
class PageText:
    """What a person sees on a page: number from 1, size in points, lines from top to bottom.

    `hidden` characters were left out because no person can see them; `has_image` says that the page holds a picture.
    """

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    has_image: bool
    hidden: int
    source: Literal["text", "ocr"] = "text"

    @property
    def characters(self) -> int:
        return sum(len(line.glyphs) for line in self.lines)

    @property
    def text(self) -> str:
        """The page's phrases, one line per printed line."""
        return "\n".join("  ".join(phrase.text for phrase in line.phrases()) for line in self.lines)


def _middle_then_left(glyph: Glyph) -> tuple[float, float]:
    return glyph[2] + glyph[4], glyph[1]


def printed(character: str, advance: float) -> str:
    """What is seen of a character: a ligature's letters, a hyphen; nothing of a blank or of what takes no room."""
    if character == _SOFT_HYPHEN:
        return "-" if advance > 0 else ""
    if character.isspace() or unicodedata.category(character[:1] or " ") in _UNSEEN:
        return ""
    return _LIGATURES.get(character, character)


def lines(glyphs: Iterable[Glyph]) -> tuple[Line, ...]:
    """Groups glyphs by height; a line's first glyph sets its middle."""
    return tuple(Line(tuple(line)) for line in _by_height(sorted(glyphs, key=_middle_then_left)))


def _by_height(ordered: list[Glyph]) -> Iterator[list[Glyph]]:
    line: list[Glyph] = []
    lowest = 0.0
    for glyph in ordered:
        middle = glyph[2] + glyph[4]
        if line and middle > lowest:
            yield _once(line)
            line = []
        if not line:
            lowest = middle + 2 * _LINE_TOLERANCE
        line.append(glyph)
    if line:
        yield _once(line)


def _once(line: list[Glyph]) -> list[Glyph]:
    """From left to right, without what is printed a second time at the same place."""
    line.sort(key=_left)
    kept = [line[0]]
    for before, glyph in pairwise(line):
        if glyph[0] != before[0] or glyph[1] - before[1] > _TWICE * glyph[5]:
            kept.append(glyph)
    return kept


def _phrase(words: list[list[Glyph]]) -> Phrase:
    text = " ".join(["".join([glyph[0] for glyph in word]) for word in words])
    glyphs = words[0] if len(words) == 1 else [glyph for word in words for glyph in word]
    left, top = glyphs[0][1], min([glyph[2] for glyph in glyphs])
    right, bottom = max([glyph[3] for glyph in glyphs]), max([glyph[4] for glyph in glyphs])
    confidence = min([glyph[7] for glyph in glyphs])
    return Phrase(text, (round(left, 1), round(top, 1), round(right, 1), round(bottom, 1)), glyphs[0][6], confidence)
