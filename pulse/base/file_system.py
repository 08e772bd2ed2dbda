"""Files by URL: on a local disk, on a server or in a bucket, whatever fsspec knows.

Folders and buckets differ in what keeps a file whole. Where files can be renamed, one is written under another name
first. A bucket cannot rename, but an object is there at once or not at all; its folders are parts of names, never made.
"""

from __future__ import annotations

import contextlib
import errno
import posixpath
import re
import secrets
from collections.abc import Iterator
from typing import Any

import fsspec
from fsspec.spec import AbstractFileSystem

from pulse.base.errors import Misconfigured, Unavailable

#: s3fs tries so often, and within reads so often again; botocore inside of it once.
_TRIES = 3
#: 3 times 3 of these are less than a lease lasts.
_READ_TIMEOUT_S = 10

#: What is said of an error, by its class or one of those that it comes from; names of botocore stand for classes that
#: are there only with s3fs.
_WORDS = {
    "FileNotFoundError": "there is no such folder or bucket",
    "PermissionError": "access is denied; check the login and its rights",
    "NoCredentialsError": "no login is set: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile",
    "PartialCredentialsError": "the login is set in part only: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "ProfileNotFound": "the profile that AWS_PROFILE names does not exist",
    "SSLError": "its certificate is not trusted",
    "EndpointConnectionError": "the server does not answer at its address",
    "ConnectTimeoutError": "the server does not answer at its address",
    "ReadTimeoutError": "the server takes too long",
    "TimeoutError": "the server takes too long",
    "ConnectionError": "the connection failed",
    "HTTPClientError": "the connection failed",
}
_WORDS_BY_NUMBER = {
    errno.ENOSPC: "no space is left",
    errno.EROFS: "it is read-only",
    errno.EDQUOT: "the quota is used up",
}

_LOGIN = re.compile(r"//[^/@]*@")


class FileSystem:
    """One folder and what lies below it. Paths are whole, as the file system has them."""

    def __init__(self, url: str, *, away: type[Unavailable], setting: str) -> None:
        """`away` is raised whenever the file system fails; `Misconfigured` here, where the URL is of no use."""
        try:
            self._filesystem, root = _opened(url)
        except ImportError as error:
            problem = f"{setting}: the Python package for {url.partition(':')[0]}: is missing; for s3: it is s3fs."
            raise Misconfigured(problem, key=setting, cause=type(error).__name__) from error
        except (ValueError, TypeError) as error:
            raise Misconfigured(f"{setting} cannot be used.", key=setting, cause=type(error).__name__) from error
        self.root: str = root.rstrip("/") or root
        #: The URL without a login.
        self.name = _LOGIN.sub("//", url)
        self._away = away
        self._renames = type(self._filesystem).mv is not AbstractFileSystem.mv

    def files(self) -> list[dict[str, Any]]:
        """The files that lie directly in the folder, as fsspec describes them."""
        with self._asked():
            try:
                found = self._filesystem.ls(self.root, detail=True)
            except FileNotFoundError:
                # A bucket has no folder but by what lies in it.
                if self._renames or not self._filesystem.exists(self.root.partition("/")[0]):
                    raise
                return []
        # Some programs mark a bucket's folder by an empty object of its name.
        return [info for info in found if info["type"] == "file" and not info["name"].endswith("/")]

    def look(self, path: str) -> dict[str, Any] | None:
        """What is there now; None for nothing."""
        with self._asked():
            try:
                found: dict[str, Any] = self._filesystem.info(path)
            except FileNotFoundError:
                return None
        return found

    def read(self, path: str, *, most_bytes: int | None = None) -> bytes | None:
        """A file's beginning, or all of it; None where there is none."""
        with self._asked():
            try:
                if most_bytes is None:
                    return bytes(self._filesystem.cat_file(path))
                return bytes(self._filesystem.cat_file(path, start=0, end=most_bytes)) if most_bytes else b""
            except FileNotFoundError:
                return None

    def write(self, path: str, data: bytes) -> None:
        """A whole file: nobody ever sees half of it. One that is there already stays."""
        if self.look(path) is not None:
            return
        with self._asked():
            if not self._renames:
                self._filesystem.pipe_file(path, data)
                return
            self._filesystem.makedirs(posixpath.dirname(path), exist_ok=True)
            draft = f"{path}.{secrets.token_hex(4)}"
            self._filesystem.pipe_file(draft, data)
            self._filesystem.mv(draft, path)

    def rename(self, path: str, to: str) -> bool:
        """Moves a file within the file system; False where that cannot be done in one step and was not done."""
        if not self._renames:
            return False
        with self._asked():
            self._filesystem.makedirs(posixpath.dirname(to), exist_ok=True)
            self._filesystem.mv(path, to)
        return True

    def copy(self, path: str, to: str) -> None:
        """A second file with the same content."""
        with self._asked():
            self._filesystem.cp_file(path, to)

    def delete(self, path: str) -> None:
        """Without it; what is gone already does not matter."""
        with self._asked(), contextlib.suppress(FileNotFoundError):
            self._filesystem.rm_file(path)

    def beginning_with(self, path: str) -> list[str]:
        """The files of a folder whose names begin like this path."""
        folder, name = posixpath.split(path)
        with self._asked():
            try:
                # A bucket lists by prefix alone what would else be thousands of names.
                found = self._filesystem.ls(folder, detail=False) if self._renames else self._prefixed(folder, name)
            except FileNotFoundError:
                return []
        return [one for one in found if posixpath.basename(one).startswith(name)]

    def _prefixed(self, folder: str, name: str) -> list[str]:
        found: list[str] = self._filesystem.find(folder, prefix=name)
        return found

    @contextlib.contextmanager
    def _asked(self) -> Iterator[None]:
        """Looks at what is there now, not at what some listing had; says in words what is in the way."""
        try:
            self._filesystem.invalidate_cache()
            yield
        except Exception as error:  # each file system has errors of its own
            raise self._away(_said(self._away, error), cause=type(error).__name__) from error


def _opened(url: str) -> tuple[Any, str]:
    if fsspec.utils.get_protocol(url) not in ("s3", "s3a"):
        return fsspec.core.url_to_fs(url)  # type: ignore[no-any-return]
    patience = {"read_timeout": _READ_TIMEOUT_S, "retries": {"total_max_attempts": 1}}
    patience |= fsspec.config.conf.get("s3", {}).get("config_kwargs", {})
    # Its cache of listings, shared by threads, would hide what others put there and show what they took away.
    bucket, root = fsspec.core.url_to_fs(url, config_kwargs=patience, use_listings_cache=False)
    bucket.retries = _TRIES
    return bucket, root


def _said(away: type[Unavailable], error: Exception) -> str:
    problem = (away.__doc__ or "").strip().splitlines()[0].rstrip(".")
    number = getattr(error, "errno", None)
    words = _WORDS_BY_NUMBER.get(number) if isinstance(number, int) else None
    names = (kind.__name__ for kind in type(error).__mro__)
    words = words or next((_WORDS[name] for name in names if name in _WORDS), type(error).__name__)
    return f"{problem}: {words}."
