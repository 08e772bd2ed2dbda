"""Documents taken out of the archive as one ZIP with an index, written as it is read: nothing of it is held whole."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from db import archive, audit
from db.archive import Archived, Wanted
from db.documents import DocumentMissing
from pulse.base.clock import SWISS_TIME
from pulse.claims.office import Office

#: What each line of the index tells, in this order.
COLUMNS = ("file", "sha256", "received", "sender", "provider", "number", "case", "mail", "outcome", "reason")
_EXTENSIONS = {
    "application/pdf": "pdf",
    "application/xml": "xml",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
}
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
#: A spreadsheet would take a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CHUNK = 256 * 1024


@dataclass
class _Pipe(io.RawIOBase):
    """What is written to it waits to be taken; a ZIP that cannot be seeked in goes through it piece by piece."""

    def __post_init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]
        self._waiting += piece
        return len(piece)

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


def export(office: Office, wanted: Wanted, *, by: str) -> Iterator[bytes]:
    """The ZIP in pieces: the documents, then `index.csv` and `index.json`, which name each with its SHA-256.

    A document that is no longer there has a line without a file. Who took how many is in the audit trail.
    """
    pipe = _Pipe()
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as table,
        tempfile.TemporaryFile("w+", encoding="utf-8") as objects,
        zipfile.ZipFile(pipe, "w", allowZip64=True) as archived,
    ):
        index = csv.DictWriter(table, COLUMNS, delimiter=";", lineterminator="\r\n")
        table.write("\ufeff")  # else spreadsheets take it for another encoding
        index.writeheader()
        count = 0
        for row in _rows(office, wanted):
            line = _line(row, _put(office, archived, row))
            index.writerow({name: _cell(value) for name, value in line.items()})
            objects.write(("[\n" if count == 0 else ",\n") + json.dumps(line, ensure_ascii=False))
            count += 1
            yield pipe.take()
        objects.write("\n]\n" if count else "[]\n")
        for name, file in (("index.csv", table), ("index.json", objects)):
            yield from _copied(file, archived, name, pipe)
    with office.database.write() as connection:
        audit.note(connection, "claims:documents:exported", actor=by, at=office.clock.now(), documents=count)
    yield pipe.take()


def file_name(row: Archived) -> str:
    """Unique, and made of letters, digits and dashes alone: the day, the case (or the mail and its part), then the
    provider and the number as far as they can be written so."""
    place = f"case-{row.invoice_id}" if row.invoice_id is not None else f"mail-{row.mail_id}-{row.part}"
    parts = [f"{row.received_at.astimezone(SWISS_TIME):%Y-%m-%d}", place, _plain(row.provider), _plain(row.number)]
    return f"{'_'.join(filter(None, parts))}.{_EXTENSIONS.get(row.media_type, 'bin')}"


def _rows(office: Office, wanted: Wanted) -> Iterator[Archived]:
    """A page at a time, each in a transaction of its own: an export may take long, and writers do not wait for it."""
    after: archive.Place | None = None
    while True:
        with office.database.read() as connection:
            rows = archive.page(connection, wanted, after=after, limit=200)
        if not rows:
            return
        yield from rows
        after = archive.place_of(rows[-1])


def _put(office: Office, archived: zipfile.ZipFile, row: Archived) -> str:
    try:
        data = office.documents.get(row.sha256)
    except DocumentMissing:
        return ""
    name = file_name(row)
    entry = zipfile.ZipInfo(name, row.received_at.astimezone(SWISS_TIME).timetuple()[:6])
    entry.external_attr = 0o600 << 16
    # A PDF is compressed in itself.
    entry.compress_type = zipfile.ZIP_DEFLATED if row.media_type == "application/xml" else zipfile.ZIP_STORED
    archived.writestr(entry, data)
    return name


def _line(row: Archived, file: str) -> dict[str, object]:
    return {
        "file": file,
        "sha256": row.sha256,
        "received": row.received_at.astimezone(SWISS_TIME).isoformat(timespec="seconds"),
        "sender": row.sender,
        "provider": row.provider,
        "number": row.number,
        "case": row.invoice_id,
        "mail": row.mail_id,
        "outcome": row.outcome,
        "reason": row.reason,
    }


def _copied(file: IO[str], archived: zipfile.ZipFile, name: str, pipe: _Pipe) -> Iterator[bytes]:
    file.seek(0)
    with archived.open(zipfile.ZipInfo(name), "w") as entry:
        while piece := file.read(_CHUNK):
            entry.write(piece.encode())
            yield pipe.take()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(text: str | None) -> str:
    letters = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode().lower()
    return _NOT_PLAIN.sub("-", letters).strip("-")[:40].strip("-")
