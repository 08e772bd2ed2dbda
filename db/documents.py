"""Documents: bytes under their SHA-256 in a folder (local disk or bucket), a row for each."""

from __future__ import annotations

import hashlib
import posixpath
import secrets
from datetime import datetime
from typing import Any

import fsspec
from sqlalchemy import Connection, bindparam, select

from db.rows import insert_if_new
from db.tables import documents
from pulse.base.errors import NotFound, Unavailable


class DocumentMissing(NotFound):
    """There is no such document."""

    code = "document_missing"


class DocumentStoreUnavailable(Unavailable):
    """The document folder cannot be written or read."""

    code = "document_store_unavailable"


class DocumentStore:
    """The folder, by path or fsspec URL. A document is written before the row that names it, and never changed."""

    def __init__(self, url: str) -> None:
        filesystem, root = fsspec.core.url_to_fs(url)
        self._filesystem: Any = filesystem
        self._root: str = root

    def put(self, data: bytes) -> str:
        """Keeps the bytes and returns their SHA-256 in hex; the same bytes again cost nothing."""
        digest = hashlib.sha256(data).hexdigest()
        self._write(self._path(digest), data)
        return digest

    def put_beside(self, digest: str, name: str, data: bytes) -> None:
        """Keeps what was made out of a document beside it, as a file of this extension; the first one stays."""
        self._write(f"{self._path(digest)}.{name}", data)

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
        path = self._path(digest)
        try:
            for found in self._filesystem.glob(f"{path}*"):
                self._filesystem.rm_file(found)
        except FileNotFoundError:
            return
        except OSError as error:
            raise DocumentStoreUnavailable from error

    def _write(self, path: str, data: bytes) -> None:
        try:
            if not self._filesystem.exists(path):
                self._filesystem.makedirs(posixpath.dirname(path), exist_ok=True)
                draft = f"{path}.{secrets.token_hex(4)}"
                self._filesystem.pipe_file(draft, data)
                self._filesystem.mv(draft, path)
        except OSError as error:
            raise DocumentStoreUnavailable from error

    def _read(self, path: str) -> bytes:
        try:
            return bytes(self._filesystem.cat_file(path))
        except FileNotFoundError as error:
            raise DocumentMissing from error
        except OSError as error:
            raise DocumentStoreUnavailable from error

    def _path(self, digest: str) -> str:
        if len(digest) != 64 or not digest.isalnum():
            raise DocumentMissing
        return posixpath.join(self._root, digest[:2], digest)


#: How files begin that come here or are made here.
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"<", "application/xml"),
    (b"\xff\xfe<\0", "application/xml"),
    (b"\xfe\xff\0<", "application/xml"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"PK\3\4", "application/zip"),
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
    beginning = data.lstrip(b"\xef\xbb\xbf \r\n\t\f\v")[:8]
    return next((kind for bytes_, kind in _BEGINNINGS if beginning.startswith(bytes_)), "application/octet-stream")


def media_type(connection: Connection, digest: str) -> str | None:
    """What the bytes are, by their own first bytes."""
    found: str | None = connection.execute(_MEDIA_TYPE, {"sha256": digest}).scalar_one_or_none()
    return found
