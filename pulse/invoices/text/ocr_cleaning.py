"""The words of a line before they are placed: in boxes that fit, with the marks of their letters, without dirt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from PIL import Image

from pulse.invoices.text.ocr_accents import with_marks
from pulse.invoices.text.ocr_apostrophes import with_apostrophes
from pulse.invoices.text.ocr_symbols import TALL, Symbol, Word, base_of, em_of, ink, pieces

_INK = 140
#: What frames, folds and dirt are taken for.
_DIRT = frozenset("|_—–-=~.,:;'’‘`´\"”“°^*•<>«»\\/()[]{}")
_DIRT_CONFIDENCE = 0.6
#: What a frame is taken for, and a piece of it that is so many times as high as letters; specks before a word, and
#: before a number; what stands alone by mistake only.
_FRAMES, _UPRIGHTS, _TOO_HIGH = frozenset("|¦"), frozenset("|¦lI1i!/()[]{}"), 1.45
_SPECKS = (frozenset("|¦‘`´"), frozenset("|¦‘’'`´:;~_°"))
_ALONE = frozenset(".,;'’‘`´\"”“°^~_|¦\\")
#: Of the height of digits: a dot in the middle of a line, and where it stands above the base line.
_DOT_SIZE, _LOWEST_DOT, _HIGHEST_DOT = 0.3, 0.2, 0.6
#: A point between two digits by their height: how large at most, and the gap that it stands in.
_POINT, _WIDEST_GAP, _POINT_CONFIDENCE = 0.25, 0.75, 0.5
#: What stands behind the point of whole francs (`41.–`).
_DASHES = frozenset("-–—")
#: No word has these among its letters; one that does was not recognised.
_FOREIGN, _FOREIGN_CONFIDENCE = frozenset("&$€£©®?!#§{}|\\"), 0.5


def fitted(row: Sequence[Word], picture: Image.Image) -> list[Word]:
    """The words of a line in boxes that fit their ink."""
    words = [_trimmed(_spelled(word), picture) for word in row if word.symbols and not _is_dirt(word)]
    return _pointed([with_apostrophes(with_marks(word, picture), picture) for word in words], picture)


def _pointed(words: Sequence[Word], picture: Image.Image) -> list[Word]:
    """Words with the points that OCR overlooked between digits, as doubtful ones; what a point ties together is one."""
    found: list[Word] = []
    for word in words:
        symbols, doubtful = [word.symbols[0]], word.confidence
        if found and (point := _point(found[-1].symbols[-1], symbols[0], picture)):
            before = found.pop()
            symbols, doubtful = [*before.symbols, point, *symbols], min(before.confidence, point.confidence)
        for one in word.symbols[1:]:
            symbol = _dash(symbols[-1], one, picture)
            if point := _point(symbols[-1], symbol, picture):
                symbols.append(point)
                doubtful = min(doubtful, point.confidence)
            symbols.append(symbol)
        found.append(Word(tuple(symbols), min(doubtful, word.confidence)))
    return found


def _dash(before: Symbol, symbol: Symbol, picture: Image.Image) -> Symbol:
    """A dash behind a digit, without the point that OCR took for its beginning."""
    if symbol.text not in _DASHES or not before.text.isdigit():
        return symbol
    left, top, _, bottom = symbol.box
    parts = pieces(ink(picture, symbol.box, darker_than=_INK))
    if len(parts) != 2 or parts[0][1] - parts[0][0] > _POINT * before.height:
        return symbol
    return replace(symbol, box=(left + parts[1][0], top, left + parts[1][1], bottom))


def _point(left: Symbol, right: Symbol, picture: Image.Image) -> Symbol | None:
    """The point between two digits or a digit and a dash: small ink on their base line, in a gap that suits it."""
    start, end, height = left.box[2], right.box[0], left.height
    if not (
        left.text.isdigit()
        and (right.text.isdigit() or right.text in _DASHES)
        and 2 < end - start < _WIDEST_GAP * height
    ):
        return None
    gap = (start, left.box[1], end, left.box[3] + 2)
    spot = ink(picture, gap, darker_than=_INK).getbbox()
    if spot is None or spot[3] - spot[1] > _POINT * height or left.box[3] - left.box[1] - spot[3] > 0.1 * height:
        return None
    if spot[2] - spot[0] > _POINT * height or spot[2] - spot[0] < 2 or spot[3] - spot[1] < 2:
        return None
    return Symbol(".", (start + spot[0], gap[1] + spot[1], start + spot[2], gap[1] + spot[3]), _POINT_CONFIDENCE)


def clean(words: Sequence[Word]) -> list[Word]:
    """The words of a line without specks and what is left of frames, which stand alone or beside a word.

    A mark close behind a digit stays: it may be the point of a number that was torn apart.
    """
    height = TALL * median([em for word in words if (em := em_of(word))] or [0.0])
    base = median([base for word in words if (base := base_of(word)) is not None] or [0.0])
    kept: list[Word] = []
    for word in words:
        symbols = [one for one in word.symbols if not (one.text in _UPRIGHTS and one.height > _TOO_HIGH * height)]
        before = kept[-1].symbols[-1] if kept else None
        is_near = before and symbols and before.text.isdigit() and symbols[0].box[0] - before.box[2] < height
        while symbols and not is_near and _is_speck(symbols, base, height):
            del symbols[0]
        while symbols and symbols[-1].text in _FRAMES:
            del symbols[-1]
        if symbols:
            kept.append(Word(tuple(symbols), word.confidence))
    return kept


def _is_speck(symbols: Sequence[Symbol], base: float, height: float) -> bool:
    """Whether a word begins with what is no part of it, or is nothing else; a dot between two addresses is none."""
    first = symbols[0]
    if first.height < _DOT_SIZE * height and _LOWEST_DOT < (base - first.box[3]) / height < _HIGHEST_DOT:
        return False
    return first.text in (_ALONE if len(symbols) == 1 else _SPECKS[symbols[1].text.isdigit()])


def _spelled(word: Word) -> Word:
    if word.text == "|.":
        return Word((replace(word.symbols[0], text="I"), word.symbols[1]), min(word.confidence, _FOREIGN_CONFIDENCE))
    if len(word.text) > 1 and _FOREIGN & set(word.text) and any(one.isalpha() for one in word.text):
        return Word(word.symbols, min(word.confidence, _FOREIGN_CONFIDENCE))
    if word.text.startswith("GLM") and word.symbols[2].text == "M":
        return Word((*word.symbols[:2], replace(word.symbols[2], text="N"), *word.symbols[3:]), word.confidence)
    return word


def _trimmed(word: Word, picture: Image.Image) -> Word:
    """The word with boxes that fit its ink: tesseract's reach over the height of the line, and into neighbours."""
    left, top, _, bottom = word.box
    black = ink(picture, word.box, darker_than=_INK)
    symbols = []
    parts = pieces(black)
    if len(parts) == len(word.symbols):
        word = replace(word, symbols=_in_pieces(word, parts))
    for symbol in _side_by_side(word.symbols):
        part = black.crop((symbol.box[0] - left, 0, symbol.box[2] - left, bottom - top)).getbbox()
        if part:
            x, box = symbol.box[0], (part[0], part[1], part[2], part[3])
            symbols.append(replace(symbol, box=(x + box[0], top + box[1], x + box[2], top + box[3])))
        else:
            symbols.append(symbol)
    return Word(tuple(symbols), word.confidence)


def _in_pieces(word: Word, parts: Sequence[tuple[int, int]]) -> tuple[Symbol, ...]:
    """The symbols, each where a piece of the word's ink is: tesseract's boxes drift within a word."""
    left, top, _, bottom = word.box
    pairs = zip(word.symbols, parts, strict=True)
    return tuple(replace(one, box=(left + start, top, left + end, bottom)) for one, (start, end) in pairs)


def _side_by_side(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Of two boxes of which one reaches over the other, the wider gives way."""
    apart = list(symbols)
    for index in range(1, len(apart)):
        left, right = apart[index - 1], apart[index]
        (a, top, b, bottom), (c, above, d, below) = left.box, right.box
        if 2 * (min(b, d) - max(a, c)) <= min(b - a, d - c):
            continue
        if b - a > d - c and c > a:
            apart[index - 1] = replace(left, box=(a, top, c, bottom))
        elif d > b:
            apart[index] = replace(right, box=(b, above, d, below))
    return apart


def _is_dirt(word: Word) -> bool:
    return word.confidence < _DIRT_CONFIDENCE and all(character in _DIRT for character in word.text)
