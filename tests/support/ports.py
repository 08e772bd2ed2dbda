"""A port of the tests' own: nobody else gets it between the moment when it is picked and the one when it is used."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def kept_port() -> Iterator[int]:
    """A port of 127.0.0.1 where a server may be started, also again after it was stopped; until then nobody answers."""
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        port = int(keeper.getsockname()[1])
        if sys.platform != "linux":  # elsewhere a server cannot share it
            keeper.close()
        yield port
