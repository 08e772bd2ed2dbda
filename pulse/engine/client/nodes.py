"""The nodes of one engine: several addresses before one database, of which one is spoken to until it fails."""

from __future__ import annotations

import random
import socket
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import SplitResult, urlsplit


@dataclass(frozen=True, slots=True)
class Node:
    """One address that answers for the engine."""

    host: str
    port: int
    #: As the request's header names it.
    netloc: str
    tls: ssl.SSLContext | None

    def connect(self, timeout_s: float) -> socket.socket:
        """Opens a connection; raises OSError."""
        opened = HTTPConnection(self.host, self.port, timeout=timeout_s)
        if self.tls is not None:
            opened = HTTPSConnection(self.host, self.port, timeout=timeout_s, context=self.tls)
        opened.connect()
        connection: socket.socket = opened.sock
        return connection


class Nodes:
    """`urls` are the nodes' REST roots with commas between them, each with the same path; ValueError if not.

    Which one is used first is drawn, so that many clients spread over all nodes. Threads share it.
    """

    def __init__(self, urls: str) -> None:
        parts = [urlsplit(url.strip().rstrip("/")) for url in urls.split(",")]
        for part in parts:
            if part.scheme not in {"http", "https"} or not part.hostname:
                raise ValueError(f"not an engine's URL: {part.scheme}://{part.hostname}")
        if len({part.path for part in parts}) > 1:
            raise ValueError("the nodes of one engine have the same path")
        #: What requests are written for, whichever node gets them.
        self.base = parts[0].geturl()
        self.origin = f"{parts[0].scheme}://{parts[0].netloc}"
        self._nodes = [_node(part) for part in parts]
        self._at = random.randrange(len(parts))  # noqa: S311  spreads load, keeps no secret

    @property
    def current(self) -> Node:
        """The node that the next request goes to."""
        return self._nodes[self._at]

    def leave(self, node: Node) -> None:
        """It failed: the next request goes to the one after it, unless another thread has left it before."""
        if node is self.current:
            self._at = (self._nodes.index(node) + 1) % len(self._nodes)

    def connect(self, timeout_s: float) -> tuple[Node, socket.socket]:
        """A connection to the current node, or to the first after it that takes one: nothing has been sent yet, so
        nothing can happen twice. Raises the last node's OSError."""
        problem = OSError()
        for _ in self._nodes:
            node = self.current
            try:
                return node, node.connect(timeout_s)
            except OSError as error:
                self.leave(node)
                problem = error
        raise problem


def _node(part: SplitResult) -> Node:
    tls = ssl.create_default_context() if part.scheme == "https" else None
    return Node(part.hostname or "", part.port or (443 if tls else 80), part.netloc.rpartition("@")[2], tls)
