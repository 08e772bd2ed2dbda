from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pulse.engine.client.wire import Connection


@contextmanager
def answering(*parts: bytes) -> Iterator[Connection]:
    """A connection whose other side reads one request and then sends these parts and closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(65536)
                for part in parts:
                    peer.sendall(part)

        thread = threading.Thread(target=serve)
        thread.start()
        connection = Connection(*server.getsockname(), tls=None, timeout_s=5)
        yield connection
        connection.close()
        thread.join()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], (204, b"", True)),
        ([b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: 4\r\n\r\n{}", b"{}"], (200, b"{}{}", True)),
        ([b"HTTP/1.1 200\r\ncontent-length:2\r\nConnection: Close\r\n\r\n{}"], (200, b"{}", False)),
        (
            [
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                b"a;x=1\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
            ],
            (200, b"abc0123456789", True),
        ),
        ([b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"], (201, b"", True)),
        ([b"HTTP/1.1 500 \r\n\r\nuntil the end"], (500, b"until the end", False)),
    ],
)
def test_an_answer_is_read_to_its_end_and_no_further(parts: list[bytes], expected: tuple[int, bytes, bool]) -> None:
    with answering(*parts) as connection:
        assert connection.exchange(b"GET / HTTP/1.1\r\n\r\n", 5) == expected


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000,
    ],
)
def test_half_an_answer_is_no_answer(part: bytes) -> None:
    with answering(part) as connection, pytest.raises(OSError, match=r"closed|ends|no HTTP"):
        connection.exchange(b"GET / HTTP/1.1\r\n\r\n", 5)


def test_a_silent_engine_runs_into_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(*server.getsockname(), tls=None, timeout_s=5)
        with pytest.raises(TimeoutError):
            connection.exchange(b"GET / HTTP/1.1\r\n\r\n", 0.05)
        connection.close()
