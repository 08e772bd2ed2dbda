"""From what the readers hold in their hands to the record of a reading."""

from __future__ import annotations

from collections.abc import Iterable

from pulse.invoices.codes.pictures import Code
from pulse.invoices.draft import Box
from pulse.invoices.record import CodeSeen, PageWords, Word
from pulse.invoices.text.ocr import ScannedPage
from pulse.invoices.text.page_text import PageText, Phrase

#: A page has a few hundred words. What goes beyond these numbers is left out, and the record says that it was cut.
MAX_WORDS, MAX_CODES = 20_000, 300
MAX_CHARACTERS = 2000


def words_of(pages: Iterable[PageText]) -> tuple[tuple[PageWords, ...], bool]:
    """The pages' words, and whether some were left out."""
    kept, room = [], MAX_WORDS
    for page in pages:
        lines = []
        for line in page.lines:
            words = line.words()
            if kept_words := words[: max(room, 0)]:
                lines.append(tuple(_word(page, word) for word in kept_words))
            room -= len(words)
        kept.append(
            PageWords(
                page=page.number,
                width=page.width,
                height=page.height,
                source=page.source,
                hidden=page.hidden,
                lines=tuple(lines),
            )
        )
    return tuple(kept), room < 0


def codes_of(codes: Iterable[Code]) -> tuple[CodeSeen, ...]:
    """The codes as they were found."""
    return tuple(
        CodeSeen(
            kind="qr" if code.is_qr else "data_matrix",
            page=code.page,
            x=round(code.x, 1),
            y=round(code.y, 1),
            side=round(code.side, 1),
            orientation=code.orientation,
            text=code.text[:MAX_CHARACTERS],
        )
        for code in list(codes)[:MAX_CODES]
    )


def _word(page: PageText, word: Phrase) -> Word:
    """A word in its place on the sheet, with what OCR thinks of it."""
    box = page.placement.on_sheet(word.box) if isinstance(page, ScannedPage) else word.box
    confidence = word.confidence if page.source == "ocr" else None
    return Word(text=word.text[:MAX_CHARACTERS], box=_rounded(box), confidence=confidence)


def _rounded(box: Box) -> Box:
    x0, top, x1, bottom = box
    return round(x0, 1), round(top, 1), round(x1, 1), round(bottom, 1)
