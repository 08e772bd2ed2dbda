"""Marks above vowels as the ink shows them: what OCR confuses most in names (`ö` with `ô`) or leaves out (`É`).

A mark stands apart from its letter: two dots side by side, or one stroke that leans right, left or neither way.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from PIL import Image

from pulse.invoices.text.ocr_symbols import Symbol, Word, base_of, em_of, ink, pieces

_GRAVE, _ACUTE, _CIRCUMFLEX, _DIAERESIS = "\u0300", "\u0301", "\u0302", "\u0308"
#: Vowels with the marks that they have in German, French and Italian.
_MARKS = {
    "a": _GRAVE + _CIRCUMFLEX + _DIAERESIS,
    "e": _GRAVE + _ACUTE + _CIRCUMFLEX + _DIAERESIS,
    "o": _GRAVE + _CIRCUMFLEX + _DIAERESIS,
    "u": _GRAVE + _CIRCUMFLEX + _DIAERESIS,
}
#: An `ê` or `ë` at a word's end is taken for this.
_LIKE_MARKED_E = "&"
#: Ems above the base line: between which the letter ends, and how high its mark reaches; small letters and capitals.
_SMALL, _CAPITAL = (0.36, 0.62, 0.86), (0.62, 0.82, 1.0)
#: Ems: no mark is smaller or larger than this; a circumflex is wider. One that leans by less of its width is even.
_LEAST, _LEAST_HIGH, _MOST, _WIDE = 0.08, 0.05, 0.5, 0.2
_LEAN = 0.15
#: A mark's middle is off its letter's by so much of the letter's width at most; else it is a part of a neighbour.
_OFF_CENTRE = 0.2
#: What is darker than these greys is ink: where a mark melts into its letter, their darker parts are still apart.
_INKS = (150, 110, 80)
_CONFIDENCE = 0.8


def with_marks(word: Word, picture: Image.Image) -> Word:
    """The word with the marks that its ink shows; a mark that is not seen clearly stays as it was read."""
    em, base = em_of(word), base_of(word)
    if em is None or base is None or not any(one.text.isalpha() for one in word.symbols):
        return word
    symbols = tuple(_with_mark(symbol, picture, em, base) for symbol in word.symbols)
    if symbols == word.symbols:
        return word
    return Word(symbols, min(word.confidence, _CONFIDENCE))


def _with_mark(symbol: Symbol, picture: Image.Image, em: float, base: float) -> Symbol:
    letter, read = _taken_apart(symbol.text)
    if letter.casefold() not in _MARKS:
        return symbol
    heights = _CAPITAL if letter.isupper() else _SMALL
    seen = (_mark(symbol, picture, em, base, heights, read=read, darker_than=grey) for grey in _INKS)
    mark = next((one for one in seen if one is not None), None)
    if mark is None or mark == read or mark not in _MARKS[letter.casefold()]:
        return symbol
    return replace(symbol, text=unicodedata.normalize("NFC", letter + mark))


def _taken_apart(text: str) -> tuple[str, str]:
    if text == _LIKE_MARKED_E:
        return "e", ""
    parts = unicodedata.normalize("NFD", text)
    return parts[:1], parts[1:]


def _mark(
    symbol: Symbol,
    picture: Image.Image,
    em: float,
    base: float,
    heights: tuple[float, float, float],
    *,
    read: str,
    darker_than: int,
) -> str | None:
    """The mark above a letter; None where there is none, or none that is clear: where none was `read`, what touches a
    neighbour is the neighbour's."""
    ends_low, ends_high, reach = (round(base - height * em) for height in heights)
    left, _, right, bottom = symbol.box
    if right <= left or ends_low <= reach or bottom <= ends_low:
        return None
    body = ink(picture, (left, ends_low, right, bottom), darker_than=darker_than).getbbox()
    above = ink(picture, (left, reach, right, ends_low), darker_than=darker_than)
    rows = [row for row in pieces(above, upright=True) if row[1] < above.height and row[0] <= ends_high - reach]
    box = above.crop((0, 0, above.width, rows[-1][1])).getbbox() if rows else None
    if body is None or box is None:
        return None
    off_centre = abs(box[0] + box[2] - body[0] - body[2]) / 2 > _OFF_CENTRE * (body[2] - body[0])
    high = ink(picture, (left, reach, right, ends_high), darker_than=_INKS[0]).getbbox() or box
    touches = not read and not (min(box[0], high[0]) > 0 and max(box[2], high[2]) < above.width)
    return None if off_centre or touches else _shape(above.crop(box), em)


def _shape(mark: Image.Image, em: float) -> str | None:
    """Which mark this ink is, if any."""
    width, height = mark.size
    if not (_LEAST * em <= width <= _MOST * em and _LEAST_HIGH * em <= height <= _MOST / 2 * em):
        return None
    parts = [end - start for start, end in pieces(mark)]
    if len(parts) == 2 and min(parts) * 2 > max(parts):
        return _DIAERESIS
    if len(parts) != 1 or height < _LEAST * em:
        return None
    lean = (_middle(mark, 0, height // 2) - _middle(mark, -(-height // 2), height)) / width
    if abs(lean) > _LEAN:
        return _ACUTE if lean > 0 else _GRAVE
    has_two_feet = width > _WIDE * em and len(pieces(mark.crop((0, height - 1, width, height)))) == 2
    return _CIRCUMFLEX if has_two_feet else None


def _middle(ink: Image.Image, top: int, bottom: int) -> float:
    """Where the ink of these rows stands on average."""
    columns = ink.crop((0, top, ink.width, bottom)).resize((ink.width, 1), Image.Resampling.BOX).tobytes()
    return sum(index * value for index, value in enumerate(columns)) / max(sum(columns), 1)
