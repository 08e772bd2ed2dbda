"""winmail.dat: the files that Outlook and Exchange wrap into TNEF (MS-OXTNEF).

Our own reader, bounded by the file's length: the library for it needs minutes for some damaged files. Checksums are
not looked at, as a file that was torn on its way may still hold what is looked for.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mail_gateway.message.headers import display_name

_HEADER_BYTES = 6
_ATTACHMENT_LEVEL = 2
#: Attributes of an attachment: it begins, its short name, its bytes, its MAPI properties.
_BEGINS, _TITLE, _DATA, _PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_OBJECT, _NAME, _LONG_NAME = 0x3701, 0x3704, 0x3707
_MAX_ATTRIBUTES = 20_000
_MAX_PROPERTIES = 2_000
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_BYTES, _UNICODE, _STRING, _EMBEDDED = 0x0102, 0x1F, 0x1E, 0x0D
_MANY = 0x1000
_NAMED = 0x8000
#: An object's bytes begin with the identifier of what it is.
_IDENTIFIER_BYTES = 16
_UNUSABLE = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True)
class Attachment:
    """A file; a message inside the message is a winmail.dat of its own."""

    name: str
    data: bytes


def attachments(data: bytes) -> Iterator[Attachment]:
    """The files of a winmail.dat, up to where it cannot be read any further."""
    name, content = "", b""
    for level, attribute, value in _attributes(data):
        if level != _ATTACHMENT_LEVEL:
            continue
        if attribute == _BEGINS:
            if content:
                yield Attachment(display_name(name), content)
            name, content = "", b""
        elif attribute == _TITLE:
            name = name or _text(value, "cp1252")
        elif attribute == _DATA:
            content = value
        elif attribute == _PROPERTIES:
            long_name, inner = _properties(value)
            name = long_name or name
            content = inner or content
    if content:
        yield Attachment(display_name(name), content)


def _attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Level, identity and bytes of each attribute."""
    at = _HEADER_BYTES
    for _ in range(_MAX_ATTRIBUTES):
        if at + 9 > len(data):
            return
        level, attribute, length = struct.unpack_from("<BII", data, at)
        if at + 9 + length > len(data):
            return
        yield level, attribute, data[at + 9 : at + 9 + length]
        at += 9 + length + 2


def _properties(data: bytes) -> tuple[str, bytes]:
    """The long name and the embedded message among an attachment's MAPI properties."""
    name, inner = "", b""
    try:
        (count,) = struct.unpack_from("<I", data, 0)
        at = 4
        for _ in range(min(count, _MAX_PROPERTIES)):
            kind, identity = struct.unpack_from("<HH", data, at)
            at += 4
            if identity >= _NAMED:
                at = _after_name(data, at)
            value, at = _value(data, at, kind)
            if identity == _LONG_NAME or (identity == _NAME and not name):
                name = _text(value, "utf-16-le" if kind == _UNICODE else "cp1252")
            elif identity == _OBJECT and kind == _EMBEDDED:
                inner = value[_IDENTIFIER_BYTES:]
    except struct.error:
        pass
    return name, inner


def _after_name(data: bytes, at: int) -> int:
    """A property with a name of its own: the name's set, then a number or words."""
    (by_words, length) = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (_padded(length) if by_words else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    """The bytes of a property's last value, and where the next property begins."""
    many, kind = bool(kind & _MANY), kind & ~_MANY
    fixed = _FIXED.get(kind)
    if fixed is not None:
        (count,) = struct.unpack_from("<I", data, at) if many else (1,)
        start = at + (4 if many else 0)
        return data[start : start + fixed], start + count * fixed
    if kind not in (_BYTES, _UNICODE, _STRING, _EMBEDDED):
        raise struct.error
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    value = b""
    for _ in range(min(count, _MAX_PROPERTIES)):
        (length,) = struct.unpack_from("<I", data, at)
        value = data[at + 4 : at + 4 + length]
        at += 4 + _padded(length)
    return value, at


def _padded(length: int) -> int:
    return length + -length % 4


def _text(value: bytes, encoding: str) -> str:
    return _UNUSABLE.split(value.decode(encoding, "replace"))[0]
