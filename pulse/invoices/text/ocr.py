"""The text of scanned pages by tesseract (extra `ocr`), in the words' own places: a layout reader sees no difference.

Tesseract runs as a library within the sandboxed child, on a picture that we rendered: no other process sees the page.
Languages are those of Swiss invoices, as far as their data is installed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

from PIL import Image

from pulse.invoices.codes.pictures import Rasterizer
from pulse.invoices.text.ocr_again import SecondReading, with_overlooked
from pulse.invoices.text.ocr_data import data_folder, installed
from pulse.invoices.text.ocr_picture import DPI, Placement, Straight, fullest_band, straightened, turned_over
from pulse.invoices.text.ocr_specks import without_specks
from pulse.invoices.text.ocr_symbols import Symbol, Word
from pulse.invoices.text.ocr_words import glyphs_of
from pulse.invoices.text.page_text import PageText, lines

#: Confidence of what is read the right way up; below, it is tried on its head too.
_SURE = 0.7
#: Paper up to this width is a till's roll (58 or 80 mm): one column, whose amounts stand far from their words.
_ROLL_MM, _MM_IN_INCH = 100, 25.4


@dataclass(frozen=True)
class ScannedPage(PageText):
    """A page's text as OCR read it: boxes are those of the straight page, `placement` tells how it lay."""

    placement: Placement = Placement(0, 0.0, 0.0, 0.0)  # noqa: RUF009  frozen


class PageReader:
    """Reads scanned pages; loads the languages once. Only where `data_folder()` finds them."""

    def __init__(self) -> None:
        import tesserocr  # noqa: PLC0415  the extra `ocr`, loaded where a page needs it

        folder = data_folder() or ""
        self._levels, self._modes = tesserocr.RIL, tesserocr.PSM
        self._api = tesserocr.PyTessBaseAPI(path=folder, lang="+".join(installed(folder)), oem=tesserocr.OEM.LSTM_ONLY)
        self._again = SecondReading(folder)

    def close(self) -> None:
        """Gives the languages' memory back."""
        self._api.End()
        self._again.close()

    def read(self, rasterizer: Rasterizer, number: int) -> ScannedPage:
        """A page (from 1), turned upright and read."""
        picture, scale = rasterizer.picture(number, DPI)
        straight = straightened(picture, scale)
        is_roll = straight.picture.width / DPI * _MM_IN_INCH <= _ROLL_MM
        self._api.SetPageSegMode(self._modes.SINGLE_BLOCK if is_roll else self._modes.AUTO)
        if self._stands_on_its_head(straight):
            straight = turned_over(straight)
        straight = replace(straight, picture=without_specks(straight.picture))
        rows = self._rows(straight.picture)
        rows = [self._again.confirmed_row(row, straight.picture) for row in rows]
        rows = with_overlooked(rows, self._again.overlooked(rows, straight.picture))
        place = straight.placement
        return ScannedPage(
            number,
            place.width,
            place.height,
            lines(glyphs_of(rows, straight.picture, scale)),
            has_image=True,
            hidden=0,
            source="ocr",
            placement=place,
        )

    def _stands_on_its_head(self, straight: Straight) -> bool:
        """By the band of the page that has most to read."""
        band = fullest_band(straight.picture)
        upright = _confidence(self._rows(band))
        return upright < _SURE and _confidence(self._rows(band.transpose(Image.Transpose.ROTATE_180))) > upright

    def _rows(self, picture: Image.Image) -> list[list[Word]]:
        """The words of each line that tesseract sees."""
        api = self._api
        api.SetImage(picture)
        api.SetSourceResolution(DPI)
        api.Recognize()
        iterator = api.GetIterator()
        try:
            return list(self._lines(iterator)) if iterator else []
        finally:
            api.Clear()

    def _lines(self, iterator: Any) -> Iterator[list[Word]]:
        level, row = self._levels, []
        symbols: list[Symbol] = []
        confidence = 0.0
        while True:
            if iterator.IsAtBeginningOf(level.WORD):
                if symbols:
                    row.append(Word(tuple(symbols), confidence))
                symbols, confidence = [], _share(iterator, level.WORD)
                if row and iterator.IsAtBeginningOf(level.TEXTLINE):
                    yield row
                    row = []
            if text := _text(iterator, level.SYMBOL):
                symbols.append(Symbol(text, iterator.BoundingBox(level.SYMBOL), _share(iterator, level.SYMBOL)))
            if not iterator.Next(level.SYMBOL):
                break
        if symbols:
            row.append(Word(tuple(symbols), confidence))
        if row:
            yield row


def read_pictures(rasterizer: Rasterizer, pages: Sequence[int]) -> list[ScannedPage]:
    """The text of these pages; nothing where tesseract is not installed."""
    if data_folder() is None:
        return []
    reader = PageReader()
    try:
        return [reader.read(rasterizer, page) for page in pages]
    finally:
        reader.close()


def _confidence(rows: Sequence[Sequence[Word]]) -> float:
    """The page's, by its characters."""
    words = [word for row in rows for word in row]
    return mean(word.confidence for word in words for _ in word.symbols) if words else 0.0


def _share(iterator: Any, level: Any) -> float:
    try:
        return max(0.0, min(1.0, float(iterator.Confidence(level)) / 100))
    except RuntimeError:
        return 0.0


def _text(iterator: Any, level: Any) -> str:
    try:
        return str(iterator.GetUTF8Text(level)).strip()
    except RuntimeError:
        return ""
