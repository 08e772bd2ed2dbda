"""Mails saved by Outlook (.msg): their attachments (MS-OXMSG §2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from mail_gateway.message.headers import display_name
from mail_gateway.message.unpack.budget import Budget
from mail_gateway.message.unpack.compound import Compound, Place, property_stream
from mail_gateway.message.unpack.piece import Piece

_ATTACHMENT = re.compile(r"__attach_version1\.0_#[0-9a-f]{8}", re.IGNORECASE)
#: An attachment's bytes; a message inside the message; its names, long and short.
_DATA, _MESSAGE = property_stream("37010102"), property_stream("3701000D")
_NAMES = ("3707", "3704")


def attachments(data: bytes, budget: Budget, *, depth: int, containers: int) -> Iterator[Piece]:
    """The files of a saved mail and of the mails in it. Raises `Damaged`."""
    file = Compound(data)
    return _pieces(file, filter(is_attachment, file.storages), budget, depth, containers)


def is_attachment(place: Place) -> bool:
    """Whether a place is an attachment of the mail itself, or of one that is attached to it, or to that."""
    own, messages = place[::2], place[1::2]
    return (
        len(own) == len(messages) + 1
        and all(map(_ATTACHMENT.fullmatch, own))
        and all(one.upper() == _MESSAGE.upper() for one in messages)
    )


def _pieces(file: Compound, places: Iterable[Place], budget: Budget, depth: int, containers: int) -> Iterator[Piece]:
    for place in places:
        if file.has(place, _DATA):
            inner = depth + len(place) // 2
            budget.part(inner)
            read = partial(_read, file, place, budget)
            name = display_name(file.text(place, *_NAMES))
            yield Piece(name, "application/octet-stream", read, read, inner, containers)


def _read(file: Compound, place: Place, budget: Budget, limit: int | None = None) -> bytes:
    data = file.stream(place, _DATA)[:limit]
    budget.unpacked(len(data))
    return data
