"""What the text objects of a page paint, character by character, as pdfium tells it."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Mapping
from ctypes import byref
from dataclasses import dataclass

from pulse.invoices.text import page_text, pdfium, standard_fonts, visibility
from pulse.invoices.text.page_objects import PageObjects
from pulse.invoices.text.placing import Character, Painted, Style

_MOST_NAME_BYTES = 200
_ONE_EM = ctypes.c_float(1.0)
#: What pdfium calls a hyphen at the end of a line.
_HYPHENS = frozenset({"\x02", "\ufffe"})
#: Between blanks; the end of a line may also be what pdfium says for a glyph that it has no character for.
_WORD = re.compile(r"[^ \r\n]+|[\r\n]")
_REPLACEMENT = "\ufffd"
#: In ems.
_NEARLY = 0.01


@dataclass(frozen=True)
class Font:
    """A font's weight, and by pdfium's character what is seen and its advance in ems, found out once each.

    `surplus` has what is seen of characters behind which pdfium goes too far, and by how many ems.
    """

    handle: pdfium.Handle
    name: str
    bold: bool
    printed: dict[str, tuple[str, float]]
    surplus: dict[str, float]


class PageCharacters:
    """The characters of one page, whose text is open; `fonts` are those of the document so far, by handle."""

    def __init__(self, text: int, objects: PageObjects, fonts: dict[int, Font]) -> None:
        self._text, self._objects, self._fonts = pdfium.Handle(text), objects, fonts
        self._looks: dict[object, tuple[Font, Style]] = {}
        self.count = int(pdfium.count_characters(text))
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

    def painted(self) -> list[Painted]:
        """The text objects in the order in which pdfium reads them."""
        said = self._said()
        painted: list[Painted] = []
        stretched: dict[int, Mapping[str, float]] = {}
        before = None
        for owner, start, end in self._owners(said):
            if owner != before:
                font, style = self._look(owner, start)
                characters: list[Character] = []
                painted.append(Painted(style, self._objects.order.get(owner, 1 << 62), characters))
                before = owner
            word = said[start:end]
            self._add(characters, word, start, font, style)
            if font.surplus and not font.surplus.keys().isdisjoint(word):
                stretched[len(painted) - 1] = font.surplus
        for index, surplus in stretched.items():
            painted[index] = _straightened(painted[index], surplus)
        return painted

    def _said(self) -> str:
        """One character for each index of the page's text."""
        buffer = (ctypes.c_ushort * (self.count + 1))()
        pdfium.characters(self._text, 0, self.count, buffer)
        said = bytes(buffer).decode("utf-16-le", errors="replace").partition("\0")[0]
        if len(said) == self.count:
            return said
        # Characters that mean nothing are left out of the text, and rare ones are two units long.
        return "".join(chr(pdfium.character(self._text, index)) for index in range(self.count))

    def _owners(self, said: str) -> Iterator[tuple[int, int, int]]:
        """Each text object with the indices of its characters in a word, from and before."""
        object_of, text = pdfium.text_object, self._text
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

    def _add(self, characters: list[Character], said: str, start: int, font: Font, style: Style) -> None:
        """Adds what these characters show, the first of which has this index, to those of their text object."""
        origin, printed, text = pdfium.origin, font.printed, self._text
        x, y, x_ref, y_ref = self._x, self._y, self._x_ref, self._y_ref
        before = characters[-1][1] if characters else None
        for index, character in enumerate(said, start):
            try:
                seen, advance = printed[character]
            except KeyError:
                seen, advance = printed[character] = self._printed(character, font, style, index)
            if not seen:
                continue
            origin(text, index, x_ref, y_ref)
            at = x.value
            if at == before and characters[-1][2] == y.value:
                # The letters of a ligature stand at one place; the last one's box ends where all of them end.
                letters = characters.pop()[0]
                seen, advance = letters + seen, self._reach(style, index)
            characters.append((seen, at, y.value, advance))
            before = at

    def _look(self, owner: int, index: int) -> tuple[Font, Style]:
        """How a text object looks, whose first character has this index."""
        handle, matrix = pdfium.Handle(owner), self._matrix
        font, mode = pdfium.text_font(handle), pdfium.render_mode(handle)
        color_of = pdfium.stroke_color if mode in visibility.STROKED_MODES else pdfium.fill_color
        known = color_of(handle, *self._color_refs)
        pdfium.character_matrix(self._text, index, self._matrix_ref)
        pdfium.text_size(handle, self._number_ref)
        clip, scale = self._objects.clip(owner), self._number.value
        key = (font, mode, known, bytes(self._color), bytes(self._vectors), scale, clip)
        if found := self._looks.get(key):
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
        self._looks[key] = found = self._font(font), style
        return found

    def _font(self, handle: int) -> Font:
        font = self._fonts.get(handle)
        if font is None:
            name = ctypes.create_string_buffer(_MOST_NAME_BYTES + 1)
            pdfium.font_name(handle, name, _MOST_NAME_BYTES)
            known = name.value.decode(errors="replace")
            font = self._fonts[handle] = Font(pdfium.Handle(handle), known, "bold" in known.lower(), {}, {})
        return font

    def _printed(self, said: str, font: Font, style: Style, index: int) -> tuple[str, float]:
        """The advance is the font's own word; where that cannot be, what is measured, which ink may widen."""
        character = "-" if said in _HYPHENS else said
        pdfium.glyph_width(font.handle, ord(character), _ONE_EM, self._number_ref)
        known, measured = self._number.value, self._measured(style, index)
        advance = known if 0 < known <= measured + _NEARLY else measured
        if character == "\0" or (character == said and pdfium.has_no_unicode(self._text, index)):
            character = _REPLACEMENT
        seen = page_text.printed(character, advance)
        if surplus := standard_fonts.surplus(font.name, character, advance):
            font.surplus[seen] = surplus
        return seen, advance - surplus

    def _measured(self, style: Style, index: int) -> float:
        """How wide a character's loose box is, in ems."""
        box = self._rectangle
        pdfium.loose_box(self._text, index, self._rectangle_ref)
        across, up = abs(style.across[0]), abs(style.across[1])
        if across >= up:
            return (box.right - box.left) / across if across else 0.0
        return float((box.top - box.bottom) / up)

    def _reach(self, style: Style, index: int) -> float:
        """How far a character's loose box reaches from its origin, in ems; the origin was just asked for."""
        box = self._rectangle
        pdfium.loose_box(self._text, index, self._rectangle_ref)
        across, up = style.across
        if abs(across) >= abs(up):
            return ((box.right if across > 0 else box.left) - self._x.value) / across if across else 0.0
        return float(((box.top if up > 0 else box.bottom) - self._y.value) / up)


def _straightened(one: Painted, surplus: Mapping[str, float]) -> Painted:
    """Takes what characters are too wide off the places of those behind them."""
    across, up = one.style.across
    characters: list[Character] = []
    behind = 0.0
    for seen, x, y, advance in one.characters:
        characters.append((seen, x - behind * across, y - behind * up, advance))
        behind += surplus.get(seen, 0.0)
    return one._replace(characters=characters)
