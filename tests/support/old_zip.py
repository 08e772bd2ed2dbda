"""Writes ZIPs with the password of old (APPNOTE 6.1, "traditional encryption"), which libraries only read."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from functools import cache

#: Where flags stand in a file's own header and in the list at the end.
_FLAGS_AT, _LISTED_FLAGS_AT = 6, 8


def _step(crc: int, byte: int) -> int:
    return (crc >> 8) ^ _crc_entry((crc ^ byte) & 0xFF)


@cache
def _crc_entry(index: int) -> int:
    value = index
    for _ in range(8):
        value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
    return value


def _encrypted(data: bytes, password: bytes) -> bytes:
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = _step(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _step(keys[2], keys[1] >> 24)

    for byte in password:
        update(byte)
    made = bytearray()
    for byte in data:
        mask = keys[2] | 2
        made.append(byte ^ (((mask * (mask ^ 1)) >> 8) & 0xFF))
        update(byte)
    return bytes(made)


def locked(name: str, data: bytes, password: str) -> bytes:
    """An archive of one stored file."""
    crc = zlib.crc32(data)
    secret = _encrypted(bytes(11) + bytes([crc >> 24]) + data, password.encode())
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, secret)
    made = bytearray(file.getvalue())
    listed = made.rindex(b"PK\x01\x02")
    for at, flags in ((0, _FLAGS_AT), (listed, _LISTED_FLAGS_AT)):
        struct.pack_into("<H", made, at + flags, 1)
        struct.pack_into("<III", made, at + flags + 8, crc, len(secret), len(data))
    return bytes(made)
