"""Apostrophes as the ink shows them: a straight one stands upright, a curved one's tail turns left.

Models take one for the other, and names are written with either (`D’Angelo`, `O'Neill`).
"""

from __future__ import annotations

from dataclasses import replace

from PIL import Image, ImageOps

from pulse.invoices.text.ocr_symbols import Symbol, Word, base_of, em_of, ink, pieces

_STRAIGHT, _CURVED = "'", "’"
_APOSTROPHES = frozenset(f"{_STRAIGHT}{_CURVED}‘´`")
#: Ems above the base line between which an apostrophe stands, and how high it is.
_LOW, _HIGH = 0.38, 1.05
_LEAST, _MOST = 0.12, 0.5
#: Pixels that the tail of a curved one is left of its middle at least, and that of a straight one at most.
_TAIL, _UPRIGHT = 0.3, 0.12
_INK = 160
_CONFIDENCE = 0.8


def with_apostrophes(word: Word, picture: Image.Image) -> Word:
    """The word with the apostrophes that its ink shows; one that is not seen clearly stays as it was read."""
    em, base = em_of(word), base_of(word)
    if em is None or base is None or not _APOSTROPHES & set(word.text):
        return word
    symbols = list(word.symbols)
    for index in range(1, len(symbols) - 1):
        left, symbol, right = symbols[index - 1 : index + 2]
        if symbol.text in _APOSTROPHES and left.text.isalpha() and right.text.isalpha():
            symbols[index] = replace(symbol, text=_seen(left, right, picture, em, base) or symbol.text)
    if tuple(symbols) == word.symbols:
        return word
    return Word(tuple(symbols), min(word.confidence, _CONFIDENCE))


def _seen(left: Symbol, right: Symbol, picture: Image.Image, em: float, base: float) -> str | None:
    """Which apostrophe stands between two letters, apart from both."""
    area = (left.box[2], round(base - _HIGH * em), right.box[0], round(base - _LOW * em))
    width = area[2] - area[0]
    if width < 2 or area[1] < 0:
        return None
    black = ink(picture, area, darker_than=_INK)
    parts = [(start, end) for start, end in pieces(black) if start > 0 and end < width]
    if len(parts) != 1:
        return None
    box = black.crop((parts[0][0], 0, parts[0][1], black.height)).getbbox()
    if box is None or not _LEAST * em < box[3] - box[1] < _MOST * em:
        return None
    x, y = area[0] + parts[0][0], area[1]
    mark = ImageOps.invert(picture.crop((x + box[0], y + box[1], x + box[2], y + box[3])))
    height = mark.height
    tail = _middle(mark, height // 3, 2 * height // 3 + 1) - _middle(mark, height - max(1, height // 4), height)
    return _CURVED if tail >= _TAIL else _STRAIGHT if tail <= _UPRIGHT else None


def _middle(mark: Image.Image, top: int, bottom: int) -> float:
    """Where the ink of these rows stands on average."""
    columns = mark.crop((0, top, mark.width, bottom)).resize((mark.width, 1), Image.Resampling.BOX).tobytes()
    return sum(index * value for index, value in enumerate(columns)) / max(sum(columns), 1)
