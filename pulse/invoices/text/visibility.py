"""What a person can see of a text: rules that every source of text shares.

Text in the colour of white paper is seen where it stands on a dark area, as in many tables' headings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.draft import Box

#: Points; smaller print is not there to be read.
MIN_SIZE = 2.0
#: Text render modes: neither filled nor stroked; stroked alone.
INVISIBLE_MODES = frozenset({3, 7})
STROKED_MODES = frozenset({1, 5})
#: A picture over more than this share of the page covers the text below it.
COVERING = 0.6
#: A printed page has a few thousand characters; a document with more than this was made to keep a reader busy.
MAX_GLYPHS = 200_000
_WHITE, _DARK, _TRANSPARENT = 0.97, 0.75, 0.03
#: How many areas are remembered: beyond this number white text counts as hidden.
_MOST_AREAS = 2000

#: Red, green, blue from 0 to 1.
Color = tuple[float, float, float]


def is_white(color: Color | None) -> bool:
    """Whether this is the paper's colour. An unknown one (None) is not."""
    return color is not None and min(color) >= _WHITE


def is_transparent(alpha: float) -> bool:
    return alpha <= _TRANSPARENT


def too_much_text() -> Unreadable:
    """The problem of a document with more than `MAX_GLYPHS`."""
    return Unreadable("The document has too much text.", code=Reason.LIMITS_EXCEEDED, limit=MAX_GLYPHS)


def covers(box: Box, width: float, height: float) -> bool:
    """Whether a picture of this size hides a page of that width and height."""
    return abs(box[2] - box[0]) * abs(box[3] - box[1]) > COVERING * width * height


def outside(box: Box, frame: Box) -> bool:
    """Whether nothing of the box is within the frame, which may be empty."""
    apart = box[2] <= frame[0] or box[0] >= frame[2] or box[3] <= frame[1] or box[1] >= frame[3]
    return apart or frame[2] <= frame[0] or frame[3] <= frame[1]


def bounds(points: Sequence[tuple[float, float]]) -> Box:
    """The smallest box with all of these points."""
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs), max(ys)


def within(frame: Box | None, other: Box) -> Box:
    """What two frames have in common; None is no frame."""
    if frame is None:
        return other
    return max(frame[0], other[0]), max(frame[1], other[1]), min(frame[2], other[2]), min(frame[3], other[3])


def is_rectangle(points: Sequence[tuple[float, float]]) -> bool:
    """Whether these corners of a path are those of an upright rectangle."""
    if not 4 <= len(points) <= 5:
        return False
    x0, y0, x1, y1 = bounds(points)
    near = (x1 - x0 + y1 - y0) / 1000
    corners = {(abs(x - x0) > near, abs(y - y0) > near) for x, y in points}
    return len(corners) == 4 and all(
        min(abs(x - x0), abs(x - x1)) <= near and min(abs(y - y0), abs(y - y1)) <= near for x, y in points
    )


@dataclass
class Areas:
    """Filled rectangles in the order in which they are painted."""

    _areas: list[tuple[int, Box, bool]] = field(default_factory=list)

    def add(self, order: int, box: Box, color: Color | None, alpha: float) -> None:
        """A rectangle of this colour; a nearly transparent one changes nothing."""
        if color is not None and alpha >= 0.5 and len(self._areas) < _MOST_AREAS:
            self._areas.append((order, box, min(color) <= _DARK))

    def dark_at(self, x: float, y: float, before: int) -> bool:
        """Whether the last of those painted before lies dark under this point."""
        for order, (x0, y0, x1, y1), dark in reversed(self._areas):
            if order < before and x0 <= x <= x1 and y0 <= y <= y1:
                return dark
        return False
