"""From the characters that a page's text objects paint to runs on the sheet as it is looked at, without the unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pulse.invoices.draft import Box
from pulse.invoices.text import visibility
from pulse.invoices.text.page_objects import PageObjects
from pulse.invoices.text.page_text import BLANK, DESCENT, TWICE, Glyph, Letter, Run
from pulse.invoices.text.sheet import Sheet

#: Text, origin (two numbers), advance in ems.
Character = tuple[str, float, float, float]


@dataclass(frozen=True, eq=False)
class Style:
    """What the characters of text objects that look alike share; vectors in the page's own space, points per em."""

    bold: bool
    across: tuple[float, float]
    up: tuple[float, float]
    size: float
    hidden: bool
    white: bool
    clip: Box | None


class Painted(NamedTuple):
    """One text object: how it looks, when it is painted, and its characters in the page's own space."""

    style: Style
    order: int
    characters: Sequence[Character]


def turn_of(painted: Iterable[Painted], sheet: Sheet) -> int:
    """By how many degrees clockwise the sheet must be turned for most of its text to stand upright."""
    lengths: Counter[Style] = Counter()
    for style, _, characters in painted:
        lengths[style] += len(characters)
    directions: Counter[int] = Counter()
    for style, length in lengths.items():
        across, down = sheet.turned(style.across)
        upright = abs(across) >= abs(down)
        directions[(0 if across > 0 else 180) if upright else (90 if down < 0 else 270)] += length
    return directions.most_common(1)[0][0] if directions else 0


def placed(painted: Iterable[Painted], sheet: Sheet, objects: PageObjects) -> tuple[list[Run | Glyph], int]:
    """What a person sees, and how many other glyphs there are."""
    pictures = [order for order, box in objects.images if visibility.covers(sheet.box(box), sheet.width, sheet.height)]
    covered = max(pictures, default=-1)
    views: dict[Style, _View] = {}
    seen: list[Run | Glyph] = []
    hidden = 0
    for style, order, characters in painted:
        if style.hidden or style.size < visibility.MIN_SIZE or order < covered:
            hidden += len(characters)
            continue
        shown = characters
        if style.white:
            shown = [one for one in characters if _on_dark(style, order, one, objects)]
            hidden += len(characters) - len(shown)
        view = views.get(style) or views.setdefault(style, _View(style, sheet))
        left, top, right, bottom = view.frame
        for run in view.runs(shown):
            _, x0, y0, x1, y1, *_ = run
            if x0 > left and y0 > top and x1 < right and y1 < bottom:
                seen.append(run)
            else:
                glyphs = [glyph for glyph in run.glyphs if view.shows(glyph)]
                seen += glyphs
                hidden += len(run.glyphs) - len(glyphs)
    return seen, hidden


class _View:
    """How characters of one style lie on the sheet, and the frame in which they are seen."""

    def __init__(self, style: Style, sheet: Sheet) -> None:
        self._matrix, self._size, self._bold = sheet.matrix, style.size, style.bold
        self._across, self._down = sheet.turned(style.across)
        rightwards, downwards = sheet.turned(style.up)
        self._is_upright = abs(self._across) >= abs(self._down)
        height = downwards if self._is_upright else rightwards
        self._low, self._high = sorted((-DESCENT * height, (1 - DESCENT) * height))
        self._page = (0.0, 0.0, sheet.width, sheet.height)
        self._clip = sheet.box(style.clip) if style.clip else self._page
        self.frame = visibility.within(self._page, self._clip)

    def shows(self, glyph: Glyph) -> bool:
        """Whether a part of it is seen."""
        box = glyph[1:5]
        return not (visibility.outside(box, self._page) or visibility.outside(box, self._clip))

    def runs(self, characters: Iterable[Character]) -> Iterator[Run | Glyph]:
        """Upright text in runs, other text glyph by glyph."""
        if self._is_upright and self._across > 0:
            return self._upright(characters)
        return self._turned(characters)

    def _upright(self, characters: Iterable[Character]) -> Iterator[Run]:
        """A new run begins at a blank, at another height, and where a glyph does not stand right of the one before."""
        a, b, c, d, e, f = self._matrix
        across, size = self._across, self._size
        if not a:
            # The page's own space lies on its side.
            a, d = c, b
            characters = [(text, y, x, advance) for text, x, y, advance in characters]
        blank, twice = BLANK * size, TWICE * size
        letters: list[Letter] = []
        start = end = height = 0.0
        for text, x, y, advance in characters:
            x0 = a * x + e
            x1 = x0 + advance * across
            if x0 - end > blank or y != height or x0 - start <= twice or x1 < end:
                if letters:
                    yield self._run(letters, d * height + f)
                letters, height = [], y
            letters.append((text, x0, x1))
            start, end = x0, x1
        if letters:
            yield self._run(letters, d * height + f)

    def _run(self, letters: list[Letter], base: float) -> Run:
        text, last = "".join([letter[0] for letter in letters]), letters[-1]
        top, bottom = base + self._low, base + self._high
        return Run(text, letters[0][1], top, last[2], bottom, self._size, self._bold, 1.0, last[1], letters)

    def _turned(self, characters: Iterable[Character]) -> Iterator[Glyph]:
        a, b, c, d, e, f = self._matrix
        for text, x, y, advance in characters:
            left, base = a * x + c * y + e, b * x + d * y + f
            if self._is_upright:
                x0, x1 = left + advance * self._across, left
                top, bottom = base + self._low, base + self._high
            else:
                x0, x1 = left + self._low, left + self._high
                top, bottom = sorted((base, base + advance * self._down))
            yield Glyph(text, x0, top, x1, bottom, self._size, self._bold)


def _on_dark(style: Style, order: int, character: Character, objects: PageObjects) -> bool:
    """Whether the middle of a white character stands on a dark area."""
    _, x, y, advance = character
    middle_x = x + advance * style.across[0] / 2 + (0.5 - DESCENT) * style.up[0]
    middle_y = y + advance * style.across[1] / 2 + (0.5 - DESCENT) * style.up[1]
    return objects.areas.dark_at(middle_x, middle_y, order)
