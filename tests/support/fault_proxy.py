"""A TCP proxy that misbehaves on demand: cuts, delays, drips, says other lines than the server, hides abilities.

What passes is counted, so that a test can say what was asked for on the wire.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

_CHUNK = 64 * 1024
_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")
_PATIENCE_S = 30.0


@dataclass
class Hold:
    """A place where the talk stops: `reached` once somebody waits there, who goes on after `release`."""

    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


class FaultProxy:
    """Stands before one server on a free port of 127.0.0.1. Rules may be changed at any time."""

    def __init__(self, host: str, port: int, *, by_line: bool = True) -> None:
        """Without `by_line` rules see what comes piece by piece, as a protocol that does not end with a line needs."""
        self._by_line = by_line
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = "127.0.0.1", int(self._listener.getsockname()[1])
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        #: What clients said, line by line, without what they sent as literals.
        self.commands: list[bytes] = []
        #: Bytes that servers sent.
        self.received = 0
        #: Lines of the server, and what is said instead.
        self.replaced: list[tuple[re.Pattern[bytes], bytes]] = []
        #: Commands that never reach the server, and what the client is told, `%(tag)s` being its tag.
        self.answered: list[tuple[re.Pattern[bytes], bytes]] = []
        #: Commands, or lines of the server, before which the talk stops.
        self.held: list[tuple[re.Pattern[bytes], Hold]] = []
        #: Commands upon which both ends are cut.
        self.cut_at: list[re.Pattern[bytes]] = []
        #: After this many bytes of the server's the connection is cut.
        self.cut_after: int | None = None
        #: The server is silent from now on, though its connections stay.
        self.silent = False
        #: Bytes a second, where it shall be slow.
        self.bytes_per_s: float | None = None
        #: Before each line of the server's.
        self.delay_s = 0.0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="fault-proxy", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Ends every connection."""
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for one in sockets:
            _end(one)

    def hold(self, pattern: bytes) -> Hold:
        """The talk will stop before a line that has this."""
        hold = Hold()
        self.held.append((re.compile(pattern, re.IGNORECASE), hold))
        return hold

    def replace(self, pattern: bytes, line: bytes) -> None:
        """What matches in a line of the server's becomes `line` (with groups, as in `re.sub`)."""
        self.replaced.append((re.compile(pattern, re.IGNORECASE), line))

    def answer(self, pattern: bytes, line: bytes) -> None:
        """Commands that match are answered here, `%(tag)s` standing for their tag."""
        self.answered.append((re.compile(pattern, re.IGNORECASE), line))

    def asked(self, pattern: bytes) -> list[bytes]:
        """The commands so far that have this."""
        return [command for command in list(self.commands) if re.search(pattern, command, re.IGNORECASE)]

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target, timeout=_PATIENCE_S)
            except OSError:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                one.settimeout(None)
            with self._lock:
                self._sockets |= {client, server}
            for work in (self._from_client, self._from_server):
                threading.Thread(target=self._until_end, args=(work, client, server), daemon=True).start()

    def _until_end(
        self, work: Callable[[socket.socket, socket.socket], None], client: socket.socket, server: socket.socket
    ) -> None:
        try:
            work(client, server)
        except OSError:
            pass
        finally:
            for one in (client, server):
                _end(one)

    def _from_client(self, client: socket.socket, server: socket.socket) -> None:
        for line, literal in self._pieces(client):
            if not literal:
                self.commands.append(line)
                if any(pattern.search(line) for pattern in self.cut_at):
                    return
                self._wait_at(line)
                told = next((said for pattern, said in self.answered if pattern.search(line)), None)
                if told is not None:
                    client.sendall(told % {b"tag": line.split(b" ", 1)[0]} + b"\r\n")
                    continue
            server.sendall(line)

    def _from_server(self, client: socket.socket, server: socket.socket) -> None:
        sent = 0
        for line, literal in self._pieces(server):
            said = line
            if not literal:
                for pattern, other in self.replaced:
                    said = pattern.sub(other, said)
                self._wait_at(said)
                if self.delay_s:
                    time.sleep(self.delay_s)
            while self.silent:
                time.sleep(0.01)
            if self.cut_after is not None and sent + len(said) > self.cut_after:
                client.sendall(said[: self.cut_after - sent])
                return
            self._send(client, said)
            sent += len(said)
            self.received += len(said)

    def _pieces(self, source: socket.socket) -> Iterator[tuple[bytes, bool]]:
        if self._by_line:
            yield from _lines(source)
            return
        while piece := source.recv(_CHUNK):
            yield piece, False

    def _send(self, client: socket.socket, data: bytes) -> None:
        if self.bytes_per_s is None:
            client.sendall(data)
            return
        for start in range(len(data)):
            if self.bytes_per_s is None:
                client.sendall(data[start:])
                return
            client.sendall(data[start : start + 1])
            time.sleep(1 / self.bytes_per_s)

    def _wait_at(self, line: bytes) -> None:
        for pattern, hold in self.held:
            if pattern.search(line):
                hold.reached.set()
                hold.release.wait(_PATIENCE_S)


def _lines(source: socket.socket) -> Iterator[tuple[bytes, bool]]:
    """What comes, line by line; what IMAP announces as a literal comes in pieces, marked as such."""
    buffer = b""
    while True:
        end = buffer.find(b"\n") + 1
        if not end:
            more = source.recv(_CHUNK)
            if not more:
                return
            buffer += more
            continue
        line, buffer = buffer[:end], buffer[end:]
        yield line, False
        announced = _LITERAL.search(line)
        left = int(announced[1]) if announced else 0
        while left:
            if not buffer:
                buffer = source.recv(_CHUNK)
                if not buffer:
                    return
            piece, buffer = buffer[:left], buffer[left:]
            left -= len(piece)
            yield piece, True


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
