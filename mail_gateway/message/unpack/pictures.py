"""How large a picture is, by its header alone: JPEG, PNG, TIFF, HEIC, AVIF, WebP. Nothing is decoded here."""

from __future__ import annotations

import re
import struct

from pulse.invoices.picture_formats import is_heif, is_webp

#: Shorter side of a picture that may be a page, in pixels: an A5 page at 100 dpi, more than any logo.
MIN_PAGE_PX = 600
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_TIFF = {b"II*\0": "<", b"MM\0*": ">"}
#: A HEIC or AVIF says its size, and each of its tiles its own, in a box of this name.
_SIZE = re.compile(rb"ispe\0\0\0\0(.{8})", re.DOTALL)
_MAX_BOXES = 64 * 1024
#: Start of frame: where a JPEG says how large it is.
_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
_MAX_SEGMENTS = 1000
_MAX_ENTRIES = 200
_WIDTH, _HEIGHT = 256, 257
_MARKER = re.compile(rb"\xff+([^\xff\x00])")


def is_picture(beginning: bytes) -> bool:
    """Whether these first bytes are those of a picture that is read like a page."""
    return beginning.startswith((_PNG, _JPEG, *_TIFF)) or is_heif(beginning) or is_webp(beginning)


def is_page(data: bytes) -> bool:
    """Whether the picture is large enough to be a page."""
    size = size_px(data)
    return size is not None and min(size) >= MIN_PAGE_PX


def size_px(data: bytes) -> tuple[int, int] | None:
    """Width and height; None where the header does not say."""
    try:
        if data.startswith(_PNG):
            return struct.unpack_from(">II", data, 16)
        if data.startswith(_JPEG):
            return _jpeg(data)
        if is_heif(data):
            sizes = [struct.unpack(">II", size) for size in _SIZE.findall(data, 0, _MAX_BOXES)]
            return max(sizes, default=None)
        if is_webp(data):
            return _webp(data)
        order = _TIFF.get(data[:4])
        return _tiff(data, order) if order else None
    except struct.error:
        return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    for _ in range(_MAX_SEGMENTS):
        marker = _MARKER.match(data, at)
        if marker is None:
            return None
        at = marker.end()
        (length,) = struct.unpack_from(">H", data, at)
        if marker[1][0] in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 3)
            return width, height
        at += length
    return None


def _webp(data: bytes) -> tuple[int, int]:
    """RFC 9649: with losses, without, or extended."""
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        return width + 1, height + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _tiff(data: bytes, order: str) -> tuple[int, int] | None:
    """Of its first page."""
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    (entries,) = struct.unpack_from(f"{order}H", data, start)
    found = {}
    for number in range(min(entries, _MAX_ENTRIES)):
        at = start + 2 + 12 * number
        tag, kind = struct.unpack_from(f"{order}HH", data, at)
        if tag in (_WIDTH, _HEIGHT):
            (found[tag],) = struct.unpack_from(f"{order}{'H' if kind == 3 else 'I'}", data, at + 8)
    return (found[_WIDTH], found[_HEIGHT]) if len(found) == 2 else None
