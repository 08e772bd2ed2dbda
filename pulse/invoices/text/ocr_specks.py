"""Dirt off a scanned page before it is read: dots that stand alone where no print has one.

Points, colons and the dots of letters stand close to what they belong to, or on its base line; what else a model sees
between two words it takes for a mark, and misreads both.
"""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

from pulse.invoices.text.ocr_symbols import PixelBox, ink, pieces

_WHITE, _INK = 255, 170
#: Pixels at 300 dpi: how large a dot is at most, and the cells, of which none beside it has ink.
_LARGEST, _CELL = 6, 3
#: Cells that ink of a dot takes at most; so many times as wide as high is a dash.
_FEW_CELLS, _DASH = 9, 1.8
#: Pixels: how far to both sides of a dot its neighbours are looked for, how far above and below it they are at least,
#: and how far they reach up and down.
_BESIDE, _NEAR, _REACH = 44, 6, 30
#: Pixels by which a point ends below its neighbours, or above the tail of one; from a letter's dot to the letter, from
#: one dot of a colon or semicolon to the end of the other mark, which is so wide.
_BELOW, _TAIL, _LETTERS_DOT, _COLON, _MARK = 3, 9, 7, 24, 9
#: A dot between two words: at which share of their height, and pixels by which it is nearer to one of them.
_MIDDLE, _NEARER = (0.28, 0.72), 6


def without_specks(picture: Image.Image) -> Image.Image:
    """The picture, white where dots stood that belong to nothing."""
    dark = ink(picture, (0, 0, *picture.size), darker_than=_INK)
    specks = [dot for dot in _dots(dark) if not _is_of_mark(dot, dark) and not _is_beside_letters(dot, dark)]
    if not specks:
        return picture
    picture = picture.copy()
    for left, top, right, bottom in specks:
        picture.paste(_WHITE, (left - 2, top - 2, right + 2, bottom + 2))
    return picture


def _dots(dark: Image.Image) -> Iterator[PixelBox]:
    """Boxes of small ink that no other is near to."""
    columns, rows = -(-dark.width // _CELL), -(-dark.height // _CELL)
    cells = dark.crop((0, 0, columns * _CELL, rows * _CELL)).reduce(_CELL).tobytes()
    taken = {index for index, value in enumerate(cells) if value}
    steps = (-columns - 1, -columns, -columns + 1, -1, 1, columns - 1, columns, columns + 1)
    while taken:
        group, waiting = [], [taken.pop()]
        while waiting:
            cell = waiting.pop()
            group.append(cell)
            near = taken.intersection([cell + step for step in steps])
            taken -= near
            waiting += near
        if len(group) > _FEW_CELLS:
            continue
        xs, ys = [cell % columns for cell in group], [cell // columns for cell in group]
        left, top = min(xs) * _CELL, min(ys) * _CELL
        inked = dark.crop((left, top, (max(xs) + 1) * _CELL, (max(ys) + 1) * _CELL)).getbbox()
        if inked and _is_dot(inked[2] - inked[0], inked[3] - inked[1]):
            yield left + inked[0], top + inked[1], left + inked[2], top + inked[3]


def _is_dot(width: int, height: int) -> bool:
    return max(width, height) <= _LARGEST and width < _DASH * height


def _is_of_mark(dot: PixelBox, dark: Image.Image) -> bool:
    """Whether ink close below it is its letter, or small ink above or below it the other half of a colon."""
    left, top, right, bottom = dot
    if dark.crop((left, bottom + 1, right, bottom + 1 + _LETTERS_DOT)).getbbox():
        return True
    for area in (
        (left - _MARK, bottom + 1, right + _MARK, bottom + _COLON),
        (left - _MARK, top - _COLON, right + _MARK, top),
    ):
        for start, end in pieces(dark.crop(area)):
            if start < _MARK + right - left and end > _MARK and end - start <= _MARK:
                return True
    return False


def _is_beside_letters(dot: PixelBox, dark: Image.Image) -> bool:
    """Whether this is a point on the line of the letters beside it, or a dot between two words."""
    left, top, right, bottom = dot
    before = _nearest(dark, (left - _BESIDE, top - _NEAR, left - 1, bottom + _NEAR), last=True)
    behind = _nearest(dark, (right + 1, top - _NEAR, right + _BESIDE, bottom + _NEAR), last=False)
    if any(near and -_BELOW <= near[3] - bottom <= _TAIL for near in (before, behind)):
        return True
    if before is None or behind is None or abs((left - before[2]) - (behind[0] - right)) > _NEARER:
        return False
    shares = [(near[3] - (top + bottom) / 2) / (near[3] - near[1]) for near in (before, behind)]
    return all(_MIDDLE[0] <= share <= _MIDDLE[1] for share in shares)


def _nearest(dark: Image.Image, area: PixelBox, *, last: bool) -> PixelBox | None:
    """The letter in a low area that is nearest to its right side (`last`) or left one, in its whole height."""
    parts = pieces(dark.crop(area))
    if not parts:
        return None
    start, end = parts[-1 if last else 0]
    left, right, top = area[0] + start, area[0] + end, area[1] - _REACH
    column = dark.crop((left, top, right, area[3] + _REACH))
    runs = [run for run in pieces(column, upright=True) if run[1] > _REACH and run[0] < column.height - _REACH]
    return (left, top + runs[0][0], right, top + runs[-1][1])
