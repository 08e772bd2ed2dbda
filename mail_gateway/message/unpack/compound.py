"""The compound file that Outlook saves a mail in: its streams, and those that are texts (MS-OXMSG §2)."""

from __future__ import annotations

import io

from olefile import OleFileIO

from mail_gateway.message.unpack.piece import Damaged

#: What `olefile` raises on damaged files; it promises nothing.
_BROKEN = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
#: A text is kept as Unicode, or in the code page of whoever saved it.
_TEXTS = (("001F", "utf-16-le"), ("001E", "cp1252"))

Place = tuple[str, ...]


class Compound:
    """A saved mail, read in memory; a place is the names of the storages that lead to it."""

    def __init__(self, data: bytes) -> None:
        """Raises `Damaged`."""
        try:
            self._file = OleFileIO(io.BytesIO(data))
            self.storages: list[Place] = [tuple(one) for one in self._file.listdir(streams=False, storages=True)]
        except _BROKEN as error:
            raise Damaged from error

    def has(self, place: Place, stream: str) -> bool:
        """Whether there is such a stream."""
        return bool(self._file.exists(_path(place, stream)))

    def stream(self, place: Place, stream: str) -> bytes:
        """Its bytes. Raises `Damaged`."""
        try:
            return bytes(self._file.openstream(_path(place, stream)).read())
        except _BROKEN as error:
            raise Damaged from error

    def text(self, place: Place, *properties: str) -> str:
        """The first of these properties (identifiers of four hexadecimal digits) that is there and readable, or ""."""
        for one in properties:
            for kind, encoding in _TEXTS:
                stream = property_stream(one + kind)
                if self.has(place, stream):
                    try:
                        return self.stream(place, stream).decode(encoding, "replace").partition("\0")[0]
                    except Damaged:
                        continue
        return ""


def property_stream(tag: str) -> str:
    """The name of the stream with a property's value; its tag is identifier and type, eight hexadecimal digits."""
    return f"__substg1.0_{tag}"


def _path(place: Place, stream: str) -> str:
    return "/".join((*place, stream))
