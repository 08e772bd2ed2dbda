"""A folder or bucket that other programs put documents into, by fsspec URL."""

from __future__ import annotations

import hashlib
import posixpath
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import fsspec

from pulse.base.errors import Misconfigured, Unavailable

DONE, FAILED = "done", "failed"
#: What programs call files that they have not finished.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", "~")
#: How file systems call the time of a file's last change.
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")

_LOGIN = re.compile(r"//[^/@]*@")


class FolderUnavailable(Unavailable):
    """The watched folder cannot be read or written."""

    code = "watched_folder_unavailable"


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A file in the folder: its size in bytes, and when it was last changed, where the file system tells."""

    path: str
    name: str
    size: int
    modified_at: datetime | None

    @property
    def number(self) -> int:
        """Stands for this file with this size and time: 62 bits, the same at every look."""
        what = f"{self.name}\n{self.size}\n{self.modified_at}".encode()
        return int.from_bytes(hashlib.sha256(what).digest()[:8]) >> 2


class Folder:
    """The files that lie directly in it; what is done with goes to `done` or `failed` below it."""

    def __init__(self, url: str) -> None:
        """Raises `Misconfigured` where the URL's file system is none that can be used."""
        try:
            filesystem, root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise Misconfigured("The watched folder's URL cannot be used.", cause=type(error).__name__) from error
        self._filesystem: Any = filesystem
        self._root: str = root.rstrip("/") or root
        #: What it is called in the ledger: without a login.
        self.name = _LOGIN.sub("//", url)[:200]

    def files(self) -> list[Dropped]:
        """What lies there, oldest first; hidden files and unfinished ones are left out."""
        try:
            self._filesystem.invalidate_cache()
            found = self._filesystem.ls(self._root, detail=True)
        except (OSError, ValueError) as error:
            raise FolderUnavailable from error
        files = [_dropped(info) for info in found if info["type"] == "file"]
        ready = [file for file in files if _is_ready(file.name)]
        return sorted(ready, key=lambda file: (file.modified_at or datetime.min.replace(tzinfo=UTC), file.name))

    def read(self, file: Dropped) -> bytes | None:
        """Its content; None where it is gone or has changed since it was listed."""
        try:
            data = bytes(self._filesystem.cat_file(file.path))
            self._filesystem.invalidate_cache()
            now = _dropped(self._filesystem.info(file.path))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FolderUnavailable from error
        return data if len(data) == file.size and now.number == file.number else None

    def move(self, file: Dropped, folder: str) -> None:
        """Puts a file into a folder below; one of the same name that lies there stays. A file that is gone does not
        matter."""
        below = posixpath.join(self._root, folder)
        stem, dot, extension = file.name.rpartition(".")
        other = f"{stem or extension}-{file.number:016x}{dot and stem and '.' + extension}"
        try:
            self._filesystem.makedirs(below, exist_ok=True)
            taken = self._filesystem.exists(posixpath.join(below, file.name))
            self._filesystem.mv(file.path, posixpath.join(below, other if taken else file.name))
        except FileNotFoundError:
            return
        except OSError as error:
            raise FolderUnavailable from error


def _dropped(info: dict[str, Any]) -> Dropped:
    path = str(info["name"])
    told = next((info[key] for key in _TIMES if info.get(key) is not None), None)
    if isinstance(told, int | float):
        told = datetime.fromtimestamp(told, UTC)
    if isinstance(told, str):
        told = datetime.fromisoformat(told)
    if told is not None and told.tzinfo is None:
        told = told.replace(tzinfo=UTC)
    name = posixpath.basename(path.rstrip("/"))
    return Dropped(path=path, name=name, size=int(info.get("size") or 0), modified_at=told)


def _is_ready(name: str) -> bool:
    return not name.startswith((".", "~")) and not name.lower().endswith(_UNFINISHED)
