"""Documents: bytes under their SHA-256 in a folder (local disk or bucket), a row for each."""

from __future__ import annotations

import hashlib
import posixpath
import re
import secrets
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from db.rows import insert_if_new
from db.tables import documents
from pulse.base.errors import NotFound, Unavailable
from pulse.base.file_system import FileSystem


class DocumentMissing(NotFound):
    """There is no such document."""

    code = "document_missing"


class DocumentStoreUnavailable(Unavailable):
    """The document folder cannot be written or read."""

    code = "document_store_unavailable"


class DocumentStore:
    """The folder, by path or fsspec URL. A document is written before the row that names it, and never changed."""

    def __init__(self, url: str) -> None:
        """Raises `Misconfigured` where the URL's file system is none that can be used."""
        self._files = FileSystem(url, away=DocumentStoreUnavailable, setting="PULSE_DOCUMENTS_URL")

    def put(self, data: bytes) -> str:
        """Keeps the bytes and returns their SHA-256 in hex; the same bytes again cost nothing."""
        digest = hashlib.sha256(data).hexdigest()
        self._files.write(self._path(digest), data)
        return digest

    def put_beside(self, digest: str, name: str, data: bytes) -> None:
        """Keeps what was made out of a document beside it, as a file of this extension; the first one stays."""
        self._files.write(f"{self._path(digest)}.{name}", data)

    def get(self, digest: str) -> bytes:
        """The bytes; raises `DocumentMissing`, also where they no longer fit their name."""
        data = self._read(self._path(digest))
        if hashlib.sha256(data).hexdigest() != digest:
            raise DocumentMissing("The stored document is damaged.")
        return data

    def get_beside(self, digest: str, name: str) -> bytes:
        """What was kept beside a document; raises `DocumentMissing`."""
        return self._read(f"{self._path(digest)}.{name}")

    def delete(self, digest: str) -> None:
        """Deletes the bytes and what was kept beside them; what is gone already does not matter."""
        for found in self._files.beginning_with(self._path(digest)):
            self._files.delete(found)

    def check(self) -> str:
        """Writes, reads and deletes a small document; the folder's URL. Raises `DocumentStoreUnavailable`."""
        digest = self.put(b"pulse doctor " + secrets.token_bytes(16))
        self.get(digest)
        self.delete(digest)
        return self._files.name

    def _read(self, path: str) -> bytes:
        data = self._files.read(path)
        if data is None:
            raise DocumentMissing
        return data

    def _path(self, digest: str) -> str:
        if len(digest) != 64 or not digest.isalnum():
            raise DocumentMissing
        return posixpath.join(self._files.root, digest[:2], digest)


#: How files begin that come here or are made here.
_BEGINNINGS = (
    (rb"%PDF-", "application/pdf"),
    (rb"<|\xff\xfe<\0|\xfe\xff\0<", "application/xml"),
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"\x89PNG", "image/png"),
    (rb"II[*+]\0|MM\0[*+]", "image/tiff"),
    (rb"RIFF....WEBP", "image/webp"),
    (rb"....ftypavi[fs]", "image/avif"),
    (rb"....ftyp", "image/heic"),
    (rb"PK\x03\x04", "application/zip"),
)
_MEDIA_TYPE = select(documents.c.media_type).where(documents.c.sha256 == bindparam("sha256"))


def note(
    connection: Connection,
    digest: str,
    data: bytes,
    *,
    at: datetime,
    part_of: str | None = None,
    pages: str = "",
) -> None:
    """Enters a stored document; a second time is the same. `part_of` held it among others, on these `pages`."""
    row = {"sha256": digest, "media_type": media_type_of(data), "size": len(data), "stored_at": at}
    row |= {"part_of": part_of, "pages": pages}
    insert_if_new(connection, documents, row)


def media_type_of(data: bytes) -> str:
    """What a document is, by its first bytes."""
    first = data.lstrip(b"\xef\xbb\xbf \r\n\t\f\v")[:12]
    known = (kind for beginning, kind in _BEGINNINGS if re.match(beginning, first, re.DOTALL))
    return next(known, "application/octet-stream")


def media_type(connection: Connection, digest: str) -> str | None:
    """What the bytes are, by their own first bytes."""
    found: str | None = connection.execute(_MEDIA_TYPE, {"sha256": digest}).scalar_one_or_none()
    return found
