"""The columns of the table of positions: found by the header's own words, filled by alignment.

Numbers stand right-aligned below their heading, texts left-aligned; a line's cells keep the columns' order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

from pulse.invoices.forms import labels
from pulse.invoices.forms.lines import PrintedLine, height, joined
from pulse.invoices.forms.vocabulary import Vocabulary, spelling, words_of
from pulse.invoices.text.page_text import Glyph, Phrase

_MEANINGS = Vocabulary(labels.COLUMNS)
_ORDER = {name: index for index, name in enumerate(labels.COLUMNS)}
_FLAGS = ("responsible", "provider", "obligation", "vat")
#: With fewer of them, one was not seen, perhaps the last.
_MIN_FLAGS = 3
_TEXTS = frozenset({"date", "tariff", "code"})
#: What a table of positions has at the least, beside three other columns.
_NEEDED = frozenset({"code", "quantity", "amount"})
_MIN_COLUMNS = 5
#: Points by which a cell may stand off its heading; what a cell costs that is aligned otherwise, or left out.
_ALIGNED, _OTHERWISE, _LEFT_OUT = 5.0, 3.0, 8.0
#: A heading of one letter is at most this far from the next one.
_FLAG_DISTANCE = 30.0
#: Heights of a letter between the words of one heading, and between the digits of one code.
_WORD_GAP, _DIGIT_GAP = 0.7, 0.42
#: Digits nearer than this to a number may be a part of it.
_REMAINDER_GAP = 1.2
_MARGIN = 2.5
_TARIFF_AND_CODE = re.compile(r"[0-9A-Z]{3}[0-9A-Z.]{3,}")
_SIGNS = frozenset("-−–")
_THOUSANDS = re.compile(r"[-−–]?\d{1,3}(?: ?\d{3})*")
_FOLLOWING = re.compile(r"\d{3}(?:[.,](?:\d{1,4}|[-–—]{1,2}))?")

Edges = tuple[float, float]


@dataclass(frozen=True)
class Columns:
    """Left and right edges by meaning; `flags` are the headings of one letter, by theirs."""

    edges: dict[str, Edges]
    flags: dict[str, Edges]

    @property
    def are_of_the_form(self) -> bool:
        """Whether these are the Forum's columns: only its form parts a price into medical and technical."""
        return self.edges.keys() >= {"date", "tariff", "scale", "point_value"}

    @property
    def code_x(self) -> float:
        return self.edges["code"][0]

    @property
    def names_end(self) -> float:
        """How far to the right names go: to the first flag, or to the amounts."""
        return min((left for left, _ in self.flags.values()), default=self.edges["amount"][0])

    def cells(self, line: PrintedLine) -> dict[str, Phrase]:
        """The line's words by column; a line that ends before the amounts has none. `read_flags` reads the flags."""
        if line.words[-1].x1 < self.edges["amount"][0] - _ALIGNED:
            return {}
        words = [part for word in line.words if not self._is_flag(word) for part in self._parted(word)]
        words = _with_whole_code(words, self.code_x)
        words = _with_whole_numbers(words, self.code_x)
        taken = self._assign(words)
        left_out = set(range(len(words))) - set(taken.values())
        return {
            column: _with_remainder(words[index - 1], words[index]) if index - 1 in left_out else words[index]
            for column, index in taken.items()
        }

    def read_flags(self, line: PrintedLine) -> dict[str, str]:
        """Columns of one digit stand so close that they are told apart glyph by glyph."""
        found: dict[str, str] = {}
        starts, ends = self._flags_span
        for glyph in line.line.glyphs:
            if starts < (glyph.x0 + glyph.x1) / 2 < ends:
                name = min(self.flags, key=lambda one: abs(glyph.x1 - self.flags[one][1]))
                found[name] = found.get(name, "") + glyph.text
        return found

    def _parted(self, word: Phrase) -> list[Phrase]:
        """A tariff that touches its code, as after a scan, is a word of its own: three characters."""
        begins, ends = word.x0 < self.code_x - _ALIGNED, word.x1 > self.code_x + 2 * _ALIGNED
        if "tariff" not in self.edges or not (begins and ends and _TARIFF_AND_CODE.fullmatch(word.text)):
            return [word]
        _, top, right, bottom = word.box
        return [
            Phrase(word.text[:3], (self.edges["tariff"][0], top, self.code_x, bottom), word.bold),
            Phrase(word.text[3:], (self.code_x, top, right, bottom), word.bold),
        ]

    def _is_flag(self, word: Phrase) -> bool:
        starts, ends = self._flags_span
        x0, _, x1, _ = word.box
        return starts < x1 < ends and starts < (x0 + x1) / 2

    @cached_property
    def _flags_span(self) -> Edges:
        """Where flags may stand; nowhere if there are none."""
        if not self.flags:
            return math.inf, -math.inf
        starts, ends = zip(*self.flags.values(), strict=True)
        return min(starts) - _MARGIN, max(ends) + _MARGIN

    @cached_property
    def _in_order(self) -> list[tuple[str, float, float]]:
        return [(name, *self.edges[name]) for name in _ORDER if name in self.edges]

    def _assign(self, words: Sequence[Phrase]) -> dict[str, int]:
        """The cheapest way to give words to columns without crossing; `best` is by the last column used."""
        all_fits = [self._fits(word) for word in words]
        if (only := _only_way(all_fits)) is not None:
            return {self._in_order[at][0]: index for index, at in only}
        best: dict[int, tuple[float, dict[str, int]]] = {-1: (0.0, {})}
        for index, fits in enumerate(all_fits):
            after = {last: (cost + _LEFT_OUT, taken) for last, (cost, taken) in best.items()}
            for at, cost in fits:
                before = min(
                    ((so_far, taken) for last, (so_far, taken) in best.items() if last < at), key=lambda one: one[0]
                )
                if at not in after or before[0] + cost < after[at][0]:
                    after[at] = (before[0] + cost, {**before[1], self._in_order[at][0]: index})
            best = after
        return min(best.values(), key=lambda one: one[0])[1]

    def _fits(self, word: Phrase) -> list[tuple[int, float]]:
        """The columns that a word may belong to, and what that costs."""
        x0, _, x1, _ = word.box
        return [
            (at, cost)
            for at, (name, left, right) in enumerate(self._in_order)
            if x0 - _ALIGNED < right and left < x1 + _ALIGNED and (cost := _cost(x0, x1, name, left, right)) <= _ALIGNED
        ]


def _only_way(all_fits: Sequence[Sequence[tuple[int, float]]]) -> list[tuple[int, int]] | None:
    """Where no word may belong to two columns, and no two cross: words with their columns. Nothing is to be weighed."""
    only = [(index, fits[0][0]) for index, fits in enumerate(all_fits) if fits]
    if any(len(fits) > 1 for fits in all_fits) or any(left >= right for (_, left), (_, right) in pairwise(only)):
        return None
    return only


def _cost(x0: float, x1: float, name: str, left: float, right: float) -> float:
    """How far a word stands off a column: on the side where its cells are aligned, or, for more, on another one."""
    by_left, by_right = abs(x0 - left), abs(x1 - right)
    by_middle = abs(x0 + x1 - left - right) / 2
    usual, other = (by_left, by_right) if name in _TEXTS else (by_right, by_left)
    return min(usual, other + _OTHERWISE, by_middle + _OTHERWISE)


def _with_remainder(left_out: Phrase, word: Phrase) -> Phrase:
    """`89 45` may be 89.45: a number beside digits that belong to no column is no number. OCR parts `1 .00`."""
    if word.x0 - left_out.x1 > _REMAINDER_GAP * height(word) or not left_out.text[-1:].isdigit():
        return word
    whole = joined([left_out, word])
    if word.text.startswith(".") and word.confidence < 1:
        return Phrase(f"{left_out.text}{word.text}", whole.box, whole.bold, word.confidence)
    return Phrase(f"{left_out.text} … {word.text}", whole.box, whole.bold)


def find_columns(line: PrintedLine, *, exactly: bool) -> Columns | None:
    """The columns that a line of headings names; None if this is no such line.

    The last heading is the amount's, written `exactly` or with a wrong letter.
    """
    last = next((word.text for word in reversed(line.words) if spelling(word.text)), "")
    if (_MEANINGS.exactly(last) if exactly else _MEANINGS.meaning(last)) != "amount":
        return None
    words = [word for word in line.words if spelling(word.text)]
    if len(words) < _MIN_COLUMNS:
        return None
    letters = [(letter, glyph) for glyph in line.line.glyphs for letter in spelling(glyph.text)]
    edges, unknown = _read_headings("".join(one for one, _ in letters), [glyph for _, glyph in letters], words)
    flags = {"vat": edges.pop("vat")} if "vat" in edges else _take_flags(unknown)
    _guess(edges, unknown)
    if not edges.keys() >= _NEEDED or len(edges) < _MIN_COLUMNS:
        return None
    return Columns(edges, flags)


def _spelled_headings() -> dict[str, list[tuple[str, str]]]:
    """Headings as they are spelled, with their meanings, by the first letter; the longest first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, by_language in labels.COLUMNS.items():
        for spelled in {spelling(word) for word in words_of(by_language)}:
            found.setdefault(spelled[0], []).append((spelled, name))
    return {letter: sorted(headings, key=lambda one: -len(one[0])) for letter, headings in found.items()}


_SPELLED = _spelled_headings()


def _read_headings(
    text: str, glyphs: Sequence[Glyph], words: Sequence[Phrase]
) -> tuple[dict[str, Edges], list[Phrase]]:
    """Headings from left to right in a line's letters; two may touch (`fALTPW AL`).

    What no table knows comes back as words.
    """
    lengths = accumulate((len(spelling(word.text)) for word in words), initial=0)
    starts = dict(zip(lengths, words, strict=False))
    borders = {*starts, len(text)}
    edges: dict[str, Edges] = {}
    unknown: list[Phrase] = []
    at, last = 0, -1
    while at < len(text):
        found = _heading_at(text, at, last, borders)
        if found is None:
            if at in starts:
                unknown.append(starts[at])
            at = min((start for start in starts if start > at), default=len(text))
            continue
        name, length = found
        edges[name] = (glyphs[at].x0, glyphs[at + length - 1].x1)
        last, at = _ORDER[name], at + length
    return edges, unknown


def _heading_at(text: str, at: int, last: int, borders: set[int]) -> tuple[str, int] | None:
    """The longest heading that begins here, stands right of the last one and ends at a word or at another heading."""
    for spelled, name in _SPELLED.get(text[at], ()):
        if text.startswith(spelled, at) and _ORDER[name] > last:
            end = at + len(spelled)
            if end in borders or _heading_at(text, end, _ORDER[name], borders):
                return name, len(spelled)
    end = min(border for border in borders if border > at)
    guessed = _MEANINGS.meaning(text[at:end])
    return (guessed, end - at) if guessed and end - at > 1 and _ORDER[guessed] > last else None


def _take_flags(unknown: list[Phrase]) -> dict[str, Edges]:
    """The letters before the amount: A, V, (P), M. The last one is the code of the VAT rate, whatever its letter."""
    letters: list[Edges] = []
    while unknown and (word := unknown[-1]).text.isalpha() and word.text.isupper():
        if len(letters) + len(word.text) > len(_FLAGS):
            break
        if letters and letters[0][0] - word.x1 > _FLAG_DISTANCE:
            break
        unknown.pop()
        share = (word.x1 - word.x0) / len(word.text)
        letters = [
            *((word.x0 + index * share, word.x0 + (index + 1) * share) for index in range(len(word.text))),
            *letters,
        ]
    if not _MIN_FLAGS <= len(letters) <= len(_FLAGS):
        return {}
    names = _FLAGS if len(letters) == len(_FLAGS) else (*_FLAGS[: len(letters) - 1], "vat")
    return dict(zip(names, letters, strict=True))


def _guess(edges: dict[str, Edges], unknown: Sequence[Phrase]) -> None:
    """A heading that no table knows is the code, the quantity or the price where the form has just these."""
    headings = _headings_of(unknown)
    neighbours = (
        ("code", "tariff", "quantity"),
        ("quantity", "code", "unit_price"),
        ("unit_price", "quantity", "amount"),
    )
    for name, before, behind in neighbours:
        if name not in edges and before in edges and behind in edges:
            between = [edge for edge in headings if edges[before][1] < edge[0] and edge[1] < edges[behind][0]]
            rivals = [edge for one, edge in edges.items() if one not in {before, behind}]
            if name == "quantity" and between:
                edges[name] = between[-1]
            elif between and not any(edges[before][1] < edge[0] < between[0][0] for edge in rivals):
                edges[name] = between[0]


def _headings_of(words: Sequence[Phrase]) -> list[Edges]:
    groups: list[list[Phrase]] = []
    for word in words:
        if groups and 0 <= word.x0 - groups[-1][-1].x1 <= _WORD_GAP * height(word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return [(group[0].x0, group[-1].x1) for group in groups]


def _with_whole_code(words: list[Phrase], code_x: float) -> list[Phrase]:
    """`7680 49493 010 1` is one code."""
    start = next((index for index, word in enumerate(words) if abs(word.x0 - code_x) < _ALIGNED), None)
    if start is None:
        return words
    end = start + 1
    while end < len(words) and _touch(words[end - 1], words[end]) and words[end].text.isdecimal():
        end += 1
    whole = joined(words[start:end])
    return [*words[:start], Phrase(whole.text.replace(" ", ""), whole.box, whole.bold), *words[end:]]


def _with_whole_numbers(words: list[Phrase], code_x: float) -> list[Phrase]:
    """`1 234.50` is one number, and so is `- 5.00`."""
    whole: list[Phrase] = words[:1]
    for before, word in pairwise(words):
        if before.x0 > code_x + _ALIGNED and _touch(before, word) and _are_one_number(before.text, word.text):
            last = joined([whole[-1], word])
            whole[-1] = Phrase(last.text.replace(" ", ""), last.box, last.bold)
        else:
            whole.append(word)
    return whole


def _touch(left: Phrase, right: Phrase) -> bool:
    return right.x0 - left.x1 <= _DIGIT_GAP * height(right)


def _are_one_number(left: str, right: str) -> bool:
    """Thousands and what follows them, or a sign and what it stands before."""
    grouped = _THOUSANDS.fullmatch(left) and _FOLLOWING.fullmatch(right)
    return bool(grouped) or (left in _SIGNS and right[:1].isdigit())
