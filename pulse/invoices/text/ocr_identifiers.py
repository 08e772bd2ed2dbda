"""Identifiers that OCR saw nearly right: their form, and the check digit of those that have one, say what was meant.

What is put right here is a guess all the same, so such a word is never sure.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pulse.base.identifiers import is_ahv_number, is_gln, is_uid
from pulse.invoices.text.ocr_symbols import Symbol, Word

_CONFIDENCE = 0.5
_DIGITS = str.maketrans("SOoQlIBZ", "50001182")
_HEXADECIMAL = str.maketrans("lIoOSgqzZ", "110059922")
_GUID = re.compile(r"[0-9a-f]{32}")
#: A UID or AHV number with whatever marks stand between its digits.
_UID, _AHV = re.compile(r"CHE[-–.,]?[\dSOoQlIBZ.,]{9,13}"), re.compile(r"756[.,:;]+[\d.,:;]{10,16}")
_POINTS = frozenset(".,:;")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]*)+")
#: Heights of a letter: so far apart are the parts of a mail address at most.
_ADDRESS_GAP = 1.2


def with_identifiers(words: Sequence[Word]) -> list[Word]:
    """The words of a line, mail addresses in one piece, identifiers as their form wants them."""
    return [_meant(word) for word in _with_addresses(words)]


def is_in_one_piece(word: Word) -> bool:
    """Whether a word is a number whose check digit fits, so that no gap within it is a blank."""
    text = word.text.strip("(),;:")
    return any(check(text) for check in (is_gln, is_ahv_number, is_uid) if len(text) >= 12)


def _meant(word: Word) -> Word:
    text = word.text
    if len(text) == 32 and not _GUID.fullmatch(text.lower()) and _GUID.fullmatch(text.translate(_HEXADECIMAL).lower()):
        return _written(word, text.translate(_HEXADECIMAL).lower())
    if _UID.fullmatch(text) and is_uid(uid := "CHE" + text[3:].translate(_DIGITS).replace(",", ".")):
        return _written(word, uid)
    if _AHV.fullmatch(text):
        pointed = _pointed(word)
        return pointed if is_ahv_number(pointed.text) else word
    return word


def _written(word: Word, text: str) -> Word:
    if text == word.text:
        return word
    pairs = zip(word.symbols, text, strict=True)
    symbols = tuple(replace(symbol, text=character) for symbol, character in pairs)
    return Word(symbols, min(word.confidence, _CONFIDENCE))


def _pointed(word: Word) -> Word:
    """With one point where marks stand."""
    symbols = list[Symbol]()
    for symbol in word.symbols:
        if symbol.text not in _POINTS:
            symbols.append(symbol)
        elif symbols[-1].text != ".":
            symbols.append(replace(symbol, text="."))
    pointed = Word(tuple(symbols), min(word.confidence, _CONFIDENCE))
    return word if pointed.text == word.text else pointed


def _with_addresses(words: Sequence[Word]) -> Iterator[Word]:
    """Words of which the parts of a mail address, torn apart at its mark or its last point, are one."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        for count in (2, 1):
            parts = [word, *rest[:count]]
            if len(parts) > count and _is_address(parts):
                del rest[:count]
                word = Word(_closed(parts), min(part.confidence for part in parts))
                break
        yield word


def _is_address(parts: Sequence[Word]) -> bool:
    if not _ADDRESS.fullmatch("".join(part.text for part in parts)):
        return False
    ends = [part.text for part in parts]
    torn = all(one.endswith(("@", ".")) or other.startswith(("@", ".")) for one, other in itertools.pairwise(ends))
    near = all(
        other.box[0] - one.box[2] <= _ADDRESS_GAP * (other.box[3] - other.box[1])
        for one, other in itertools.pairwise(parts)
    )
    return torn and near


def _closed(parts: Sequence[Word]) -> tuple[Symbol, ...]:
    """The symbols of these words, each up to the next word's first."""
    symbols = list(parts[0].symbols)
    for part in parts[1:]:
        left, top, _, bottom = symbols[-1].box
        right = part.symbols[0].box[0]
        symbols[-1] = replace(symbols[-1], box=(min(left, right - 1), top, right, bottom))
        symbols += part.symbols
    return tuple(symbols)
