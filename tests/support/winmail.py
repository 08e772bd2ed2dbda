"""Writes winmail.dat files as Outlook and Exchange do (MS-OXTNEF), as far as attachments go."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_SIGNATURE = 0x223E9F78
_MESSAGE, _ATTACHMENT = 1, 2
_VERSION, _CODEPAGE, _CLASS, _BODY = 0x00089006, 0x00069007, 0x00078008, 0x0002800C
_RENDER, _TITLE, _DATA, _PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_METHOD, _OBJECT, _LONG_NAME, _MIME_TYPE = 0x37050003, 0x3701000D, 0x3707001F, 0x370E001F
_EMBEDDED_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def winmail(*attachments: tuple[str, bytes], body: str = "", embedded: Sequence[bytes] = ()) -> bytes:
    """A winmail.dat with these files, and with these winmail.dat files as messages of their own."""
    made = struct.pack("<IH", _SIGNATURE, 1)
    made += _attribute(_MESSAGE, _VERSION, struct.pack("<I", 0x00010000))
    made += _attribute(_MESSAGE, _CODEPAGE, struct.pack("<II", 1252, 0))
    made += _attribute(_MESSAGE, _CLASS, b"IPM.Microsoft Mail.Note\0")
    if body:
        made += _attribute(_MESSAGE, _BODY, body.encode("cp1252") + b"\0")
    for name, data in attachments:
        short = name.encode("ascii", "replace")[:8] + b".DAT\0"
        made += _attribute(_ATTACHMENT, _RENDER, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))
        made += _attribute(_ATTACHMENT, _TITLE, short)
        made += _attribute(_ATTACHMENT, _DATA, data)
        made += _attribute(_ATTACHMENT, _PROPERTIES, _properties(_text(_LONG_NAME, name), _number(_METHOD, 1)))
    for message in embedded:
        made += _attribute(_ATTACHMENT, _RENDER, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))
        made += _attribute(_ATTACHMENT, _TITLE, b"Nachricht\0")
        inside = _binary(_OBJECT, _EMBEDDED_MESSAGE + message)
        made += _attribute(_ATTACHMENT, _PROPERTIES, _properties(_number(_METHOD, 5), inside))
    return made


def _attribute(level: int, identity: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, identity, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _properties(*properties: bytes) -> bytes:
    return struct.pack("<I", len(properties)) + b"".join(properties)


def _number(tag: int, value: int) -> bytes:
    return struct.pack("<II", tag, value)


def _text(tag: int, value: str) -> bytes:
    return _binary(tag, value.encode("utf-16-le") + b"\0\0")


def _binary(tag: int, value: bytes) -> bytes:
    return struct.pack("<III", tag, 1, len(value)) + value + bytes(-len(value) % 4)
