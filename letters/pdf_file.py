"""Writes a PDF file: objects, compressed streams and embedded glyphs (ISO 32000-1), just what a letter needs.

A general library spends most of a letter's time on formatting one small object after the other.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from hashlib import sha256

from letters.fonts import Subset

_SYMBOLIC = 4
_PER_BLOCK = 100


class PdfFile:
    """Objects in the order in which they are added, numbered from 1."""

    def __init__(self) -> None:
        self._objects: list[bytes] = []

    def reserve(self) -> int:
        """The number of an object that is filled in later."""
        self._objects.append(b"")
        return len(self._objects)

    def fill(self, number: int, content: str) -> None:
        """Says what a reserved object is."""
        self._objects[number - 1] = content.encode("ascii")

    def add(self, content: str) -> int:
        """A new object; returns its number."""
        number = self.reserve()
        self.fill(number, content)
        return number

    def add_stream(self, data: bytes, *, entries: str = "", compressed: bool = False) -> int:
        """A new stream, compressed here unless it comes so (zlib); returns its number."""
        body = data if compressed else zlib.compress(data)
        head = f"<< /Length {len(body)} /Filter /FlateDecode{entries} >>\nstream\n".encode("ascii")
        self._objects.append(head + body + b"\nendstream")
        return len(self._objects)

    def add_font(self, subset: Subset) -> int:
        """The glyphs, shown by their numbers of two bytes, with the way back to the text; returns the font's number."""
        program = self.add_stream(subset.program, entries=f" /Length1 {subset.length}", compressed=True)
        box = " ".join(f"{edge:g}" for edge in subset.box)
        descriptor = self.add(
            f"<< /Type /FontDescriptor /FontName /{subset.name} /Flags {_SYMBOLIC} /FontBBox [{box}]"
            f" /ItalicAngle 0 /Ascent {subset.ascent:g} /Descent {subset.descent:g} /CapHeight {subset.cap_height:g}"
            f" /StemV {subset.stem_width:g} /MissingWidth {subset.missing_width:g} /FontFile2 {program} 0 R >>"
        )
        widths = " ".join(f"{width:.7g}" for _, width in subset.glyphs.values())
        glyphs = self.add(
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{subset.name} /FontDescriptor {descriptor} 0 R"
            " /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /CIDToGIDMap /Identity"
            f" /DW {subset.missing_width:g} /W [1 [{widths}]] >>"
        )
        characters = self.add_stream(_to_unicode(subset), compressed=True)
        return self.add(
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{subset.name} /Encoding /Identity-H"
            f" /DescendantFonts [{glyphs} 0 R] /ToUnicode {characters} 0 R >>"
        )

    def content(self, *, root: int, info: int) -> bytes:
        """The whole file; `root` and `info` are the numbers of its catalogue and of its properties."""
        pieces, places, position = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"], [], 15
        for number, content in enumerate(self._objects, start=1):
            places.append(position)
            piece = b"%d 0 obj\n%b\nendobj\n" % (number, content)
            pieces.append(piece)
            position += len(piece)
        table = "".join(f"{place:010d} 00000 n \n" for place in places)
        name = sha256(b"".join(pieces)).hexdigest()[:32]
        pieces.append(
            f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(places) + 1}"
            f" /Root {root} 0 R /Info {info} 0 R /ID [<{name}> <{name}>] >>\nstartxref\n{position}\n%%EOF\n".encode()
        )
        return b"".join(pieces)


def text_string(text: str) -> str:
    """A text of the file's properties, in the one encoding that holds every character."""
    return f"<feff{text.encode('utf-16-be').hex()}>"


@lru_cache(maxsize=16)
def _to_unicode(subset: Subset) -> bytes:
    """Which character each glyph's number stands for, so that a reader can search and copy; compressed."""
    pairs = [f"<{number:04x}> <{sign.encode('utf-16-be').hex()}>" for number, (sign, _) in subset.glyphs.items()]
    blocks = [pairs[start : start + _PER_BLOCK] for start in range(0, len(pairs), _PER_BLOCK)]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def /CMapName /Letter def",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "1 begincodespacerange <0000> <ffff> endcodespacerange",
        *(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks),
        "endcmap CMapName currentdict /CMap defineresource pop end end",
    ]
    return zlib.compress("\n".join(lines).encode("ascii"))
