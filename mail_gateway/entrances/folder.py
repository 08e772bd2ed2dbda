"""A folder or bucket that other programs put documents into, by fsspec URL."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from pulse.base.errors import Unavailable
from pulse.base.file_system import FileSystem

DONE, FAILED = "done", "failed"
#: What programs call files that they have not finished.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", "~")
#: How file systems call the time of a file's last change.
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")


class FolderUnavailable(Unavailable):
    """The watched folder cannot be read or written."""

    code = "watched_folder_unavailable"


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A file in the folder: its size in bytes, when it was last changed, and what stands for its content (a bucket's
    ETag), where the file system tells."""

    path: str
    name: str
    size: int
    modified_at: datetime | None
    content: str = ""

    @property
    def number(self) -> int:
        """Stands for this file with this size, time and content: 62 bits, the same at every look."""
        what = f"{self.name}\n{self.size}\n{self.modified_at}{self.content and chr(10) + self.content}".encode()
        return int.from_bytes(hashlib.sha256(what).digest()[:8]) >> 2

    def is_still(self, now: Dropped | None) -> bool:
        """Whether what lies there now is this file. A bucket tells the time by the second here, finer there."""
        if now is None or now.size != self.size:
            return False
        return self.content == now.content if self.content else self.modified_at == now.modified_at


class Folder:
    """The files that lie directly in it; what is done with goes to `done` or `failed` below it."""

    def __init__(self, url: str, *, names: str = "*") -> None:
        """`names`: patterns such as `*.pdf *.tif`; files that fit none are not ours. Raises `Misconfigured` where the
        URL's file system is none that can be used."""
        self._names = names.lower().split()
        self._files = FileSystem(url, away=FolderUnavailable, setting="PULSE_WATCH_URL")
        #: What it is called in the ledger.
        self.name = self._files.name[:200]

    def files(self) -> list[Dropped]:
        """What lies there of ours, oldest first; hidden files and unfinished ones are left out."""
        files = [_dropped(info) for info in self._files.files()]
        ready = [file for file in files if _is_ready(file.name) and self._is_ours(file.name)]
        return sorted(ready, key=lambda file: (file.modified_at or datetime.min.replace(tzinfo=UTC), file.name))

    def read(self, file: Dropped) -> bytes | None:
        """Its content; None where it is gone or has changed since it was listed."""
        # No more than was listed, and a byte to see that there is more.
        data = self._files.read(file.path, most_bytes=file.size + 1 if file.size else 0)
        return data if data is not None and len(data) == file.size and file.is_still(self._now(file.path)) else None

    def move(self, file: Dropped, folder: str) -> bool:
        """Puts a file into a folder below; one of the same name that lies there stays. False where the file is gone or
        has become another one, which is left where it is."""
        if not file.is_still(self._now(file.path)):
            return False
        below = posixpath.join(self._files.root, folder)
        stem, dot, extension = file.name.rpartition(".")
        other = f"{stem or extension}-{file.number:016x}{dot and stem and '.' + extension}"
        target = posixpath.join(below, file.name)
        there = self._now(target)
        # What died between copy and deletion has left its copy.
        is_copied = there is not None and bool(file.content) and file.is_still(there)
        if there is not None and not is_copied:
            target = posixpath.join(below, other)
        if self._files.rename(file.path, target):
            return True
        if not is_copied:
            self._files.copy(file.path, target)
            there = self._now(target)
        if there is None or there.size != file.size:
            raise FolderUnavailable("The watched folder did not keep a copy.")
        if not file.is_still(self._now(file.path)):
            return False
        self._files.delete(file.path)
        return True

    def _is_ours(self, name: str) -> bool:
        return any(fnmatchcase(name.lower(), pattern) for pattern in self._names)

    def _now(self, path: str) -> Dropped | None:
        found = self._files.look(path)
        return _dropped(found) if found and found["type"] == "file" else None


def _dropped(info: dict[str, Any]) -> Dropped:
    path = str(info["name"])
    told = next((info[key] for key in _TIMES if info.get(key) is not None), None)
    if isinstance(told, int | float):
        told = datetime.fromtimestamp(told, UTC)
    if isinstance(told, str):
        told = datetime.fromisoformat(told)
    if told is not None:
        # Written one way: a file's number must not change with this machine's time zone.
        told = told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    name = posixpath.basename(path.rstrip("/"))
    content = str(info.get("ETag") or "")
    return Dropped(path=path, name=name, size=int(info.get("size") or 0), modified_at=told, content=content)


def _is_ready(name: str) -> bool:
    return not name.startswith((".", "~")) and not name.lower().endswith(_UNFINISHED)
