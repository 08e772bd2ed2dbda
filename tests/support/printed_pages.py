"""Pages of text made by hand: each run of text at its place, every letter as wide as the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pulse.invoices.text.page_text import Glyph, Line, PageText

WIDTH, HEIGHT = 595.0, 842.0
_LETTER = 0.5


@dataclass(frozen=True)
class Run:
    """Text that begins at x, or ends there; `top` in points from the page's top."""

    x: float
    top: float
    text: str
    size: float = 7.0
    bold: bool = False
    ends: bool = False


def page(runs: Iterable[Run], number: int = 1) -> PageText:
    """A page of these runs; those of one `top` make a line."""
    lines: dict[float, list[Glyph]] = {}
    for run in runs:
        step = _LETTER * run.size
        start = run.x - step * len(run.text) if run.ends else run.x
        for index, letter in enumerate(run.text):
            x = start + index * step
            glyph = Glyph(letter, x, run.top, x + step, run.top + run.size, run.size, run.bold)
            lines.setdefault(run.top, []).append(glyph)
    ordered = tuple(Line(tuple(sorted(lines[top], key=lambda one: one.x0))) for top in sorted(lines))
    return PageText(number, WIDTH, HEIGHT, ordered, has_image=False, hidden=0)
