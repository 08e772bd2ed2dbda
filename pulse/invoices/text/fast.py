"""The glyphs of a page from pdfium, character by character: a tenth of what pdfminer costs.

pdfium's own words are not used: it joins and parts them differently from version to version. It is a C++ library that
opens strangers' files, so nothing here runs outside the sandbox's child.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref
from typing import Any

import pypdfium2

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.text import page_text, pdfium, visibility
from pulse.invoices.text.characters import Font, PageCharacters
from pulse.invoices.text.page_objects import PageObjects
from pulse.invoices.text.page_text import PageText
from pulse.invoices.text.placing import Painted, placed, turn_of
from pulse.invoices.text.sheet import Sheet


class NotOpened(Exception):
    """pdfium cannot open this document or one of its pages."""


def read_pages(data: bytes, *, max_pages: int) -> list[PageText]:
    """What a person sees on each page.

    Raises `NotOpened`; `Unreadable` with P102 encrypted, P105 too many pages, P106 too much text.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code in {pdfium.ERROR_PASSWORD, pdfium.ERROR_SECURITY}:
            raise Unreadable("The PDF is encrypted.", code=Reason.ENCRYPTED) from error
        raise NotOpened from error
    try:
        if len(document) > max_pages:
            raise Unreadable(
                "The PDF has too many pages.", code=Reason.TOO_MANY_PAGES, limit=max_pages, pages=len(document)
            )
        handle = ctypes.cast(document.raw, ctypes.c_void_p).value
        assert handle
        reader = _Reader(handle)
        return [reader.read(number) for number in range(1, len(document) + 1)]
    finally:
        document.close()


class _Reader:
    """Reads the pages of one open document; fonts are measured once."""

    def __init__(self, document: int) -> None:
        self._document = document
        self._fonts: dict[int, Font] = {}
        self._read = 0

    def read(self, number: int) -> PageText:
        """One page (from 1); if it lies on its side or its head it is turned upright."""
        with _opened(pdfium.load_page(self._document, number - 1), pdfium.close_page) as page:
            rotation, frame = pdfium.page_rotation(page) * 90, pdfium.Rectangle()
            if not pdfium.page_box(page, byref(frame)):
                raise NotOpened
            corners = (frame.left, frame.bottom, frame.right, frame.top)
            objects = PageObjects(page)
            with _opened(pdfium.load_text(page), pdfium.close_text) as text:
                painted = self._painted(text, objects)
            sheet = Sheet(corners, rotation)
            if turn := turn_of(painted, sheet):
                sheet = Sheet(corners, rotation + turn)
            runs, hidden = placed(painted, sheet, objects)
        lines = page_text.lines(runs)
        return PageText(number, round(sheet.width, 1), round(sheet.height, 1), lines, bool(objects.images), hidden)

    def _painted(self, text: int, objects: PageObjects) -> list[Painted]:
        characters = PageCharacters(text, objects, self._fonts)
        self._read += characters.count
        if self._read > visibility.MAX_GLYPHS:
            raise visibility.too_much_text()
        return characters.painted()


@contextmanager
def _opened(handle: int | None, close: Any) -> Iterator[int]:
    if not handle:
        raise NotOpened
    try:
        yield handle
    finally:
        close(handle)
