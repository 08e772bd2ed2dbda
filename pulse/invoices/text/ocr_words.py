"""From the words that OCR saw to glyphs as a file of text would have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import mean, median

from PIL import Image, ImageFilter

from pulse.invoices.text.ocr_again import are_apart
from pulse.invoices.text.ocr_cleaning import clean, fitted
from pulse.invoices.text.ocr_context import in_context, language_of
from pulse.invoices.text.ocr_identifiers import is_in_one_piece
from pulse.invoices.text.ocr_symbols import TALL, Symbol, Word, base_of, em_of, ink
from pulse.invoices.text.page_text import DESCENT, Glyph

#: A blank is a wider gap of ink than this in ems; where characters stand equally far apart, as digits do in nearly all
#: typefaces, a greater distance than so many of theirs; in typewriting, where a blank is as wide as they are.
_BLANK_INK, _BLANK_PITCH, _BLANK_CELLS = 0.28, 1.28, 1.5
#: Cells that a typewritten word is wider than its characters at most; one with a blank is wider. Its characters stand
#: side by side then, though the boxes of two neighbours are so many cells apart.
_BLANK_SHARE, _DRIFTED = 0.1, 1.3
#: In typewriting, cells without ink that a blank has at least.
_BLANK_CELL_INK = 0.7
#: Before and behind the point of a number a narrow digit stands farther off: ems of ink between them.
_BLANK_BEHIND_POINT = 0.4
#: Typewriting: so many distances tell; so much of the usual one is even; so many are even.
_TELLING, _EVEN, _MOSTLY_EVEN = 8, 0.15, 0.75
#: Ems: smaller or larger in points is no print.
_SMALLEST, _LARGEST = 4.0, 40.0
#: Of the height of the page's digits: what is lower is no letter.
_LOWEST = 0.4
#: Ems: a wider gap separates columns.
_COLUMN = 0.9
#: Sizes that differ by less are one; in typewriting, where the size of a word of small letters tells little.
_SAME_SIZE, _SAME_TYPEWRITER = 0.07, 0.15
#: Times the page's usual width of stroke: bold.
_BOLD = 1.3
_INK = 140
#: Ems that a middle dot has at most, and that it stands above the base line at least.
_DOT_SIZE = 0.16
_MARKS = frozenset("-–*•:=+.,»«'")
_POINTS, _DASHES = frozenset(".,'’"), frozenset("-–—")


@dataclass(frozen=True)
class _Measured:
    """A word with the size of its font and its base line in pixels, and the width of its strokes in ems."""

    word: Word
    em: float
    base: float
    stroke: float


@dataclass(frozen=True)
class _Spacing:
    """How far apart the characters of a line stand from middle to middle: digits, in their height; in typewriting all,
    in pixels. 0 where nothing tells."""

    pitch: float
    is_typewritten: bool

    def is_blank(self, left: Symbol, right: Symbol, em: float) -> bool:
        """Whether there is a blank between two neighbours."""
        if self.pitch and (self.is_typewritten or _are_digits(left, right)):
            widest = _BLANK_CELLS if self.is_typewritten else _BLANK_PITCH
            ink_is_near = self.is_typewritten and right.box[0] - left.box[2] < _BLANK_CELL_INK * self.pitch
            return not ink_is_near and _distance(left, right, self.is_typewritten) > widest * self.pitch
        in_number = left.text in _POINTS and (right.text.isdigit() or right.text in _DASHES)
        in_number |= left.text.isdigit() and right.text in _POINTS
        return right.box[0] - left.box[2] > (_BLANK_BEHIND_POINT if in_number else _BLANK_INK) * em

    def parts_of_one(self, left: Symbol, right: Symbol) -> bool:
        """Whether two words that OCR saw are one, by what ends the first and begins the second."""
        if right.box[0] < left.box[2] or not self.pitch:
            return False
        return (_are_digits(left, right) or self.is_typewritten) and not self.is_blank(left, right, 0)


def glyphs_of(rows: Iterable[Sequence[Word]], picture: Image.Image, scale: float) -> Iterator[Glyph]:
    """Glyphs in points of the words that stand on these lines; `scale` is pixels per point."""
    tight = _without_specks([fitted(row, picture) for row in rows])
    typewritten = _is_typewritten(tight)
    language = language_of(tight)
    measured = []
    for words in tight:
        spacing = _Spacing(_pitch(words, typewritten), typewritten)
        measured.append((spacing, list(_measure(in_context(clean(_joined(words, spacing)), language), picture, scale))))
    tolerance = _SAME_TYPEWRITER if typewritten else _SAME_SIZE
    sizes = _alike([one.em for _, row in measured for one in row], tolerance)
    measured = [(spacing, [replace(one, em=sizes[one.em]) for one in row]) for spacing, row in measured]
    usual = median([one.stroke for _, row in measured for one in row if one.stroke] or [0.0])
    for spacing, row in measured:
        for phrase in _phrases(row):
            strokes = [one.stroke for one in phrase for _ in one.word.symbols if one.stroke]
            bold = bool(strokes) and mean(strokes) > _BOLD * usual
            for one in phrase:
                yield from _glyphs(one, scale, spacing, bold=bold)


def _without_specks(rows: Sequence[Sequence[Word]]) -> list[list[Word]]:
    """The lines without single letters and digits that are much lower than the page's."""
    usual = median([em for row in rows for word in row if (em := em_of(word))] or [0.0])
    least = _LOWEST * TALL * usual
    return [
        [word for word in row if not (len(word.text) == 1 and word.text.isalnum() and word.symbols[0].height < least)]
        for row in rows
    ]


def _are_digits(left: Symbol, right: Symbol) -> bool:
    return left.text.isdigit() and right.text.isdigit()


def _distance(left: Symbol, right: Symbol, is_typewritten: bool) -> float:
    pixels = (right.box[0] + right.box[2] - left.box[0] - left.box[2]) / 2
    return pixels if is_typewritten else pixels / max(left.height, right.height, 1)


def _pitch(row: Sequence[Word], is_typewritten: bool) -> float:
    """The usual distance of a line's digits, in typewriting of all its characters; 0 where there are none."""
    pairs = [pair for word in row for pair in pairwise(word.symbols) if is_typewritten or _are_digits(*pair)]
    return median([_distance(*pair, is_typewritten) for pair in pairs] or [0.0])


def _is_typewritten(rows: Iterable[Sequence[Word]]) -> bool:
    """Whether wide and narrow characters stand equally far apart, in most lines that are long enough to tell."""
    votes = []
    for row in rows:
        distances = [_distance(*pair, True) for word in row for pair in pairwise(word.symbols)]
        if len(distances) >= _TELLING:
            usual = median(distances)
            even = sum(abs(distance - usual) <= _EVEN * usual for distance in distances)
            votes.append(even >= _MOSTLY_EVEN * len(distances))
    return 2 * sum(votes) > len(votes)


def _measure(words: Sequence[Word], picture: Image.Image, scale: float) -> Iterator[_Measured]:
    """Words of a line with size, base line and width of stroke; one without letters takes those of its line."""
    sizes = [em_of(word) for word in words]
    bases = [base_of(word) for word in words]
    usual_em = median([size for size in sizes if size] or [0.0])
    for index, (word, size) in enumerate(zip(words, sizes, strict=True)):
        em = size or usual_em or (word.box[3] - word.box[1]) / TALL
        if _SMALLEST <= em / scale <= _LARGEST:
            base = _base_beside(bases, index)
            yield _Measured(word, em, word.box[3] if base is None else base, _stroke(picture, word, em))


def _base_beside(bases: Sequence[float | None], index: int) -> float | None:
    """A word's base line, or that of the nearest word of its line that has one: a dash or a dot stands above it."""
    near = sorted(range(len(bases)), key=lambda other: abs(other - index))
    return next((base for base in (bases[other] for other in near) if base is not None), None)


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


def _joined(words: Sequence[Word], spacing: _Spacing) -> list[Word]:
    """Words with a gap that is too narrow for a blank are one: where digits are on both sides, or in typewriting."""
    joined: list[Word] = []
    for word in words:
        before = joined[-1] if joined else None
        if before and not _are_single(before, word) and spacing.parts_of_one(before.symbols[-1], word.symbols[0]):
            joined[-1] = Word(before.symbols + word.symbols, min(before.confidence, word.confidence))
        else:
            joined.append(word)
    return joined


def _are_single(left: Word, right: Word) -> bool:
    """Whether these are digits of two narrow columns, farther apart than those of a number."""
    alone = len(left.symbols) == len(right.symbols) == 1 and _are_digits(left.symbols[0], right.symbols[0])
    return alone and are_apart(left.box, right.box)


def _alike(sizes: Sequence[float], tolerance: float) -> dict[float, float]:
    """Size → the usual one of those about as large: a page has few sizes, and measuring differs by a pixel."""
    rest, alike = sorted(sizes), dict[float, float]()
    while rest:
        usual = max(rest, key=lambda size: sum(abs(other - size) <= tolerance * size for other in rest))
        near = [size for size in rest if abs(size - usual) <= tolerance * usual]
        alike |= dict.fromkeys(near, median(near))
        rest = [size for size in rest if abs(size - usual) > _SAME_SIZE * usual]
    return alike


def _stroke(picture: Image.Image, word: Word, em: float) -> float:
    """The usual width of a word's strokes in ems: twice its ink over the length of the ink's edge."""
    if sum(character.isalnum() for character in word.text) < 2:
        return 0.0
    black = ink(picture, word.box, darker_than=_INK)
    area = black.histogram()[255]
    edge = area - black.filter(ImageFilter.MinFilter(3)).histogram()[255]
    return 2 * area / edge / em if edge else 0.0


def _glyphs(one: _Measured, scale: float, spacing: _Spacing, *, bold: bool) -> Iterator[Glyph]:
    symbols, em = one.word.symbols, one.em
    top, bottom = one.base - (1 - DESCENT) * em, one.base + DESCENT * em
    for symbol, (left, right) in zip(symbols, _edges(one.word, em, spacing), strict=True):
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


def _edges(word: Word, em: float, spacing: _Spacing) -> list[tuple[float, float]]:
    """From where to where each character reaches with the air around it: to its neighbours, in typewriting its cell."""
    symbols, is_one = word.symbols, is_in_one_piece(word)
    if spacing.is_typewritten and spacing.pitch:
        left, _, right, _ = word.box
        middles = [(symbol.box[0] + symbol.box[2]) / 2 for symbol in symbols]
        farthest = max((other - one for one, other in pairwise(middles)), default=0.0)
        fits = right - left <= (len(symbols) + _BLANK_SHARE) * spacing.pitch
        if (fits or is_one) and farthest > _DRIFTED * spacing.pitch:
            cell = max(spacing.pitch, (right - left) / len(symbols))
            start = (left + right - len(symbols) * cell) / 2
            return list(pairwise(start + index * cell for index in range(len(symbols) + 1)))
        return [(middle - spacing.pitch / 2, middle + spacing.pitch / 2) for middle in middles]
    lefts = [float(symbol.box[0]) for symbol in symbols]
    rights = [float(symbol.box[2]) for symbol in symbols]
    for index, (before, symbol) in enumerate(pairwise(symbols)):
        if is_one or not spacing.is_blank(before, symbol, em):
            rights[index] = lefts[index + 1] = (before.box[2] + symbol.box[0]) / 2
    return list(zip(lefts, rights, strict=True))


def _printed(symbol: Symbol, em: float, base: float) -> str:
    """A dot in the middle of the line, which tesseract takes for any small mark."""
    left, top, right, bottom = symbol.box
    is_dot = max(right - left, bottom - top) < _DOT_SIZE * em and base - bottom > _DOT_SIZE * em
    return "·" if is_dot and symbol.text in _MARKS else symbol.text
