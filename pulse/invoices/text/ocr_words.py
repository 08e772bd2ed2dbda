"""From the symbols that OCR saw, each in a tight box around its ink, to glyphs as a file of text would have them.

A font's size cannot be read off one letter: it follows from how high letters of a kind are, over a whole word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import mean, median

from PIL import Image, ImageFilter

from pulse.invoices.text.page_text import DESCENT, Glyph

#: Heights in ems of common typefaces: capitals, digits and tall letters; small letters; small letters with a tail.
_TALL, _SMALL, _TAILED = 0.72, 0.53, 0.74
_SMALL_LETTERS, _TAILED_LETTERS = frozenset("acemnorsuvwxz"), frozenset("gpqy")
#: Gaps of ink in ems: a wider one than the first is a blank; beside a 1, which has much air around it, the second;
#: between two of them the third.
_BLANK_INK, _BLANK_AT_ONE, _BLANK_AT_ONES = 0.28, 0.42, 0.5
#: A blank that OCR saw is none only where the gap is narrower by this.
_SAFE = 0.08
#: Ems: smaller or larger in points is no print.
_SMALLEST, _LARGEST = 4.0, 40.0
#: Ems: a wider gap separates columns.
_COLUMN = 0.9
#: Times the page's usual width of stroke: bold.
_BOLD = 1.3
_INK = 140
#: What frames, folds and dirt are taken for.
_DIRT = frozenset("|_—–-=~.,:;'’‘`´\"”“°^*•<>«»\\/()[]{}")
_DIRT_CONFIDENCE = 0.6
#: Ems that a middle dot has at most, and that it stands above the base line at least.
_DOT_SIZE = 0.16
_MARKS = frozenset("-–*•:=+.,»«'")
#: No word has these among its letters; one that does was not recognised.
_FOREIGN, _FOREIGN_CONFIDENCE = frozenset("&$€£©®?!#§{}|\\"), 0.5
#: Abbreviations of packs (flacon, millilitre) that no language's model knows, as they are misread.
_PACKS = {"FI": "Fl", "F1": "Fl", "mI": "ml", "m1": "ml"}

PixelBox = tuple[int, int, int, int]


@dataclass(frozen=True)
class Symbol:
    """One character, the box of its ink in pixels, confidence from 0 to 1."""

    text: str
    box: PixelBox
    confidence: float


@dataclass(frozen=True)
class Word:
    """The symbols between two blanks, from left to right; confidence from 0 to 1."""

    symbols: tuple[Symbol, ...]
    confidence: float

    @property
    def text(self) -> str:
        return "".join(symbol.text for symbol in self.symbols)

    @property
    def box(self) -> PixelBox:
        boxes = [symbol.box for symbol in self.symbols]
        return (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )


@dataclass(frozen=True)
class _Measured:
    """A word with the size of its font and its base line in pixels, and the width of its strokes in ems."""

    word: Word
    em: float
    base: float
    stroke: float


def glyphs_of(rows: Iterable[Sequence[Word]], picture: Image.Image, scale: float) -> Iterator[Glyph]:
    """Glyphs in points of the words that stand on these lines; `scale` is pixels per point."""
    measured = [list(_measure(row, picture, scale)) for row in rows]
    usual = median([one.stroke for row in measured for one in row if one.stroke] or [0.0])
    for row in measured:
        for phrase in _phrases(row):
            strokes = [one.stroke for one in phrase for _ in one.word.symbols if one.stroke]
            bold = bool(strokes) and mean(strokes) > _BOLD * usual
            for one in phrase:
                yield from _glyphs(one, scale, bold=bold)


def _measure(row: Sequence[Word], picture: Image.Image, scale: float) -> Iterator[_Measured]:
    """Words of a line with size, base line and width of stroke; one without letters takes those of its line. Dirt is
    left out."""
    words = [_trimmed(_spelled(word), picture) for word in row if word.symbols and not _is_dirt(word)]
    words = _joined([word for word in words if word.symbols])
    sizes = [_em(word) for word in words]
    bases = [_base(word) for word in words]
    usual_em = median([size for size in sizes if size] or [0.0])
    for word, size, base in zip(words, sizes, bases, strict=True):
        em = size or usual_em or (word.box[3] - word.box[1]) / _TALL
        if _SMALLEST <= em / scale <= _LARGEST:
            yield _Measured(word, em, word.box[3] if base is None else base, _stroke(picture, word, em))


def _trimmed(word: Word, picture: Image.Image) -> Word:
    """The word with boxes that fit its ink: tesseract's reach over the height of the line, and into neighbours."""
    left, top, _, bottom = word.box
    ink = picture.crop(word.box).point(lambda value: 255 if value < _INK else 0)
    symbols = []
    for symbol in word.symbols:
        part = ink.crop((symbol.box[0] - left, 0, symbol.box[2] - left, bottom - top)).getbbox()
        if part:
            x, box = symbol.box[0], (part[0], part[1], part[2], part[3])
            symbols.append(replace(symbol, box=(x + box[0], top + box[1], x + box[2], top + box[3])))
        else:
            symbols.append(symbol)
    return Word(tuple(symbols), word.confidence)


def _phrases(row: Sequence[_Measured]) -> Iterator[list[_Measured]]:
    """Words of one size that follow each other without the gap of a column."""
    phrase: list[_Measured] = []
    for one in sorted(row, key=lambda one: one.word.box[0]):
        if phrase and one.word.box[0] - phrase[-1].word.box[2] > _COLUMN * one.em:
            yield phrase
            phrase = []
        phrase.append(one)
    if phrase:
        yield phrase


def _joined(words: Sequence[Word]) -> list[Word]:
    """Words with digits on both sides of a gap that is too narrow for a blank are one."""
    joined: list[Word] = []
    for word in words:
        before = joined[-1] if joined else None
        if before and before.text[-1:].isdigit() and word.text[:1].isdigit():
            first, second = before.symbols[-1].box, word.symbols[0].box
            em = (second[3] - second[1]) / _TALL
            if 0 <= second[0] - first[2] < (_blank(before.symbols[-1], word.symbols[0]) - _SAFE) * em:
                joined[-1] = Word(before.symbols + word.symbols, min(before.confidence, word.confidence))
                continue
        joined.append(word)
    return joined


def _blank(left: Symbol, right: Symbol) -> float:
    if not (left.text.isdigit() and right.text.isdigit()):
        return _BLANK_INK
    return (_BLANK_INK, _BLANK_AT_ONE, _BLANK_AT_ONES)[(left.text + right.text).count("1")]


def _is_dirt(word: Word) -> bool:
    return word.confidence < _DIRT_CONFIDENCE and all(character in _DIRT for character in word.text)


def _spelled(word: Word) -> Word:
    if len(word.text) > 1 and _FOREIGN & set(word.text) and any(one.isalpha() for one in word.text):
        return Word(word.symbols, min(word.confidence, _FOREIGN_CONFIDENCE))
    if (right := _PACKS.get(word.text)) is None or len(right) != len(word.symbols):
        return word
    pairs = zip(word.symbols, right, strict=True)
    return Word(tuple(replace(symbol, text=character) for symbol, character in pairs), word.confidence)


def _em(word: Word) -> float | None:
    sizes = []
    for symbol in word.symbols:
        height, first = symbol.box[3] - symbol.box[1], symbol.text[:1]
        if first.isdigit() or first.isupper() or first in "bdfhklß/":
            sizes.append(height / _TALL)
        elif first in _SMALL_LETTERS:
            sizes.append(height / _SMALL)
        elif first in _TAILED_LETTERS:
            sizes.append(height / _TAILED)
    return median(sizes) if sizes else None


def _base(word: Word) -> float | None:
    standing = [
        symbol.box[3] for symbol in word.symbols if symbol.text[:1].isalnum() and symbol.text[:1] not in "gpqyjJQçÇ"
    ]
    return median(standing) if standing else None


def _stroke(picture: Image.Image, word: Word, em: float) -> float:
    """The usual width of a word's strokes in ems: twice its ink over the length of the ink's edge."""
    if sum(character.isalnum() for character in word.text) < 2:
        return 0.0
    ink = picture.crop(word.box).point(lambda value: 255 if value < _INK else 0)
    area = ink.histogram()[255]
    edge = area - ink.filter(ImageFilter.MinFilter(3)).histogram()[255]
    return 2 * area / edge / em if edge else 0.0


def _glyphs(one: _Measured, scale: float, *, bold: bool) -> Iterator[Glyph]:
    symbols, em = one.word.symbols, one.em
    lefts = [float(symbol.box[0]) for symbol in symbols]
    rights = [float(symbol.box[2]) for symbol in symbols]
    for index, (before, symbol) in enumerate(pairwise(symbols)):
        if symbol.box[0] - before.box[2] <= _blank(before, symbol) * em:
            rights[index] = lefts[index + 1] = (before.box[2] + symbol.box[0]) / 2
    top, bottom = one.base - (1 - DESCENT) * em, one.base + DESCENT * em
    for symbol, left, right in zip(symbols, lefts, rights, strict=True):
        yield Glyph(
            _printed(symbol, em, one.base),
            left / scale,
            top / scale,
            right / scale,
            bottom / scale,
            em / scale,
            bold,
            round(one.word.confidence, 3),
        )


def _printed(symbol: Symbol, em: float, base: float) -> str:
    """A dot in the middle of the line, which tesseract takes for any small mark."""
    left, top, right, bottom = symbol.box
    is_dot = max(right - left, bottom - top) < _DOT_SIZE * em and base - bottom > _DOT_SIZE * em
    return "·" if is_dot and symbol.text in _MARKS else symbol.text
