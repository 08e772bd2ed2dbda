"""The kinds of pictures that are read, told by their first bytes, and what opens them.

Scanners and fax gateways write JPEG, PNG and TIFF. Telephones take photographs as HEIC, programs for chats make WebP
and AVIF of them; their openers are loaded when such a picture comes.
"""

from __future__ import annotations

import re

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WEBP = re.compile(rb"RIFF....WEBPVP8[ LX]", re.DOTALL)
#: Brands of ISO/IEC 23008-12: photographs in HEVC and bursts of them, and in AV1.
_HEIF = re.compile(rb"....ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL)
_AVIF = re.compile(rb"....ftyp(?:avif|avis)", re.DOTALL)


def is_picture(data: bytes) -> bool:
    """Whether the first bytes are those of a picture that is read."""
    return data.startswith((_JPEG, _PNG, *_TIFF)) or is_webp(data) or is_heif(data)


def is_webp(data: bytes) -> bool:
    """Whether the first bytes are those of a WebP (RFC 9649)."""
    return _WEBP.match(data) is not None


def is_heif(data: bytes) -> bool:
    """Whether the first bytes are those of a picture in a file of ISO/IEC 23008-12: HEIC or AVIF."""
    return bool(_HEIF.match(data) or _AVIF.match(data))


def openers(data: bytes) -> tuple[str, ...]:
    """Pillow's names of the kinds that a picture with these first bytes may be, ready to be opened."""
    if is_webp(data):
        return ("WEBP",)
    if _AVIF.match(data):
        return _avif()
    if _HEIF.match(data):
        return (*_heif(), *_avif())
    # A JPEG's plugin opens a camera's file of several pictures too.
    return ("JPEG", "PNG", "TIFF")


def _heif() -> tuple[str, ...]:
    import pi_heif  # noqa: PLC0415  loaded where it is needed

    # One thread: others' stacks would count against the child's memory.
    pi_heif.register_heif_opener(decode_threads=1, thumbnails=False)
    return ("HEIF",)


def _avif() -> tuple[str, ...]:
    from PIL import AvifImagePlugin  # noqa: PLC0415  loaded where it is needed

    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    return ("AVIF",)
