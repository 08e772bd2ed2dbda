"""The text of a page as a person sees it: glyphs, grouped into lines, words and phrases by their places alone.

Every source of text ends here (`fast`, `reference`, OCR), so that a reader need not know where its text came from. A
glyph's box is the same whoever measured it: from its origin over its advance, and from a fifth of its size below the
base line to four fifths above, whatever its font says of itself. Blanks are gaps: a space character that a file holds
is no glyph, and one that it leaves out is seen all the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import Literal, NamedTuple

from pulse.invoices.draft import Box

#: Share of a glyph's size that its box reaches below the base line.
DESCENT = 0.2
#: A glyph's text, left and right edge.
Letter = tuple[str, float, float]
#: Glyphs whose middles differ by less stand on one line (labels and values differ in size; lines are 8 points apart).
_LINE_TOLERANCE = 3.0
#: Gaps in ems: a wider one than the first is a blank, than the second a new column.
BLANK, _COLUMN = 0.15, 0.8
#: The same character so close to another, in ems, is printed twice to look bold.
TWICE = 0.1
#: So far, in ems, a text that is too long for its column reaches into the next one and is still told apart from it.
_LAP = 0.6
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

    @property
    def glyphs(self) -> tuple[Glyph, ...]:
        return (self,)

    @property
    def last(self) -> float:
        return self.x0


class Run(NamedTuple):
    """Glyphs of one size and height that stand side by side without a blank; each begins and ends further right than
    the one before it."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool
    confidence: float
    #: Where the last glyph begins.
    last: float
    letters: Sequence[Letter]

    @property
    def glyphs(self) -> tuple[Glyph, ...]:
        _, _, top, _, bottom, size, bold, confidence, _, letters = self
        return tuple([Glyph(text, x0, top, x1, bottom, size, bold, confidence) for text, x0, x1 in letters])


@dataclass(slots=True)
class Phrase:
    """Characters of one line without a column gap between them; the box to a tenth of a point.

    Never changed once it is made. It is not frozen: a page has hundreds, and frozen they cost nine times as much.
    """

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


class Line:
    """What stands at one height, from left to right; at least one glyph."""

    __slots__ = ("_glyphs", "_phrases", "_words", "runs")

    def __init__(self, runs: Sequence[Run | Glyph]) -> None:
        self.runs = runs
        self._glyphs: tuple[Glyph, ...] = ()
        self._words: list[Phrase] = []
        self._phrases: list[Phrase] = []

    @property
    def top(self) -> float:
        return self.runs[0].top

    @property
    def bottom(self) -> float:
        return self.runs[0].bottom

    @property
    def glyphs(self) -> tuple[Glyph, ...]:
        if not self._glyphs:
            self._glyphs = tuple([glyph for run in self.runs for glyph in run.glyphs])
        return self._glyphs

    def words(self) -> list[Phrase]:
        """Split at every blank."""
        if not self._words:
            self._part()
        return self._words[:]

    def phrases(self) -> list[Phrase]:
        """Split at column gaps; a blank between its words."""
        if not self._words:
            self._part()
        return self._phrases[:]

    def _part(self) -> None:
        """Finds the words and the phrases."""
        runs = iter(self.runs)
        before = next(runs)
        word, phrase = [before], list[Phrase]()
        for run in runs:
            gap, size = run[1] - before[3], run[5] if run[5] < before[5] else before[5]
            if gap > BLANK * size:
                phrase.append(_word(word))
                word = []
                if gap > _COLUMN * size:
                    self._add(phrase)
                    phrase = []
            word.append(run)
            before = run
        phrase.append(_word(word))
        self._add(phrase)

    def _add(self, phrase: list[Phrase]) -> None:
        self._words += phrase
        self._phrases.append(_phrase(phrase))


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

    @cached_property
    def characters(self) -> int:
        """The number of glyphs."""
        return sum([len(run.letters) if isinstance(run, Run) else 1 for line in self.lines for run in line.runs])

    @cached_property
    def letters(self) -> str:
        """What is printed, line by line, without a blank anywhere: for a quick look."""
        return "".join([run.text for line in self.lines for run in line.runs])

    @property
    def text(self) -> str:
        """The page's phrases, one line per printed line."""
        return "\n".join("  ".join(phrase.text for phrase in line.phrases()) for line in self.lines)


def _middle(run: Run | Glyph) -> float:
    return run[2] + run[4]


def printed(character: str, advance: float) -> str:
    """What is seen of a character: a ligature's letters, a hyphen; nothing of a blank or of what takes no room."""
    if character.isspace():
        return ""
    if not character.isprintable():
        if character == _SOFT_HYPHEN:
            return "-" if advance > 0 else ""
        if unicodedata.category(character[:1] or " ") in _UNSEEN:
            return ""
    return _LIGATURES.get(character, character)


def runs_of(glyphs: Iterable[Glyph]) -> list[Run]:
    """Glyphs in the order in which they are painted, as runs."""
    runs: list[list[Glyph]] = []
    for glyph in glyphs:
        if runs and _goes_on(runs[-1][-1], glyph):
            runs[-1].append(glyph)
        else:
            runs.append([glyph])
    return [_run(run) for run in runs]


def _goes_on(before: Glyph, glyph: Glyph) -> bool:
    """Whether a glyph of the same look and height stands next behind another, by the rules of `Run`."""
    if (glyph.top, *glyph[4:]) != (before.top, *before[4:]):
        return False
    stands_behind = glyph.x0 - before.x0 > TWICE * glyph.size and glyph.x1 >= before.x1
    return stands_behind and glyph.x0 - before.x1 <= BLANK * glyph.size


def _run(glyphs: Sequence[Glyph]) -> Run:
    first, last = glyphs[0], glyphs[-1]
    text, letters = "".join(glyph.text for glyph in glyphs), [(glyph.text, glyph.x0, glyph.x1) for glyph in glyphs]
    return Run(text, first.x0, first.top, last.x1, *first[4:8], last.x0, letters)


def lines(runs: Iterable[Run | Glyph]) -> tuple[Line, ...]:
    """Groups by height; a line's first run sets its middle."""
    return tuple([Line(_once(line)) for line in _by_height(sorted(runs, key=_middle))])


def _by_height(ordered: Iterable[Run | Glyph]) -> Iterator[list[Run | Glyph]]:
    line: list[Run | Glyph] = []
    lowest = 0.0
    for run in ordered:
        middle = run[2] + run[4]
        if line and middle > lowest:
            yield line
            line = []
        if not line:
            lowest = middle + 2 * _LINE_TOLERANCE
        line.append(run)
    if line:
        yield line


def _once(line: list[Run | Glyph]) -> Sequence[Run | Glyph]:
    """From left to right, without what is printed a second time at the same place."""
    ordered = sorted(line, key=_left)
    if all(run.x0 - before.last > TWICE * run.size or _laps(before, run) for before, run in pairwise(ordered)):
        return ordered
    # One run stands within another: glyph by glyph.
    glyphs = sorted([glyph for run in line for glyph in run.glyphs], key=_left)
    kept = [glyphs[0]]
    for before, glyph in pairwise(glyphs):
        if glyph.text != before.text or glyph.x0 - before.x0 > TWICE * glyph.size:
            kept.append(glyph)
    return kept


def _laps(before: Run | Glyph, run: Run | Glyph) -> bool:
    """Whether the end of one text, and no more, lies under the beginning of another."""
    if before.last == before.x0 or run.last == run.x0:
        return False
    lap = before.x1 - run.x0
    return lap < _LAP * run.size and 2 * lap < min(before.x1 - before.x0, run.x1 - run.x0)


def _word(runs: list[Run | Glyph]) -> Phrase:
    if len(runs) == 1:
        text, x0, top, x1, bottom, _, bold, confidence, *_ = runs[0]
    else:
        text = "".join([run[0] for run in runs])
        x0, top, bold = runs[0][1], min([run[2] for run in runs]), runs[0][6]
        x1, bottom = max([run[3] for run in runs]), max([run[4] for run in runs])
        confidence = min([run[7] for run in runs])
    return Phrase(text, (round(x0, 1), _height(top), round(x1, 1), _height(bottom)), bold, confidence)


@lru_cache(maxsize=1024)
def _height(place: float) -> float:
    """To a tenth of a point; the words of a line share theirs."""
    return round(place, 1)


def _phrase(words: list[Phrase]) -> Phrase:
    if len(words) == 1:
        return words[0]
    text, boxes = " ".join([word.text for word in words]), [word.box for word in words]
    top, bottom = min([box[1] for box in boxes]), max([box[3] for box in boxes])
    box = (boxes[0][0], top, max([box[2] for box in boxes]), bottom)
    return Phrase(text, box, words[0].bold, min([word.confidence for word in words]))
