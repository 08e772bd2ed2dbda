"""Files that tell how far they are read."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

_BUFFER = 256 * 1024

#: Told how many bytes are done, and of how many (0 where nobody says).
Progress = Callable[[int, int], None]


def opened(path: Path, progress: Progress | None = None) -> IO[bytes]:
    """The file for reading; `progress` is told by each piece."""
    return path.open("rb") if progress is None else io.BufferedReader(_Watched(path, progress), _BUFFER)


class _Watched(io.RawIOBase):
    def __init__(self, path: Path, progress: Progress) -> None:
        self._file, self._progress = path.open("rb", buffering=0), progress
        self._size = path.stat().st_size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any) -> int | None:
        count: int | None = self._file.readinto(buffer)
        self._progress(self._file.tell(), self._size)
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
