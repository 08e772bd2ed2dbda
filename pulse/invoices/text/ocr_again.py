"""The second look at a scanned page: words with digits are read once more by themselves, and ink that no word has.

A page read as a whole loses single digits in wide columns; a word read alone, as digits, by another model, is a second
witness of an amount. Where the two disagree the word is doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from PIL import Image, ImageOps

from pulse.invoices.text.ocr_data import OTHER_LANGUAGE, has_language, installed
from pulse.invoices.text.ocr_symbols import PixelBox, Symbol, Word, ink, pieces

_DIGITS = "0123456789.,'-/:"
_MARKS = frozenset(_DIGITS) | frozenset("’–%+>*")
#: Confidence of a word that two readings see alike, at least, and differently, at most.
AGREED, DISPUTED = 0.93, 0.5
_PADDING, _MARGIN = 6, 4
#: Flags of a row (rates of VAT) have so many characters at most, two column gaps of so many heights beside them, and
#: look like these where there is one; so do quantities, which stand before a price and behind a name.
_LONGEST_FLAG, _COLUMN, _LIKE_A_DIGIT = 4, 1.0, frozenset("lI|i!LJ][tOoQ")
_LIKE_A_QUANTITY, _PRICE = _LIKE_A_DIGIT | frozenset("0123456789.,:;'+©®>"), re.compile(r"\d[.,:]\d\d$")
#: What a single 1 in a column is read as by models that know words.
_MISREAD_ONES = frozenset({"a", "al", "ai", "d", "di", "d:", "L", "il", "el", "n", "A", "T", "1:", "i:"})
_TIMES = frozenset({"x", "X", "×"})
#: A GUID without dashes is so long; one that was misread has a few characters more or less.
_GUID_LENGTH, _HEXADECIMAL = 32, re.compile(r"[0-9a-flIoO]{29,36}")
#: A digit alone is read as a row of so many of it, with these gaps of its height between them, other ones where
#: nothing was read: models know numbers, and see a 4 or nothing in a single 1.
_REPEATED, _REPEATED_GAPS = 4, ((0.25, 0.5), (0.35, 0.7))
#: The other ones are read larger by so much.
_LARGER = 1.5
#: Widths by height that only a 1 is below.
_NARROW = 0.47
#: Digits whose middles and whose ink are so many heights apart are no number; what is smaller than so much of a line's
#: height is a speck.
_APART, _APART_INK, _SPECK = 0.92, 0.32, 0.1
#: Where so many digits of a line's numbers tell how far apart they are: so many times as far.
_APART_PITCH, _TELLING = 1.3, 6
#: Ink that no word has is looked for in cells of so many pixels; a blob has letters' height and a few letters' width.
_CELL, _INK = 8, 120
_LOWEST, _HIGHEST, _WIDEST = 14, 90, 400
_MOST_BLOBS = 150
_BLOB_CONFIDENCE = 0.6


class SecondReading:
    """Reads cut-outs of a page, a line each; `close` when done."""

    def __init__(self, folder: str) -> None:
        import tesserocr  # noqa: PLC0415  the extra `ocr`, loaded where a page needs it

        language = OTHER_LANGUAGE if has_language(folder, OTHER_LANGUAGE) else installed(folder)[0]
        self._api: Any = tesserocr.PyTessBaseAPI(
            path=folder, lang=language, psm=tesserocr.PSM.SINGLE_LINE, oem=tesserocr.OEM.LSTM_ONLY
        )

    def close(self) -> None:
        """Gives the model's memory back."""
        self._api.End()

    def confirmed_row(self, row: Sequence[Word], picture: Image.Image) -> list[Word]:
        """The words of a line as `confirmed` sees them; flags in the columns of a table of numbers are digits too."""
        counts = self._counts(row, picture)
        phrases = _phrases([counts.get(word, word) for word in row])
        pitch = _pitch(row)
        found: list[Word] = []
        for index, phrase in enumerate(phrases):
            before, behind = phrases[index - 1] if index else [], phrases[index + 1 :]
            is_flag = bool(behind) and _is_flag(phrase, before, behind[0])
            may_be_single = is_flag or _is_quantity(phrase, behind) or _is_between_numbers(found, behind)
            if alone := self._single_digits(phrase, picture, pitch) if may_be_single else []:
                found += alone
            elif is_flag:
                found += [self._flag(word, picture) for word in phrase]
            else:
                found += [word if word in counts.values() else self.confirmed(word, picture) for word in phrase]
        return found

    def _counts(self, row: Sequence[Word], picture: Image.Image) -> dict[Word, Word]:
        """Words of a line before a sign of multiplication and a price (`2 x 7.10`), as the digits that they are."""
        found: dict[Word, Word] = {}
        for count, times, price in zip(row, row[1:], row[2:], strict=False):
            if len(count.symbols) == 1 and times.text in _TIMES and _PRICE.search(price.text):
                found |= zip([count], self._single_digits([count], picture), strict=False)
        return found

    def _single_digits(self, phrase: Sequence[Word], picture: Image.Image, pitch: float = 0.0) -> list[Word]:
        """The words of a phrase whose ink is single digits far apart; none where it is not, or one cannot be read."""
        left, top, right, bottom = Word(tuple(one for word in phrase for one in word.symbols), 0).box
        area = ink(picture, (left, top, right, bottom), darker_than=_INK)
        parts = list(_apart(area))
        if not 0 < len(parts) <= _LONGEST_FLAG or not all(_is_digit_sized(part, area) for part in parts):
            return []
        if not all(are_apart(*pair, pitch=pitch) for pair in pairwise(parts)):
            return []
        boxes = [(left + part[0], top + part[1], left + part[2], top + part[3]) for part in parts]
        digits = [self._digit(picture, box) for box in boxes]
        if not all(digits):
            return []
        agrees = digits == [word.text for word in phrase]
        confidence = AGREED if agrees else min(DISPUTED, *(word.confidence for word in phrase))
        return [Word((Symbol(digit, box, confidence),), confidence) for digit, box in zip(digits, boxes, strict=True)]

    def _digit(self, picture: Image.Image, box: PixelBox) -> str:
        """The digit in this box; nothing where it is not read, or not the same each time.

        What is too narrow for any other is a 1, if it reads as nothing or the 4 that models take a single 1 for.
        """
        digit = self._digit_read(picture, box)
        is_narrow = box[2] - box[0] < _NARROW * (box[3] - box[1])
        return "1" if is_narrow and digit in {"", "4"} else digit

    def _digit_read(self, picture: Image.Image, box: PixelBox) -> str:
        height = box[3] - box[1]
        glyph = picture.crop((box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2))
        for gaps in _REPEATED_GAPS:
            found = {text for gap in gaps if (text := self._repeated(glyph, round(gap * height)))}
            if found:
                return found.pop() if len(found) == 1 else ""
            glyph = glyph.resize(
                (round(_LARGER * glyph.width), round(_LARGER * glyph.height)), Image.Resampling.BICUBIC
            )
            height = round(_LARGER * height)
        return ""

    def _repeated(self, glyph: Image.Image, gap: int) -> str:
        """What a row of this one digit reads as; nothing where that is no such row."""
        step = glyph.width + gap
        row = Image.new("L", (step * _REPEATED, glyph.height), 255)
        for index in range(_REPEATED):
            row.paste(glyph, (index * step, 0))
        text, _ = self._read(row, (_MARGIN, _MARGIN, row.width - _MARGIN, row.height - _MARGIN), digits=True)
        return text[0] if text.isdigit() and text == _REPEATED * text[0] else ""

    def _flag(self, word: Word, picture: Image.Image) -> Word:
        text, _ = self._read(picture, word.box, digits=True)
        if not text.isdigit():
            return self.confirmed(word, picture)
        doubtful = min(DISPUTED, word.confidence)
        return Word(_spread(text, word.box, doubtful, picture), doubtful)

    def confirmed(self, word: Word, picture: Image.Image) -> Word:
        """A word with digits as both readings see it; where they differ, as the surer one does, and disputed."""
        if not any(character.isdigit() for character in word.text):
            return word
        if _HEXADECIMAL.fullmatch(word.text) and len(word.text) != _GUID_LENGTH:
            return self._guid(word, picture)
        numeric = all(character.isdigit() or character in _MARKS for character in word.text)
        mostly = sum(character.isdigit() for character in word.text) * 2 > len(word.text)
        text, confidence = self._read(picture, word.box, digits=numeric)
        if text == word.text:
            return Word(word.symbols, max(AGREED, confidence, word.confidence))
        if numeric and _plain(text) == _plain(word.text):
            return word
        if mostly and not numeric:
            text, confidence = self._read(picture, word.box, digits=True)
        doubtful = min(DISPUTED, word.confidence)
        if mostly and text and confidence > word.confidence:
            return Word(_spread(text, word.box, doubtful, picture), doubtful)
        return Word(word.symbols, doubtful)

    def _guid(self, word: Word, picture: Image.Image) -> Word:
        """A word of too many or too few hexadecimal digits, read again as nothing else."""
        text, _ = self._read(picture, word.box, digits=False, only="0123456789abcdef")
        doubtful = min(DISPUTED, word.confidence)
        symbols = _spread(text, word.box, doubtful, picture) if len(text) == _GUID_LENGTH else word.symbols
        return Word(symbols, doubtful)

    def overlooked(self, rows: Iterable[Sequence[Word]], picture: Image.Image) -> list[list[Word]]:
        """Short words in ink that no word of these rows has, each as a row of its own."""
        found = []
        for box in blobs(picture, [word.box for row in rows for word in row]):
            text, confidence = self._read(picture, box, digits=False)
            if text in _MISREAD_ONES and confidence >= _BLOB_CONFIDENCE and self._digit(picture, box) == "1":
                found.append([Word((Symbol("1", box, DISPUTED),), DISPUTED)])
            elif confidence >= _BLOB_CONFIDENCE and any(character.isalnum() for character in text) and " " not in text:
                found.append([Word(_spread(text, box, confidence, picture), confidence)])
        return found

    def _read(self, picture: Image.Image, box: PixelBox, *, digits: bool, only: str = "") -> tuple[str, float]:
        left, top, right, bottom = box
        cut = picture.crop((left - _MARGIN, top - _MARGIN, right + _MARGIN, bottom + _MARGIN))
        self._api.SetVariable("tessedit_char_whitelist", _DIGITS if digits else only)
        self._api.SetImage(ImageOps.expand(cut, _PADDING, 255))
        text = self._api.GetUTF8Text().strip()
        return text, self._api.MeanTextConf() / 100


def with_overlooked(rows: Iterable[Sequence[Word]], overlooked: Iterable[Sequence[Word]]) -> list[list[Word]]:
    """The lines with words that were overlooked between theirs; what stands in no line is one of its own."""
    lines = [list(row) for row in rows]
    for words in overlooked:
        line = next((one for one in lines if one and _stands_between(words[0], one)), None)
        if line is None:
            lines.append(list(words))
        else:
            line += words
            line.sort(key=lambda word: word.box[0])
    return lines


def _stands_between(word: Word, line: Sequence[Word]) -> bool:
    """Whether a word is level with a line's neighbours on both its sides."""
    left, top, right, bottom = word.box
    before = [one.box for one in line if one.box[2] <= left]
    behind = [one.box for one in line if one.box[0] >= right]
    return (
        len(before) + len(behind) == len(line)
        and bool(before and behind)
        and all(
            2 * (min(bottom, box[3]) - max(top, box[1])) > bottom - top
            for box in (max(before, key=lambda box: box[2]), min(behind, key=lambda box: box[0]))
        )
    )


def _plain(text: str) -> str:
    """Without what the digits' reading cannot say or is free to say otherwise."""
    return text.replace("’", "'").replace("–", "-").replace("%", "").replace("+", "").replace(">", "").replace("*", "")


def _phrases(row: Sequence[Word]) -> list[list[Word]]:
    """Words without the gap of a column between them."""
    phrases: list[list[Word]] = []
    for word in sorted((word for word in row if word.symbols), key=lambda word: word.box[0]):
        before = phrases[-1][-1] if phrases else None
        height = min(one.box[3] - one.box[1] for one in (before or word, word))
        if before and word.box[0] - before.box[2] <= _COLUMN * height:
            phrases[-1].append(word)
        else:
            phrases.append([word])
    return phrases


def _is_flag(phrase: Sequence[Word], before: Sequence[Word], behind: Sequence[Word]) -> bool:
    """Whether so short a phrase before a number looks like digits: a flag behind a number, or a quantity."""
    text = "".join(word.text for word in phrase)
    if len(text) > _LONGEST_FLAG or text.isdigit() or not behind[0].text[-1:].isdigit():
        return False
    if before and before[-1].text[-1:].isdigit():
        return len(text) > 1 or text in _LIKE_A_DIGIT
    return (set(text) <= _LIKE_A_QUANTITY or text in _MISREAD_ONES) and bool(_PRICE.search(behind[0].text))


def _is_quantity(phrase: Sequence[Word], behind: Sequence[Sequence[Word]]) -> bool:
    """Whether this is one digit before a price."""
    text = "".join(word.text for word in phrase)
    return len(text) == 1 and text.isdigit() and bool(behind) and bool(_PRICE.search(behind[0][0].text))


def _is_between_numbers(before: Sequence[Word], behind: Sequence[Sequence[Word]]) -> bool:
    """Whether what stands here is in a row of a table, which has a price at its end or two before."""
    if before and not before[-1].text[-1:].isdigit():
        return False
    at_end = bool(behind) and bool(_PRICE.search(behind[-1][-1].text))
    return at_end or sum(bool(_PRICE.search(word.text)) for word in before) > 1


def are_apart(left: PixelBox, right: PixelBox, pitch: float = 0.0) -> bool:
    """Whether two digits are too far apart to be of one number, whose digits are `pitch` heights apart where known."""
    height = min(left[3] - left[1], right[3] - right[1])
    middles = (right[0] + right[2] - left[0] - left[2]) / 2
    return middles >= (_APART_PITCH * pitch or _APART) * height and right[0] - left[2] >= _APART_INK * height


def _pitch(row: Sequence[Word]) -> float:
    """How many heights apart the digits of a line's numbers are; 0 where too few tell."""
    apart = [
        (right.box[0] + right.box[2] - left.box[0] - left.box[2]) / 2 / max(left.height, right.height, 1)
        for word in row
        if len(word.symbols) > _LONGEST_FLAG
        for left, right in pairwise(word.symbols)
        if left.text.isdigit() and right.text.isdigit()
    ]
    return median(apart) if len(apart) >= _TELLING else 0.0


def _is_digit_sized(part: PixelBox, area: Image.Image) -> bool:
    width, height = part[2] - part[0], part[3] - part[1]
    return width < height and 2 * height > area.height


def _apart(area: Image.Image) -> Iterator[PixelBox]:
    """The pieces of ink from left to right, without specks."""
    least = _SPECK * area.height
    for start, end in pieces(area):
        inked = area.crop((start, 0, end, area.height)).getbbox()
        if inked and max(end - start, inked[3] - inked[1]) > least:
            yield start, inked[1], end, inked[3]


def _spread(text: str, box: PixelBox, confidence: float, picture: Image.Image) -> tuple[Symbol, ...]:
    """Characters in the pieces of ink of a box where there are as many; else side by side, narrow ones take less."""
    left, top, right, bottom = box
    characters = [character for character in text if not character.isspace()]
    parts = pieces(ink(picture, box, darker_than=_INK))
    if len(parts) == len(characters):
        return tuple(
            Symbol(character, (left + start, top, left + end, bottom), confidence)
            for character, (start, end) in zip(characters, parts, strict=True)
        )
    widths = [0.5 if character in ".,'-/: " else 1.0 for character in text]
    unit = (right - left) / sum(widths)
    symbols = []
    x = float(left)
    for character, width in zip(text, widths, strict=True):
        if not character.isspace():
            symbols.append(Symbol(character, (round(x), top, round(x + width * unit), bottom), confidence))
        x += width * unit
    return tuple(symbols)


def blobs(picture: Image.Image, known: Iterable[PixelBox]) -> Iterator[PixelBox]:
    """Boxes of ink outside the known boxes, of a size that letters have."""
    rest = ink(picture, (0, 0, *picture.size), darker_than=_INK)
    for left, top, right, bottom in known:
        rest.paste(0, (left - _MARGIN, top - _MARGIN, right + _MARGIN, bottom + _MARGIN))
    columns, rows = -(-picture.width // _CELL), -(-picture.height // _CELL)
    cells = rest.resize((columns, rows), Image.Resampling.BOX).tobytes()
    free = {index for index, value in enumerate(cells) if value > 20}
    count = 0
    while free and count < _MOST_BLOBS:
        xs, ys = zip(*_connected(free, columns), strict=True)
        area = (min(xs) * _CELL, min(ys) * _CELL, (max(xs) + 1) * _CELL, (max(ys) + 1) * _CELL)
        inked = rest.crop(area).getbbox()
        if inked is None:
            continue
        box = (area[0] + inked[0], area[1] + inked[1], area[0] + inked[2], area[1] + inked[3])
        if _LOWEST <= box[3] - box[1] <= _HIGHEST and box[2] - box[0] <= _WIDEST:
            count += 1
            yield box


def _connected(free: set[int], columns: int) -> list[tuple[int, int]]:
    """Takes one group of neighbouring cells out of those that are free."""
    group, waiting = [], [free.pop()]
    while waiting:
        cell = waiting.pop()
        group.append((cell % columns, cell // columns))
        for step in (-columns - 1, -columns, -columns + 1, -1, 1, columns - 1, columns, columns + 1):
            if cell + step in free:
                free.remove(cell + step)
                waiting.append(cell + step)
    return group
