"""ZIP: what lies in it, member by member, never more of it than the mail's budget allows."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial

from mail_gateway.message.headers import display_name
from mail_gateway.message.unpack.budget import MAX_PARTS, Budget, TooComplex
from mail_gateway.message.unpack.piece import Damaged, Piece

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
#: What a Mac puts beside each file.
_MAC = re.compile(r"^__MACOSX/|(?:^|/)\._[^/]*$")
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
    archive = _Archive(data, zipfile.ZipFile, _ERRORS, budget)
    if any(_is_locked(info) for info in archive.files):
        raise Locked
    return archive.pieces(depth, containers)


def unlocked_members(data: bytes, password: str, budget: Budget) -> list[Piece] | None:
    """The files in an archive that needs this password; None where it is another one. Raises `TooComplex`."""
    import pyzipper  # noqa: PLC0415  only where a password is tried

    try:
        archive = _Archive(data, pyzipper.AESZipFile, (*_ERRORS, pyzipper.BadZipFile), budget)
        archive.zip.setpassword(password.encode())
        locked = min(filter(_is_locked, archive.files), key=lambda info: info.file_size, default=None)
        if locked is None:
            return None
        # A check of one byte lets every 256th wrong password pass: the checksum at the end does not.
        archive.read(locked)
        return list(archive.pieces(0, 1))
    except (NotAnArchive, OfficeFile, Damaged):
        return None


class _Archive:
    """An archive that has been opened, and what may be looked at in it."""

    def __init__(
        self, data: bytes, kind: type[zipfile.ZipFile], errors: tuple[type[Exception], ...], budget: Budget
    ) -> None:
        if data.count(_LISTED) > _MAX_LISTED:
            raise TooComplex(members=_MAX_LISTED)
        self._errors, self._budget = errors, budget
        try:
            self.zip = kind(io.BytesIO(data))
        except errors as error:
            raise NotAnArchive from error
        infos = self.zip.infolist()
        if infos and (infos[0].filename in _OFFICE or any(info.filename == _OFFICE[0] for info in infos)):
            raise OfficeFile
        self.files = [info for info in infos if not info.is_dir() and not _MAC.search(info.filename)]

    def pieces(self, depth: int, containers: int) -> Iterator[Piece]:
        """The files, in order."""
        for info in self.files:
            self._budget.part(depth)
            read = partial(self.read, info)
            yield Piece(display_name(info.filename), "application/octet-stream", read, read, depth, containers)

    def read(self, info: zipfile.ZipInfo, limit: int | None = None) -> bytes:
        """A file, or its first bytes; what it says of its own size is not believed. Raises `Damaged`, `TooComplex`."""
        if info.compress_type not in (*_METHODS, _AES):
            raise Damaged
        chunks: list[bytes] = []
        size = 0
        try:
            with self.zip.open(info) as stream:
                while chunk := stream.read(_CHUNK if limit is None else min(_CHUNK, limit - size)):
                    size += len(chunk)
                    self._budget.unpacked(len(chunk))
                    if size > _RATIO_FROM and size > _MAX_RATIO * max(info.compress_size, 1):
                        raise TooComplex(ratio=_MAX_RATIO)
                    chunks.append(chunk)
        except self._errors as error:
            raise Damaged from error
        return b"".join(chunks)


def _is_locked(info: zipfile.ZipInfo) -> bool:
    return bool(info.flag_bits & _ENCRYPTED) or info.compress_type == _AES
