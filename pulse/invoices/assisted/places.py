"""Where a copied value stands on the pages: whole words of one line, character by character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pulse.invoices.draft import Box, around
from pulse.invoices.record import PageWords, Word

_MAX_WORDS = 30
#: What may stand around a value on its line without being part of it.
_EDGES = ":;,.()[]\"'«»"


@dataclass(frozen=True)
class Place:
    """The words that hold a value; `confidence` is that of the least sure one, 1 for a text layer."""

    page: int
    box: Box
    confidence: float


class Pages:
    """The words of a document, searched for values."""

    def __init__(self, pages: Sequence[PageWords]) -> None:
        self._lines = [(page.page, line) for page in pages for line in page.lines]

    def find(self, value: str, *, near: Place | None = None) -> Place | None:
        """Where the value stands; of several places the one nearest to `near`, else the first. None: nowhere."""
        wanted = _plain(value)
        if not wanted:
            return None
        found = [place for page, line in self._lines for place in _in_line(page, line, wanted)]
        if near is None:
            return found[0] if found else None
        same_page = [place for place in found if place.page == near.page]
        return min(same_page, key=lambda place: abs(place.box[1] - near.box[1]), default=None)


def _in_line(page: int, line: Sequence[Word], wanted: str) -> list[Place]:
    places = []
    for start in range(len(line)):
        joined = ""
        for end in range(start, min(start + _MAX_WORDS, len(line))):
            joined += _plain(line[end].text)
            if joined in (wanted, wanted.strip(_EDGES)) or joined.strip(_EDGES) == wanted:
                places.append(_place(page, line[start : end + 1]))
                break
            if len(joined) > len(wanted) + 2 * len(_EDGES):
                break
    return places


def _place(page: int, words: Sequence[Word]) -> Place:
    box = around([word.box for word in words])
    return Place(page, box, min(1.0 if word.confidence is None else word.confidence for word in words))


def _plain(text: str) -> str:
    """Blanks do not count: a number may be copied with other gaps than it was printed with."""
    return "".join(text.split())
