"""Fetches a list from its publisher: over TLS, within a size and a time, and only where it changed."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from pulse.base.clock import swiss_date
from pulse.base.errors import InvalidInput, Unavailable
from pulse.reference.watched import Progress

_LOCAL = ("localhost", "127.0.0.1", "::1")
_MOST_REDIRECTS = 5
_CHUNK = 256 * 1024
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9._-]+")


class BadAddress(InvalidInput):
    """A list is fetched over https alone."""

    code = "list_address"


class NotFetched(Unavailable):
    """The list could not be fetched; the one in force stays."""

    code = "list_not_fetched"


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A fetched file. `name` is its name at the publisher, `day` the Swiss day of `Last-Modified`, where given."""

    path: Path
    name: str
    etag: str | None
    day: date | None


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a fetch may take: bytes in all, seconds in all, and seconds of silence."""

    max_bytes: int = 1 << 30
    time_s: float = 900.0
    silence_s: float = 30.0


_USUAL = Bounds()


def is_address(source: str) -> bool:
    """Whether a source is a URL, and no file."""
    return urlsplit(source).scheme in ("http", "https")


def fetch(
    url: str, folder: Path, *, etag: str | None = None, bounds: Bounds = _USUAL, progress: Progress | None = None
) -> Fetched | None:
    """Fetches `url` into `folder`, under a name made of its own; None where the publisher still has `etag`.

    What is not whole is left nowhere. Raises `BadAddress` (also where it is led on to one), `NotFetched`.
    """
    headers = {"User-Agent": "pulse-claims", "Accept-Encoding": "identity"}
    if etag:
        headers["If-None-Match"] = etag
    timeout = urllib3.Timeout(connect=bounds.silence_s, read=bounds.silence_s)
    with urllib3.PoolManager(timeout=timeout, retries=False) as pool:
        try:
            answer = _opened(pool, url, headers)
            try:
                if answer.status == 304:
                    return None
                if answer.status != 200:
                    raise NotFetched(f"{url} answers {answer.status}")
                return _kept(answer, url, folder, _Watch(bounds, progress or (lambda _done, _of: None)))
            finally:
                answer.release_conn()
        except HTTPError as error:
            raise NotFetched(f"{url} could not be fetched ({type(error).__name__})") from error


def _opened(pool: urllib3.PoolManager, url: str, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
    for _ in range(_MOST_REDIRECTS + 1):
        _check(url)
        answer = pool.request("GET", url, headers=headers, preload_content=False, redirect=False)
        led_on = answer.get_redirect_location()
        if not led_on:
            return answer
        answer.release_conn()
        url = urljoin(url, str(led_on))
    raise NotFetched(f"more than {_MOST_REDIRECTS} redirections")


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL):
        return
    raise BadAddress(f"{parts.scheme}://{parts.hostname or ''}: a list is fetched over https alone")


class _Watch:
    """Stops what grows too large or takes too long."""

    def __init__(self, bounds: Bounds, progress: Progress) -> None:
        self._bounds, self._progress = bounds, progress
        self._ends = time.monotonic() + bounds.time_s

    def see(self, url: str, done: int, expected: int) -> None:
        if max(done, expected) > self._bounds.max_bytes:
            raise NotFetched(f"{url} has more than {self._bounds.max_bytes} bytes")
        if time.monotonic() > self._ends:
            raise NotFetched(f"{url} did not come within {self._bounds.time_s:g} s")
        self._progress(done, expected)


def _kept(answer: urllib3.BaseHTTPResponse, url: str, folder: Path, watch: _Watch) -> Fetched:
    name = _NOT_IN_NAME.sub("_", urlsplit(url).path.rsplit("/", 1)[-1]).lstrip(".") or "list"
    expected = int(answer.headers.get("Content-Length") or 0)
    watch.see(url, 0, expected)
    folder.mkdir(parents=True, exist_ok=True)
    part, path, done = folder / f"{name}.part", folder / name, 0
    try:
        with part.open("wb") as file:
            for chunk in answer.stream(_CHUNK):
                done += len(chunk)
                watch.see(url, done, expected)
                file.write(chunk)
        if expected and done != expected:
            raise NotFetched(f"{url} broke off after {done} of {expected} bytes")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return Fetched(path=path, name=name, etag=answer.headers.get("ETag"), day=_modified(answer))


def _modified(answer: urllib3.BaseHTTPResponse) -> date | None:
    try:
        return swiss_date(parsedate_to_datetime(answer.headers["Last-Modified"]))
    except (KeyError, ValueError, TypeError):
        return None
