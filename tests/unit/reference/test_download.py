from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from serving import serving

from pulse.reference.download import BadAddress, Bounds, NotFetched, fetch, is_address

LIST = b"a list\n" * 1000


class Publisher(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1]
        if name == "moved":
            self._answer(302, Location="/lists/list-de.ndjson")
        elif name == "elsewhere":
            self._answer(302, Location="http://publisher.example/list")
        elif name == "around":
            self._answer(302, Location="/around")
        elif name == "broken":
            self._answer(200, LIST[:100], **{"Content-Length": str(len(LIST))})
        elif name == "slow":
            self._answer(200, b"", **{"Content-Length": "10"})
            self.server.released.wait(10)  # type: ignore[attr-defined]
        elif name == "absent":
            self._answer(404)
        elif self.headers.get("If-None-Match") == '"v1"':
            self._answer(304)
        else:
            self._answer(200, LIST, ETag='"v1"', **{"Last-Modified": "Sun, 31 May 2026 23:30:00 GMT"})

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def publisher() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    server.released = threading.Event()  # type: ignore[attr-defined]
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"
        server.released.set()  # type: ignore[attr-defined]


def test_a_list_is_fetched_whole_with_its_etag_and_its_swiss_day(publisher: str, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    fetched = fetch(f"{publisher}/lists/list-de.ndjson", tmp_path, progress=lambda done, of: told.append((done, of)))
    assert fetched is not None
    assert (fetched.path.read_bytes(), fetched.name) == (LIST, "list-de.ndjson")
    assert (fetched.etag, fetched.day) == ('"v1"', date(2026, 6, 1))
    assert told[-1] == (len(LIST), len(LIST))


def test_a_list_that_did_not_change_is_not_fetched_again(publisher: str, tmp_path: Path) -> None:
    assert fetch(f"{publisher}/list-de.ndjson", tmp_path, etag='"v1"') is None
    assert list(tmp_path.iterdir()) == []


def test_it_follows_where_it_is_led_on(publisher: str, tmp_path: Path) -> None:
    assert fetch(f"{publisher}/moved", tmp_path) is not None


@pytest.mark.parametrize("url", ["http://publisher.example/list", "ftp://publisher.example/list", "file:///etc/passwd"])
def test_only_https_is_fetched(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadAddress):
        fetch(url, tmp_path)


def test_it_is_not_led_on_to_plain_http(publisher: str, tmp_path: Path) -> None:
    with pytest.raises(BadAddress):
        fetch(f"{publisher}/elsewhere", tmp_path)


@pytest.mark.parametrize(
    ("name", "bounds", "said"),
    [
        ("absent", Bounds(), "answers 404"),
        ("around", Bounds(), "redirections"),
        ("broken", Bounds(), "could not be fetched|broke off"),
        ("slow", Bounds(silence_s=0.1), "could not be fetched"),
        ("list", Bounds(max_bytes=1000), "more than 1000 bytes"),
        ("list", Bounds(time_s=-1), "did not come within"),
    ],
)
def test_what_does_not_come_whole_and_in_time_leaves_nothing(
    publisher: str, tmp_path: Path, name: str, bounds: Bounds, said: str
) -> None:
    began = time.monotonic()
    with pytest.raises(NotFetched, match=said):
        fetch(f"{publisher}/{name}", tmp_path, bounds=bounds)
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - began < 5


def test_nobody_there_is_said(free_port: int, tmp_path: Path) -> None:
    with pytest.raises(NotFetched):
        fetch(f"http://127.0.0.1:{free_port}/list", tmp_path)


def test_a_path_is_no_address() -> None:
    assert is_address("https://x.example/y")
    assert not is_address("/var/lists/sl.ndjson")
    assert not is_address("sl.ndjson")
