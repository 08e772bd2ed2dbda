"""Lines of print as words and phrases, and labels found among them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pulse.invoices.draft import around
from pulse.invoices.forms.vocabulary import Vocabulary, is_filler, keys
from pulse.invoices.text.page_text import Line, Phrase

#: How a value was found: beside its label, or by its place alone.
PRINTED, GUESSED = 0.95, 0.6
#: A wider gap, in heights of a letter, begins a new phrase.
_PHRASE_GAP = 0.8
_TOUCHING = re.compile(r"(.*[^\W\d].*:)(.+)")
#: No label has more words.
_LABEL_WORDS = 6


@dataclass(frozen=True)
class PrintedLine:
    """One line: its words, and the phrases that they make up."""

    line: Line

    @cached_property
    def words(self) -> list[Phrase]:
        """Parted at blanks, and behind the colon of a label that its value touches."""
        return [part for word in self.line.words() for part in (_parted(word) if ":" in word.text else (word,))]

    @cached_property
    def phrases(self) -> list[list[Phrase]]:
        """Words without a wide gap between them."""
        phrases: list[list[Phrase]] = []
        end, before = -math.inf, 0.0
        for word in self.words:
            left, top, right, bottom = word.box
            tall = bottom - top
            if left - end > _PHRASE_GAP * max(tall, before):
                phrases.append([])
            phrases[-1].append(word)
            end, before = right, tall
        return phrases

    def overlaps(self, below: PrintedLine) -> bool:
        """Whether the next line begins within this one, as parts of a slanted line do."""
        return below.line.top < (self.line.top + self.line.bottom) / 2

    def with_(self, other: PrintedLine) -> PrintedLine:
        """Both as one line."""
        glyphs = sorted((*self.line.glyphs, *other.line.glyphs), key=lambda glyph: glyph.x0)
        return PrintedLine(Line(tuple(glyphs)))

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def height(phrase: Phrase) -> float:
    """From the top to the bottom of its letters' boxes."""
    return phrase.box[3] - phrase.box[1]


def joined(words: Sequence[Phrase]) -> Phrase:
    """Words as one phrase."""
    if len(words) == 1:
        return words[0]
    box = around([word.box for word in words])
    return Phrase(" ".join(word.text for word in words), box, words[0].bold)


def _parted(word: Phrase) -> list[Phrase]:
    """`Währung:CHF` is two words; `00:00:00` is one. The box is shared by the letters' number."""
    found = _TOUCHING.fullmatch(word.text)
    if found is None:
        return [word]
    left, top, right, bottom = word.box
    border = left + (right - left) * len(found[1]) / len(word.text)
    return [
        Phrase(found[1], (left, top, border, bottom), word.bold),
        Phrase(found[2], (border, top, right, bottom), word.bold),
    ]


def leading_label(words: Sequence[Phrase], known: Vocabulary) -> tuple[str, int] | None:
    """The longest label that these words begin with, letter by letter; else the shortest one that they nearly are.

    Returns its meaning and how many of the words it takes.
    """
    beginnings = keys([word.text for word in words[:_LABEL_WORDS]])
    for count in range(len(beginnings), 0, -1):
        if (found := known.exact_key(beginnings[count - 1])) and _may_end(words, count):
            return found, count
    for count, beginning in enumerate(beginnings, start=1):
        if (found := known.near_key(beginning)) and _may_end(words, count):
            return found, count
    return None


def _may_end(words: Sequence[Phrase], count: int) -> bool:
    return count == 1 or not is_filler(words[count - 1].text)
