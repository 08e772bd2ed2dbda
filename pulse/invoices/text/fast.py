"""The glyphs of a page from pdfium, character by character: a tenth of what pdfminer costs.

pdfium's own words are not used: it joins and parts them differently from version to version. It is a C++ library that
opens strangers' files, so nothing here runs outside the sandbox's child.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref
from dataclasses import dataclass
from typing import Any

import pypdfium2

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.text import page_text, pdfium, visibility
from pulse.invoices.text.page_objects import PageObjects
from pulse.invoices.text.page_text import PageText
from pulse.invoices.text.placing import Character, Painted, Style, placed, turn_of
from pulse.invoices.text.sheet import Sheet

_MOST_NAME_BYTES = 200
_ONE_EM = ctypes.c_float(1.0)
#: What pdfium calls a hyphen at the end of a line.
_HYPHENS = frozenset({"\x02", "\ufffe"})
#: Between blanks; the end of a line may also be what pdfium says for a glyph that it has no character for.
_WORD = re.compile(r"[^ \r\n]+|[\r\n]")
_REPLACEMENT = "\ufffd"
#: In ems.
_NEARLY = 0.01


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
            raise Unreadable("The PDF has too many pages.", code=Reason.TOO_MANY_PAGES, limit=max_pages)
        handle = ctypes.cast(document.raw, ctypes.c_void_p).value
        assert handle
        reader = _Reader(handle)
        return [reader.read(number) for number in range(1, len(document) + 1)]
    finally:
        document.close()


@dataclass(frozen=True)
class _Font:
    """A font's weight, and by pdfium's character what is seen and its advance in ems, found out once each."""

    handle: pdfium.Handle
    bold: bool
    printed: dict[str, tuple[str, float]]


class _Reader:
    """Reads the pages of one open document; fonts are measured once."""

    def __init__(self, document: int) -> None:
        self._document = document
        self._fonts: dict[int, _Font] = {}
        self._read = 0
        self._matrix, self._rectangle = pdfium.Matrix(), pdfium.Rectangle()
        self._matrix_ref, self._rectangle_ref = byref(self._matrix), byref(self._rectangle)
        #: Of the matrix, what does not say where it stands.
        self._vectors = (ctypes.c_float * 4).from_buffer(self._matrix)
        self._color = (ctypes.c_uint * 4)()
        self._color_refs = [byref(self._color, 4 * index) for index in range(4)]
        self._number = ctypes.c_float()
        self._number_ref = byref(self._number)
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._x_ref, self._y_ref = byref(self._x), byref(self._y)

    def read(self, number: int) -> PageText:
        """One page (from 1); if it lies on its side or its head it is turned upright."""
        with _opened(pdfium.load_page(self._document, number - 1), pdfium.close_page) as page:
            rotation = pdfium.page_rotation(page) * 90
            if not pdfium.page_box(page, self._rectangle_ref):
                raise NotOpened
            frame = self._rectangle
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

    def _painted(self, page: int, objects: PageObjects) -> list[Painted]:
        said, text = self._said(page), pdfium.Handle(page)
        styles: dict[object, tuple[_Font, Style]] = {}
        painted: list[Painted] = []
        before = None
        for owner, start, end in _owners(text, said):
            if owner != before:
                font, style = self._style(owner, text, start, objects, styles)
                characters: list[Character] = []
                painted.append(Painted(style, objects.order.get(owner, 1 << 62), characters))
                before = owner
            self._add(characters, said, font, style, text, range(start, end))
        return painted

    def _add(  # noqa: PLR0917
        self, characters: list[Character], said: str, font: _Font, style: Style, text: pdfium.Handle, indices: range
    ) -> None:
        """Adds what these indices of the text show, of one text object."""
        origin, printed = pdfium.origin, font.printed
        x, y, x_ref, y_ref = self._x, self._y, self._x_ref, self._y_ref
        before = characters[-1][1] if characters else None
        for index in indices:
            character = said[index]
            try:
                seen, advance = printed[character]
            except KeyError:
                seen, advance = printed[character] = self._printed(character, font, style, text, index)
            if not seen:
                continue
            origin(text, index, x_ref, y_ref)
            at = x.value
            if at == before and characters[-1][2] == y.value:
                # The letters of a ligature stand at one place; the last one's box ends where all of them end.
                letters = characters.pop()[0]
                seen, advance = letters + seen, self._reach(style, text, index)
            characters.append((seen, at, y.value, advance))
            before = at

    def _said(self, text: int) -> str:
        """One character for each index of the page's text."""
        count = pdfium.count_characters(text)
        self._read += count
        if self._read > visibility.MAX_GLYPHS:
            raise visibility.too_much_text()
        buffer = (ctypes.c_ushort * (count + 1))()
        pdfium.characters(text, 0, count, buffer)
        said = bytes(buffer).decode("utf-16-le", errors="replace").partition("\0")[0]
        if len(said) == count:
            return said
        # Characters that mean nothing are left out of the text, and rare ones are two units long.
        return "".join(chr(pdfium.character(text, index)) for index in range(count))

    def _style(
        self,
        owner: int,
        text: pdfium.Handle,
        index: int,
        objects: PageObjects,
        styles: dict[object, tuple[_Font, Style]],
    ) -> tuple[_Font, Style]:
        """How a text object looks, whose first character has this index; `styles` are those of the page so far."""
        handle, matrix = pdfium.Handle(owner), self._matrix
        font, mode = pdfium.text_font(handle), pdfium.render_mode(handle)
        color_of = pdfium.stroke_color if mode in visibility.STROKED_MODES else pdfium.fill_color
        known = color_of(handle, *self._color_refs)
        pdfium.character_matrix(text, index, self._matrix_ref)
        pdfium.text_size(handle, self._number_ref)
        clip, scale = objects.clip(owner), self._number.value
        key = (font, mode, known, bytes(self._color), bytes(self._vectors), scale, clip)
        if found := styles.get(key):
            return found
        red, green, blue, alpha = (part / 255 for part in self._color)
        lean, high = matrix.c * scale, matrix.d * scale
        style = Style(
            bold=self._font(font).bold,
            across=(matrix.a * scale, matrix.b * scale),
            up=(lean, high),
            size=abs(high) if not lean else math.hypot(lean, high),
            hidden=mode in visibility.INVISIBLE_MODES or bool(known and visibility.is_transparent(alpha)),
            white=bool(known) and visibility.is_white((red, green, blue)),
            clip=clip,
        )
        styles[key] = found = self._font(font), style
        return found

    def _font(self, handle: int) -> _Font:
        font = self._fonts.get(handle)
        if font is None:
            name = ctypes.create_string_buffer(_MOST_NAME_BYTES + 1)
            pdfium.font_name(handle, name, _MOST_NAME_BYTES)
            font = self._fonts[handle] = _Font(pdfium.Handle(handle), b"bold" in name.value.lower(), {})
        return font

    def _printed(self, said: str, font: _Font, style: Style, text: pdfium.Handle, index: int) -> tuple[str, float]:
        """The advance is the font's own word; where that cannot be, what is measured, which ink may widen."""
        character = "-" if said in _HYPHENS else said
        pdfium.glyph_width(font.handle, ord(character), _ONE_EM, self._number_ref)
        known, measured = self._number.value, self._measured(style, text, index)
        advance = known if 0 < known <= measured + _NEARLY else measured
        if character == "\0" or (character == said and pdfium.has_no_unicode(text, index)):
            character = _REPLACEMENT
        return page_text.printed(character, advance), advance

    def _measured(self, style: Style, text: pdfium.Handle, index: int) -> float:
        """How wide a character's loose box is, in ems."""
        box = self._rectangle
        pdfium.loose_box(text, index, self._rectangle_ref)
        across, up = abs(style.across[0]), abs(style.across[1])
        if across >= up:
            return (box.right - box.left) / across if across else 0.0
        return float((box.top - box.bottom) / up)

    def _reach(self, style: Style, text: pdfium.Handle, index: int) -> float:
        """How far a character's loose box reaches from its origin, in ems; the origin was just asked for."""
        box = self._rectangle
        pdfium.loose_box(text, index, self._rectangle_ref)
        across, up = style.across
        if abs(across) >= abs(up):
            return ((box.right if across > 0 else box.left) - self._x.value) / across if across else 0.0
        return float(((box.top if up > 0 else box.bottom) - self._y.value) / up)


@contextmanager
def _opened(handle: int | None, close: Any) -> Iterator[int]:
    if not handle:
        raise NotOpened
    try:
        yield handle
    finally:
        close(handle)


def _owners(text: pdfium.Handle, said: str) -> Iterator[tuple[int, int, int]]:
    """Each text object with the indices of its characters in a word, from and before."""
    object_of = pdfium.text_object
    for word in _WORD.finditer(said):
        start, end = word.span()
        owner = object_of(text, start)
        if object_of(text, end - 1) != owner:
            for index in range(start + 1, end):
                if (other := object_of(text, index)) != owner:
                    if owner is not None:
                        yield owner, start, index
                    owner, start = other, index
        if owner is not None:
            yield owner, start, end
