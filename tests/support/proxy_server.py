"""A proxy that speaks SOCKS5 (RFC 1928, 1929) and HTTP CONNECT, and remembers where it was asked to go."""

from __future__ import annotations

import base64
import contextlib
import socket
import socketserver
import struct
import threading
from typing import Self

_NO_LOGIN, _PASSWORD, _NONE_FITS = 0, 2, 255
_IPV4 = 1


class ProxyServer:
    """Knows names that no name service knows: `names` leads them to a host."""

    def __init__(self, *, user: str = "", password: str = "", names: dict[str, str] | None = None) -> None:
        self.asked: list[tuple[str, int]] = []
        #: Refuse every way.
        self.closed = False
        #: Say "the way is open" in one breath with what the server says first.
        self.in_one_breath = False
        self._login = (user, password) if user else None
        self._names = names or {}
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, struct.error):
                    proxy._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.place = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(60)
        first = _exactly(client, 1)
        way = self._socks(client) if first == b"\x05" else self._http(client, first)
        if way is None:
            return
        with way:
            threading.Thread(target=_pump, args=(client, way), daemon=True).start()
            _pump(way, client)

    def _socks(self, client: socket.socket) -> socket.socket | None:
        offered = _exactly(client, _exactly(client, 1)[0])
        method = _NO_LOGIN if self._login is None else _PASSWORD
        client.sendall(bytes([5, method if method in offered else _NONE_FITS]))
        if self._login is not None:
            _exactly(client, 1)
            login = tuple(_exactly(client, _exactly(client, 1)[0]).decode() for _ in range(2))
            client.sendall(bytes([1, login != self._login]))
            if login != self._login:
                return None
        kind = _exactly(client, 4)[3]
        host = (
            socket.inet_ntoa(_exactly(client, 4))
            if kind == _IPV4
            else _exactly(client, _exactly(client, 1)[0]).decode()
        )
        (port,) = struct.unpack("!H", _exactly(client, 2))
        way = self._open(host, port)
        client.sendall(bytes([5, 0 if way else 2, 0, 1, 0, 0, 0, 0, 0, 0]) + self._first_words(way))
        return way

    def _http(self, client: socket.socket, first: bytes) -> socket.socket | None:
        head = first
        while not head.endswith(b"\r\n\r\n"):
            head += _exactly(client, 1)
        method, target, *_ = head.decode().split(" ")
        wanted = f"Basic {base64.b64encode(':'.join(self._login).encode()).decode()}" if self._login else ""
        if wanted not in head.decode():
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return None
        host, _, port = target.rpartition(":")
        way = self._open(host, int(port)) if method == "CONNECT" else None
        answer = b"HTTP/1.1 200 OK\r\n\r\n" if way else b"HTTP/1.1 403 Forbidden\r\n\r\n"
        client.sendall(answer + self._first_words(way))
        return way

    def _first_words(self, way: socket.socket | None) -> bytes:
        return way.recv(65536) if way and self.in_one_breath else b""

    def _open(self, host: str, port: int) -> socket.socket | None:
        self.asked.append((host, port))
        if self.closed:
            return None
        return socket.create_connection((self._names.get(host, host), port), 60)


def _exactly(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def _pump(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            to.sendall(data)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_WR)
