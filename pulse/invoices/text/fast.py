"""The glyphs of a page from pdfium, character by character: a tenth of what pdfminer costs.

pdfium's own words are not used: it joins and parts them differently from version to version. It is a C++ library that
opens strangers' files, so nothing here runs outside the sandbox's child.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref
from dataclasses import dataclass
from typing import Any, NamedTuple

import pypdfium2

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.draft import Box
from pulse.invoices.text import page_text, pdfium, visibility
from pulse.invoices.text.page_objects import PageObjects
from pulse.invoices.text.page_text import DESCENT, Glyph, PageText
from pulse.invoices.text.sheet import Sheet

_MOST_NAME_BYTES = 200
#: What pdfium calls a hyphen at the end of a line.
_HYPHENS = frozenset({"\x02", "\ufffe"})
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

    handle: int
    bold: bool
    printed: dict[str, tuple[str, float]]


class _Style(NamedTuple):
    """What the characters of one text object share; vectors in the page's own space, points per em."""

    font: _Font
    across: tuple[float, float]
    up: tuple[float, float]
    size: float
    hidden: bool
    white: bool
    order: int
    clip: Box | None


class _Run(NamedTuple):
    """Characters of one text object in the order in which they are painted: text, origin, advance in ems."""

    style: _Style
    characters: list[tuple[str, float, float, float]]


class _Reader:
    """Reads the pages of one open document; fonts are measured once."""

    def __init__(self, document: int) -> None:
        self._document = document
        self._fonts: dict[int, _Font] = {}
        self._read = 0
        self._matrix, self._rectangle = pdfium.Matrix(), pdfium.Rectangle()
        self._matrix_ref, self._rectangle_ref = byref(self._matrix), byref(self._rectangle)
        self._color = (ctypes.c_uint * 4)()
        self._color_refs = [byref(self._color, 4 * index) for index in range(4)]
        self._number = ctypes.c_float()
        self._number_ref = byref(self._number)

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
                runs = self._runs(text, objects)
            sheet = Sheet(corners, rotation)
            if turn := _turn(runs, sheet):
                sheet = Sheet(corners, rotation + turn)
            glyphs, hidden = _placed(runs, sheet, objects)
        lines = page_text.lines(glyphs)
        return PageText(number, round(sheet.width, 1), round(sheet.height, 1), lines, bool(objects.images), hidden)

    def _runs(self, text: int, objects: PageObjects) -> list[_Run]:
        said = self._said(text)
        origin = pdfium.origin
        x, y = ctypes.c_double(), ctypes.c_double()
        x_ref, y_ref = byref(x), byref(y)
        runs: list[_Run] = []
        for owner, start, end in _owners(text, len(said)):
            style = self._style(owner, text, start, objects)
            printed = style.font.printed
            characters: list[tuple[str, float, float, float]] = []
            add = characters.append
            before = None
            for index in range(start, end):
                character = said[index]
                if character == " ":
                    continue
                try:
                    seen, advance = printed[character]
                except KeyError:
                    seen, advance = printed[character] = self._printed(style, character, text, index)
                if not seen:
                    continue
                origin(text, index, x_ref, y_ref)
                at = x.value
                if at == before and y.value == characters[-1][2]:
                    # The letters of a ligature stand at one place, and each has the box of all.
                    letters, *_, before_it = characters.pop()
                    seen, advance = letters + seen, max(before_it, self._measured(style, text, index))
                add((seen, at, y.value, advance))
                before = at
            runs.append(_Run(style, characters))
        return runs

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

    def _style(self, owner: int, text: int, index: int, objects: PageObjects) -> _Style:
        mode = pdfium.render_mode(owner)
        color_of = pdfium.stroke_color if mode in visibility.STROKED_MODES else pdfium.fill_color
        known = color_of(owner, *self._color_refs)
        red, green, blue, alpha = self._color
        matrix = self._matrix
        pdfium.character_matrix(text, index, self._matrix_ref)
        pdfium.text_size(owner, self._number_ref)
        scale = self._number.value
        lean, high = matrix.c * scale, matrix.d * scale
        return _Style(
            self._font(pdfium.text_font(owner)),
            (matrix.a * scale, matrix.b * scale),
            (lean, high),
            abs(high) if not lean else math.hypot(lean, high),
            mode in visibility.INVISIBLE_MODES or bool(known and visibility.is_transparent(alpha / 255)),
            bool(known) and visibility.is_white((red / 255, green / 255, blue / 255)),
            objects.order.get(owner, 1 << 62),
            objects.clip(owner),
        )

    def _font(self, handle: int) -> _Font:
        font = self._fonts.get(handle)
        if font is None:
            name = ctypes.create_string_buffer(_MOST_NAME_BYTES + 1)
            pdfium.font_name(handle, name, _MOST_NAME_BYTES)
            font = self._fonts[handle] = _Font(handle, b"bold" in name.value.lower(), {})
        return font

    def _printed(self, style: _Style, said: str, text: int, index: int) -> tuple[str, float]:
        """The advance is the font's own word; where that cannot be, what is measured, which ink may widen."""
        character = "-" if said in _HYPHENS else said
        pdfium.glyph_width(style.font.handle, ord(character), 1.0, self._number_ref)
        known, measured = self._number.value, self._measured(style, text, index)
        advance = known if 0 < known <= measured + _NEARLY else measured
        if character == "\0" or (character == said and pdfium.has_no_unicode(text, index)):
            character = _REPLACEMENT
        return page_text.printed(character, advance), advance

    def _measured(self, style: _Style, text: int, index: int) -> float:
        """How wide a character's loose box is, in ems."""
        box = self._rectangle
        pdfium.loose_box(text, index, self._rectangle_ref)
        across, up = abs(style.across[0]), abs(style.across[1])
        if across >= up:
            return (box.right - box.left) / across if across else 0.0
        return float((box.top - box.bottom) / up)


@contextmanager
def _opened(handle: int | None, close: Any) -> Iterator[int]:
    if not handle:
        raise NotOpened
    try:
        yield handle
    finally:
        close(handle)


def _owners(text: int, count: int) -> Iterator[tuple[int, int, int]]:
    """Each text object with the indices of its characters, from and before: they stand together."""
    object_of = pdfium.text_object
    start = 0
    while start < count:
        owner = object_of(text, start)
        end, step = start + 1, 1
        if owner is not None:
            # Ever larger steps while it is the same object, then smaller ones to its end.
            while end + step <= count and object_of(text, end + step - 1) == owner:
                end += step
                step *= 2
            while step := step // 2:
                if end + step <= count and object_of(text, end + step - 1) == owner:
                    end += step
            yield owner, start, end
        start = end


def _turn(runs: list[_Run], sheet: Sheet) -> int:
    """By how many degrees clockwise the sheet must be turned for most of its text to stand upright."""
    directions: Counter[int] = Counter()
    for run in runs:
        across, down = sheet.turned(run.style.across)
        upright = abs(across) >= abs(down)
        directions[(0 if across > 0 else 180) if upright else (90 if down < 0 else 270)] += len(run.characters)
    return directions.most_common(1)[0][0] if directions else 0


def _placed(runs: list[_Run], sheet: Sheet, objects: PageObjects) -> tuple[list[Glyph], int]:
    """The glyphs that a person sees, and how many others there are."""
    a, b, c, d, e, f = sheet.matrix
    pictures = [order for order, box in objects.images if visibility.covers(sheet.box(box), sheet.width, sheet.height)]
    covered = max(pictures, default=-1)
    glyphs: list[Glyph] = []
    # Much faster than the call of the class.
    add, new = glyphs.append, tuple.__new__
    hidden = 0
    for run in runs:
        style = run.style
        size, bold = style.size, style.font.bold
        if style.hidden or size < visibility.MIN_SIZE or style.order < covered:
            hidden += len(run.characters)
            continue
        across, down = sheet.turned(style.across)
        rightwards, downwards = sheet.turned(style.up)
        clip = sheet.box(style.clip) if style.clip else None
        upright = abs(across) >= abs(down)
        if upright:
            low, high = sorted((-DESCENT * downwards, (1 - DESCENT) * downwards))
        else:
            low, high = sorted((-DESCENT * rightwards, (1 - DESCENT) * rightwards))
        for text, x, y, advance in run.characters:
            left, base = a * x + c * y + e, b * x + d * y + f
            if upright:
                x0, x1 = (left, left + advance * across) if across > 0 else (left + advance * across, left)
                y0, y1 = base + low, base + high
            else:
                x0, x1 = left + low, left + high
                y0, y1 = (base, base + advance * down) if down > 0 else (base + advance * down, base)
            if (
                (x1 <= 0 or y1 <= 0 or x0 >= sheet.width or y0 >= sheet.height)
                or (clip and visibility.outside((x0, y0, x1, y1), clip))
                or (style.white and not _on_dark(style, x, y, advance, objects))
            ):
                hidden += 1
            else:
                add(new(Glyph, (text, x0, y0, x1, y1, size, bold, 1.0)))
    return glyphs, hidden


def _on_dark(style: _Style, x: float, y: float, advance: float, objects: PageObjects) -> bool:
    """Whether the middle of a character stands on a dark area."""
    middle_x = x + advance * style.across[0] / 2 + (0.5 - DESCENT) * style.up[0]
    middle_y = y + advance * style.across[1] / 2 + (0.5 - DESCENT) * style.up[1]
    return objects.areas.dark_at(middle_x, middle_y, style.order)
