"""The words above a table, as columns: what each holds and where it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pulse.invoices.plain import labels
from pulse.invoices.plain.sheet import Row, Token, part, tokens
from pulse.invoices.text.page_text import Phrase

#: Words that a header's labels begin with.
_HEADER_WORDS = (
    frozenset(one[0] for one in labels.COLUMNS if len(one[0]) > 2) | labels.COLUMN_NOISE | {"q", "nb", "pu", "ep", "n"}
)
#: The same by their letters in alphabetical order.
_BY_LETTERS: dict[str, list[str]] = {}
for _word in sorted(_HEADER_WORDS):
    _BY_LETTERS.setdefault("".join(sorted(_word)), []).append(_word)


@dataclass(frozen=True)
class Column:
    """A column of a header: what it holds, and where its words stand."""

    key: str
    x0: float
    x1: float


@dataclass(frozen=True)
class Header:
    """The words above a table, as its columns from left to right."""

    columns: tuple[Column, ...]
    bottom: float

    def has(self, key: str) -> bool:
        return any(column.key == key for column in self.columns)

    def column(self, key: str) -> Column | None:
        return next((column for column in self.columns if column.key == key), None)


def find_header(rows: Sequence[Row], index: int) -> tuple[Header, int] | None:
    """The header that begins with this row and how many rows it has; None if the row is none."""
    known = sum(token.word in _HEADER_WORDS for phrase in rows[index].phrases for token in tokens(phrase.text))
    found = _columns(rows[index].phrases) if known > 1 else None
    if found is None:
        return None
    columns, strange = found
    if strange > max(2, len(columns) // 2):
        return None
    size, bottom = 1, rows[index].bottom
    if index + 1 < len(rows):
        below = rows[index + 1]
        if below.top - rows[index].bottom < 4 and not re.search(r"\d", below.text) and _second_line(below, columns):
            columns, size, bottom = _with_second_line(columns, rows[index], below), 2, below.bottom
    keys = {column.key for column in columns}
    if "amount" not in keys and "unit_price" in keys:
        last = max(columns, key=lambda column: column.x1)
        if last.key == "unit_price":
            columns = [Column("amount", one.x0, one.x1) if one is last else one for one in columns]
            keys = {column.key for column in columns}
    if len(keys) < 3 or "amount" not in keys or not keys & {"name", "code"} or len(keys) < len(columns):
        return None
    return Header(tuple(columns), bottom), size


def _columns(phrases: Sequence[Phrase]) -> tuple[list[Column], int] | None:
    """Columns named by these phrases, and how many words are none's; None where fewer than three are named."""
    columns: list[Column] = []
    strange: list[Phrase] = []
    for phrase in phrases:
        found = _header_words(phrase.text)
        at = 0
        while at < len(found):
            noise = found[at].word in labels.COLUMN_NOISE and at > 0 and not _is_tax_column(found, at, columns)
            matched = labels.COLUMNS.match(found, at)
            matched = None if matched and noise and matched[1] == 1 else matched
            if matched:
                piece = part(phrase, found[at].start, found[at + matched[1] - 1].end)
                columns.append(Column(matched[0], piece.x0, piece.x1))
                at += matched[1]
                continue
            if found[at].word in labels.COLUMN_NOISE and columns:
                columns[-1] = Column(columns[-1].key, columns[-1].x0, part(phrase, 0, found[at].end).x1)
            else:
                strange.append(part(phrase, found[at].start, found[at].end))
            at += 1
        if found and columns and not (strange and strange[-1].x1 > columns[-1].x1):
            columns[-1] = Column(columns[-1].key, columns[-1].x0, phrase.x1)
    columns = _resolved(columns)
    if len(columns) < 3:
        return None
    if strange and not any(column.key == "name" for column in columns):
        widest = max(strange, key=lambda one: one.x1 - one.x0)
        columns = sorted([*columns, Column("name", widest.x0, widest.x1)], key=lambda column: column.x0)
    return columns, len(strange)


def _is_tax_column(found: Sequence[Token], at: int, columns: Sequence[Column]) -> bool:
    """`Preis MWST %` are two columns whose words stand close together; `Betrag inkl. MWST` is one."""
    return (
        found[at].word in {"mwst", "tva", "iva"}
        and found[at - 1].word not in {"inkl", "incl", "exkl", "ohne", "mit"}
        and all(column.key != "vat_rate" for column in columns)
    )


def _header_words(text: str) -> list[Token]:
    """The words of a header; words that run into each other (`PreisMWST`), or over each other, are taken apart."""
    found: list[Token] = []
    for token in tokens(re.sub(r"(?<=[^\W\d_])\.(?=[^\W\d_])", "", text)):
        if (token.word,) in labels.COLUMNS or token.word in _HEADER_WORDS:
            found.append(token)
        elif cut := next((at for at in range(2, len(token.word)) if _are_two(token.word, at)), None):
            middle = token.start + cut
            found += [
                Token(token.word[:cut], token.start, middle),
                Token(_number_word(token.word[cut:]), middle, token.end),
            ]
        elif pair := _overprinted(token.word):
            middle = token.start + len(pair[0])
            found += [Token(pair[0], token.start, middle), Token(pair[1], middle, token.end)]
        else:
            found.append(token)
    return found


def _number_word(word: str) -> str:
    return "nr" if word == "n" else word


def _are_two(word: str, at: int) -> bool:
    return word[:at] in _HEADER_WORDS and word[at:] in _HEADER_WORDS


@lru_cache(maxsize=512)
def _overprinted(word: str) -> tuple[str, str] | None:
    """Two words that were printed over each other, so that their letters alternate (`QPtràezzo`).

    The one that begins more like the whole is the left one.
    """
    lefts = [one for one in _HEADER_WORDS if one[0] == word[0] and len(one) <= len(word) - 2]
    for left in sorted(lefts, key=lambda one: (-_same_letters(one, word), one)):
        for right in _BY_LETTERS.get(_letters_without(word, left), ()):
            if _interleave(word, left, right):
                return left, right
    return None


def _letters_without(word: str, part_of_it: str) -> str:
    """The letters of a word in alphabetical order, those of a part of it taken away."""
    letters = sorted(word)
    for letter in part_of_it:
        if letter not in letters:
            return ""
        letters.remove(letter)
    return "".join(letters)


def _same_letters(one: str, other: str) -> int:
    return next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one))


def _interleave(word: str, left: str, right: str) -> bool:
    """Whether a word is made up of two others, each with its letters in order."""
    reach = {0}
    for at, letter in enumerate(word):
        step = set()
        for taken in reach:
            if taken < len(left) and left[taken] == letter:
                step.add(taken + 1)
            if at - taken < len(right) and right[at - taken] == letter:
                step.add(taken)
        reach = step
    return len(left) in reach


def _resolved(columns: list[Column]) -> list[Column]:
    """Words that name two kinds of column get the one that is still missing."""
    seen: dict[str, int] = {}
    resolved: list[Column] = []
    for column in columns:
        key = column.key
        if key in seen:
            if key == "amount" and "unit_price" not in seen:
                at = seen["amount"]
                resolved[at] = Column("unit_price", resolved[at].x0, resolved[at].x1)
                seen["unit_price"] = at
            elif key == "line" and "code" not in seen:
                key = "code"
            elif key == "name" and "code" not in seen and seen["name"] == len(resolved) - 1:
                at = seen["name"]
                resolved[at] = Column("code", resolved[at].x0, resolved[at].x1)
                seen["code"] = at
        seen[key] = len(resolved)
        resolved.append(Column(key, column.x0, column.x1))
    return resolved


def _second_line(below: Row, columns: Sequence[Column]) -> bool:
    """Whether every phrase of the row below stands under a column and is no label of a total."""
    return all(
        any(phrase.x0 < column.x1 + 4 and phrase.x1 > column.x0 - 4 for column in columns)
        and not labels.TOTALS.first(phrase.text)
        for phrase in below.phrases
    ) and all(token.word in labels.COLUMN_NOISE or len(token.word) < 12 for token in tokens(below.text))


def _with_second_line(columns: list[Column], row: Row, below: Row) -> list[Column]:
    """Columns named over two lines: the words of both together where they are one label, else the wider edges."""
    result = []
    for column in columns:
        under = [one for one in below.phrases if one.x0 < column.x1 + 4 and one.x1 > column.x0 - 4]
        key = column.key
        if under:
            above = next((one for one in row.phrases if one.x0 <= column.x0 + 0.1 and one.x1 >= column.x1 - 0.1), None)
            both = f"{above.text} {under[0].text}" if above else under[0].text
            key = labels.COLUMNS.whole(both) or key
            column = Column(key, min(column.x0, under[0].x0), max(column.x1, under[0].x1))  # noqa: PLW2901
        result.append(column)
    return result
