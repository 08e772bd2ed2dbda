from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from certificates import self_signed

from pulse.engine.client.transport import Transport
from pulse.engine.errors import EngineSilent, EngineUnavailable, ServerFault


@contextmanager
def answering(*parts: bytes, timeout_s: float = 5) -> Iterator[Transport]:
    """Connections to a server that reads one request, sends these parts and closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(65536)
                for part in parts:
                    peer.sendall(part)

        thread = threading.Thread(target=serve)
        thread.start()
        host, port = server.getsockname()
        transport = Transport(f"http://{host}:{port}/engine-rest", auth=None, timeout_s=timeout_s, keep=1)
        yield transport
        transport.close()
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
        ([b"HTTP/1.1 200 \r\n\r\nuntil the end"], (200, b"until the end", False)),
    ],
)
def test_an_answer_is_read_to_its_end_and_no_further(parts: list[bytes], expected: tuple[int, bytes, bool]) -> None:
    with answering(*parts) as transport:
        answer = transport.request("GET", "/")
        assert (answer.status_code, answer.content, len(transport._idle) == 1) == expected


def test_an_error_without_a_length_is_read_to_its_end_too() -> None:
    with (
        answering(b"HTTP/1.1 500 \r\n\r\nuntil the end") as transport,
        pytest.raises(ServerFault, match="until the end"),
    ):
        transport.request("GET", "/")


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
    with answering(part) as transport, pytest.raises(EngineUnavailable, match="no answer") as told:
        transport.request("GET", "/")
    assert not isinstance(told.value, EngineSilent)


def test_a_silent_engine_runs_into_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        transport = Transport(f"http://{host}:{port}/engine-rest", auth=None, timeout_s=0.05, keep=1)
        with pytest.raises(EngineSilent, match="TimeoutError"):
            transport.request("GET", "/")


@pytest.mark.parametrize("trusted", [True, False])
def test_an_engine_behind_tls_is_trusted_by_its_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    certificate, key = self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def serve(server: socket.socket) -> None:
        peer, _ = server.accept()
        with peer, contextlib.suppress(OSError), context.wrap_socket(peer, server_side=True) as stream:
            for _ in range(2):
                stream.recv(65536)
                stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        transport = Transport(f"https://127.0.0.1:{server.getsockname()[1]}", auth=None, timeout_s=5, keep=1)
        if trusted:
            assert [transport.request("GET", "/").json() for _ in range(2)] == [{}, {}]
        else:
            with pytest.raises(EngineUnavailable, match="SSLCertVerificationError"):
                transport.request("GET", "/")
        transport.close()
        thread.join()
