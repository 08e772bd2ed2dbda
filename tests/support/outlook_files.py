"""Writes mails as Outlook saves them (.msg): compound files (MS-CFB, version 3) with the properties of MS-OXMSG, as far
as attachments go."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

_SECTOR, _SMALL_SECTOR, _CUTOFF = 512, 64, 4096
_FREE, _END, _OF_TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_BLACK = 1

Content = Mapping[str, "bytes | Content"]


def saved_mail(
    *attachments: tuple[str, bytes],
    subject: str = "Rechnung",
    mails: Sequence[Content] = (),
    unicode: bool = True,
    texts: Mapping[str, str] | None = None,
    sent: datetime | None = None,
) -> bytes:
    """A .msg with these files; `mails` are messages attached to it, as `message` makes them; `texts` by identifier."""
    content = dict(message(*attachments, subject=subject, mails=mails, unicode=unicode, texts=texts or {}))
    if sent:
        ticks = int((sent - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
        content["__properties_version1.0"] = bytes(32) + struct.pack("<IIQ", 0x00390040, 6, ticks)
    return compound_file(content)


def message(
    *attachments: tuple[str, bytes],
    subject: str = "Rechnung",
    mails: Sequence[Content] = (),
    unicode: bool = True,
    texts: Mapping[str, str] | None = None,
) -> Content:
    """The storages and streams of a message."""
    kind, encoding = ("001F", "utf-16-le") if unicode else ("001E", "cp1252")
    made: dict[str, bytes | Content] = {
        "__nameid_version1.0": {"__substg1.0_00020102": b"", "__substg1.0_00030102": b"", "__substg1.0_00040102": b""},
        "__properties_version1.0": bytes(32),
        f"__substg1.0_0037{kind}": subject.encode(encoding),
        f"__substg1.0_001A{kind}": "IPM.Note".encode(encoding),
        "__recip_version1.0_#00000000": {"__properties_version1.0": bytes(8)},
    }
    made |= {f"__substg1.0_{name}{kind}": text.encode(encoding) for name, text in (texts or {}).items()}
    inside: list[Content] = [
        {
            "__properties_version1.0": bytes(8),
            "__substg1.0_37010102": data,
            f"__substg1.0_3704{kind}": f"{name[:6]}~1.PDF".encode(encoding, "replace"),
            f"__substg1.0_3707{kind}": name.encode(encoding),
        }
        for name, data in attachments
    ]
    inside += [{"__properties_version1.0": bytes(8), "__substg1.0_3701000D": mail} for mail in mails]
    made |= {f"__attach_version1.0_#{number:08X}": content for number, content in enumerate(inside)}
    return made


@dataclass
class _Entry:
    """An entry of the directory; `below` are its storage's entries by number."""

    name: str
    kind: int
    data: bytes = b""
    below: list[int] = field(default_factory=list)
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    start: int = _END


def compound_file(content: Content) -> bytes:
    """Sectors in this order: large streams, the stream of small ones, its table, the directory, the table."""
    entries = [_Entry("Root Entry", _ROOT)]
    _enter(entries, 0, content)
    body, table = bytearray(), list[int]()
    small, small_table = bytearray(), list[int]()
    for entry in entries:
        if entry.kind == _STREAM and entry.data:
            if len(entry.data) < _CUTOFF:
                entry.start = _put(small, small_table, entry.data, _SMALL_SECTOR)
            else:
                entry.start = _put(body, table, entry.data, _SECTOR)
    entries[0].data = bytes(small)
    entries[0].start = _put(body, table, bytes(small), _SECTOR)
    small_table_at = _put(body, table, struct.pack(f"<{len(small_table)}I", *small_table), _SECTOR, fill=b"\xff")
    small_tables = (len(small_table) * 4 + _SECTOR - 1) // _SECTOR
    directory_at = _put(body, table, b"".join(map(_packed, entries)), _SECTOR)
    tables = 1
    while tables * _SECTOR // 4 < len(table) + tables:
        tables += 1
    places = list(range(len(table), len(table) + tables))
    table += [_OF_TABLE] * tables
    table += [_FREE] * (tables * _SECTOR // 4 - len(table))
    body += struct.pack(f"<{len(table)}I", *table)
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII",
        bytes.fromhex("d0cf11e0a1b11ae1"), bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6), 0, tables, directory_at, 0,
        _CUTOFF, small_table_at if small_tables else _END, small_tables, _END, 0, places[0],
    )  # fmt: skip
    head += struct.pack("<108I", *(places[1:] + [_FREE] * (109 - len(places))))
    return head + bytes(body)


def _enter(entries: list[_Entry], parent: int, content: Content) -> None:
    for name, value in sorted(content.items(), key=lambda item: (len(item[0]), item[0].upper())):
        number = len(entries)
        entries[parent].below.append(number)
        if isinstance(value, bytes):
            entries.append(_Entry(name, _STREAM, value))
        else:
            entries.append(_Entry(name, _STORAGE))
            _enter(entries, number, value)
    entries[parent].child = _tree(entries, entries[parent].below)


def _tree(entries: list[_Entry], numbers: list[int]) -> int:
    """A balanced tree of sorted entries; the number of its top."""
    if not numbers:
        return _FREE
    middle = len(numbers) // 2
    top = entries[numbers[middle]]
    top.left, top.right = _tree(entries, numbers[:middle]), _tree(entries, numbers[middle + 1 :])
    return numbers[middle]


def _put(body: bytearray, table: list[int], data: bytes, size: int, fill: bytes = b"\0") -> int:
    """Appends sectors and their chain; the first one's number."""
    if not data:
        return _END
    start, count = len(table), (len(data) + size - 1) // size
    body += data + fill * (count * size - len(data))
    table += [*range(start + 1, start + count), _END]
    return start


def _packed(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le") + b"\0\0"
    size = 0 if entry.kind == _STORAGE else len(entry.data)
    start = 0 if entry.kind == _STORAGE else entry.start
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        name, len(name), entry.kind, _BLACK, entry.left, entry.right, entry.child, bytes(16), 0, 0, 0, start, size,
    )  # fmt: skip
