"""ZIP: what lies in it, member by member, never more of it than the mail's budget allows."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from mail_gateway.headers import display_name
from mail_gateway.unpack.budget import MAX_PARTS, Budget, TooComplex
from mail_gateway.unpack.piece import Damaged, Piece

#: Signature of a member in the archive's list of contents. Nested archives may bring theirs along unpacked.
_LISTED = b"PK\x01\x02"
_MAX_LISTED = 5 * MAX_PARTS
_CHUNK = 64 * 1024
#: What a real file shrinks by; beyond this much unpacked, more is an attack.
_MAX_RATIO = 200
_RATIO_FROM = 10 * 1024 * 1024
#: What others unpack to may be far larger than its bytes say before the first one is read.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_AES = 99
#: Word, Excel, OpenDocument: files that are ZIP only inside.
_OFFICE = ("[Content_Types].xml", "mimetype")
_ENCRYPTED = 0x1
#: What the library raises on damaged archives and wrong passwords.
_ERRORS = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError, OSError, IndexError, struct.error)


class NotAnArchive(Exception):
    """It is damaged, packed by a method that we do not open, or no archive of files at all."""


class OfficeFile(Exception):
    """A Word or Excel file."""


class Locked(Exception):
    """Its files need a password."""


def members(data: bytes, budget: Budget, *, depth: int = 0, containers: int = 1) -> Iterator[Piece]:
    """The files in an archive. Raises `NotAnArchive`, `OfficeFile`, `Locked` and `TooComplex` before the first."""
    archive = _opened(data, zipfile.ZipFile)
    infos = _files(archive)
    if any(info.flag_bits & _ENCRYPTED or info.compress_type == _AES for info in infos):
        raise Locked
    return _pieces(archive, infos, budget, depth, containers)


def unlocked_members(data: bytes, password: str, budget: Budget) -> list[Piece] | None:
    """The files in an archive that needs this password; None where it is another one. Raises `TooComplex`."""
    from pyzipper import AESZipFile  # noqa: PLC0415  only where a password is tried

    try:
        archive = _opened(data, AESZipFile)
        infos = _files(archive)
        archive.setpassword(password.encode())
        locked = min((one for one in infos if one.flag_bits & _ENCRYPTED), key=lambda one: one.file_size, default=None)
        if locked is None:
            return None
        # A check of one byte lets every 256th wrong password pass: the checksum at the end does not.
        _read(archive, locked, budget)
        pieces = list(_pieces(archive, infos, budget, 0, 1))
    except (NotAnArchive, OfficeFile, Damaged):
        return None
    return pieces


def _opened(data: bytes, kind: type[zipfile.ZipFile]) -> zipfile.ZipFile:
    if data.count(_LISTED) > _MAX_LISTED:
        raise TooComplex(members=_MAX_LISTED)
    try:
        return kind(io.BytesIO(data))
    except _ERRORS as error:
        raise NotAnArchive from error


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """What may be looked at: neither folders nor what a Mac puts beside each file."""
    infos = archive.infolist()
    if infos and (infos[0].filename in _OFFICE or any(info.filename == _OFFICE[0] for info in infos)):
        raise OfficeFile
    return [
        info
        for info in infos
        if not info.is_dir()
        and not info.filename.startswith("__MACOSX/")
        and not info.filename.rpartition("/")[2].startswith("._")
    ]


def _pieces(
    archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], budget: Budget, depth: int, containers: int
) -> Iterator[Piece]:
    for info in infos:
        budget.part(depth)
        read: Callable[..., bytes] = partial(_read, archive, info, budget)
        beginning = partial(_beginning, archive, info, budget)
        yield Piece(display_name(info.filename), "application/octet-stream", beginning, read, depth, containers)


def _beginning(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget, length: int) -> bytes:
    return _read(archive, info, budget, limit=length)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget, *, limit: int | None = None) -> bytes:
    """A member, or its first bytes; what it says of its own size is not believed."""
    if info.compress_type not in (*_METHODS, _AES):
        raise Damaged
    chunks: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(_CHUNK if limit is None else min(_CHUNK, limit - size)):
                size += len(chunk)
                budget.unpacked(len(chunk))
                if size > _RATIO_FROM and size > _MAX_RATIO * max(info.compress_size, 1):
                    raise TooComplex(ratio=_MAX_RATIO)
                chunks.append(chunk)
    except _ERRORS as error:
        raise Damaged from error
    return b"".join(chunks)
