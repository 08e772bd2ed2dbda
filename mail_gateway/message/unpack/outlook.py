"""Mails saved by Outlook (.msg): their attachments, out of the compound file that they are (MS-OXMSG §2.2)."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable, Iterator
from functools import partial

from olefile import OleFileIO

from mail_gateway.message.headers import display_name
from mail_gateway.message.unpack.budget import Budget
from mail_gateway.message.unpack.piece import Damaged, Piece

_ATTACHMENT = re.compile(r"__attach_version1\.0_#[0-9a-f]{8}", re.IGNORECASE)
#: Properties of an attachment, by tag and type: its bytes; a message inside the message; its names, long and short,
#: as Unicode and in the code page of whoever saved it.
_DATA, _MESSAGE = "__substg1.0_37010102", "__substg1.0_3701000D"
_NAMES = (
    ("__substg1.0_3707001F", "utf-16-le"),
    ("__substg1.0_3707001E", "cp1252"),
    ("__substg1.0_3704001F", "utf-16-le"),
    ("__substg1.0_3704001E", "cp1252"),
)
#: What `olefile` raises on damaged files; it promises nothing.
_BROKEN = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)

_Path = tuple[str, ...]


def attachments(data: bytes, budget: Budget, *, depth: int, containers: int) -> Iterator[Piece]:
    """The files of a saved mail and of the mails in it. Raises `Damaged`."""
    try:
        file = OleFileIO(io.BytesIO(data))
        places = [tuple(place) for place in file.listdir(streams=False, storages=True)]
    except _BROKEN as error:
        raise Damaged from error
    return _pieces(file, filter(_is_attachment, places), budget, depth, containers)


def _pieces(file: OleFileIO, places: Iterable[_Path], budget: Budget, depth: int, containers: int) -> Iterator[Piece]:
    for place in places:
        if file.exists(_joined(place, _DATA)):
            inner = depth + len(place) // 2
            budget.part(inner)
            read = partial(_read, file, place, budget)
            yield Piece(_name(file, place), "application/octet-stream", read, read, inner, containers)


def _is_attachment(path: _Path) -> bool:
    """Whether a place is an attachment of the mail itself, or of one that is attached to it, or to that."""
    own, messages = path[::2], path[1::2]
    return (
        len(own) == len(messages) + 1
        and all(map(_ATTACHMENT.fullmatch, own))
        and all(one.upper() == _MESSAGE.upper() for one in messages)
    )


def _name(file: OleFileIO, place: _Path) -> str:
    for stream, encoding in _NAMES:
        if file.exists(_joined(place, stream)):
            with contextlib.suppress(Damaged):
                return display_name(_stream(file, place, stream).decode(encoding, "replace").partition("\0")[0])
    return ""


def _read(file: OleFileIO, place: _Path, budget: Budget, limit: int | None = None) -> bytes:
    data = _stream(file, place, _DATA)[:limit]
    budget.unpacked(len(data))
    return data


def _stream(file: OleFileIO, place: _Path, name: str) -> bytes:
    try:
        return bytes(file.openstream(_joined(place, name)).read())
    except _BROKEN as error:
        raise Damaged from error


def _joined(place: _Path, name: str) -> str:
    return "/".join((*place, name))
