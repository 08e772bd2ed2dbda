"""A page as it is looked at: from its own space to points from the top left, y downwards."""

from __future__ import annotations

from pulse.invoices.draft import Box
from pulse.invoices.text import visibility


class Sheet:
    """A page as it is looked at: how a point of its own space gets to points from the top left."""

    def __init__(self, frame: Box, rotation: int) -> None:
        left, bottom, right, top = frame
        self.width, self.height = right - left, top - bottom
        if rotation % 180:
            self.width, self.height = self.height, self.width
        #: x = a X + c Y + e; y = b X + d Y + f, after so many degrees clockwise.
        self.matrix = {
            0: (1, 0, 0, -1, -left, top),
            90: (0, 1, 1, 0, -bottom, -left),
            180: (-1, 0, 0, 1, right, -bottom),
            270: (0, -1, -1, 0, top, right),
        }[rotation % 360]

    def turned(self, vector: tuple[float, float]) -> tuple[float, float]:
        a, b, c, d, _, _ = self.matrix
        x, y = vector
        return a * x + c * y, b * x + d * y

    def box(self, box: Box) -> Box:
        a, b, c, d, e, f = self.matrix
        x0, y0, x1, y1 = box
        return visibility.bounds([(a * x + c * y + e, b * x + d * y + f) for x, y in ((x0, y0), (x1, y1))])
