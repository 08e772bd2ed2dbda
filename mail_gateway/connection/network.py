"""How a mail server, or the authorization server of its tokens, is reached: straight, or through a proxy."""

from __future__ import annotations

import socket
import time
from base64 import b64encode
from urllib.parse import SplitResult, unquote, urlsplit

#: No proxy says more than this before the tunnel begins.
_LONGEST_ANSWER = 16_384


class ProxyFailed(OSError):
    """The proxy is away, refuses us, or cannot reach the server."""


def connect(host: str, port: int, timeout_s: float, *, proxy: str | None = None) -> socket.socket:
    """A connected socket with this timeout. `proxy` is `socks5://…` or `http://…` (CONNECT), with a login where it
    wants one; it is the proxy that looks up the server's name. Raises `OSError`, of the proxy's own `ProxyFailed`."""
    if proxy is None:
        return socket.create_connection((host, port), timeout_s)
    from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError  # noqa: PLC0415  few need it
    from python_socks.sync import Proxy  # noqa: PLC0415

    place = urlsplit(proxy)
    try:
        if place.scheme == "http":
            opened = _tunnel(place, host, port, timeout_s)
        else:
            opened = Proxy.from_url(proxy, rdns=True).connect(host, port, timeout=timeout_s)
    except (ProxyError, ProxyConnectionError, ProxyTimeoutError, OSError) as error:
        raise ProxyFailed(f"proxy {place.hostname}: {type(error).__name__}") from error
    opened.settimeout(timeout_s)
    return opened


def _tunnel(proxy: SplitResult, host: str, port: int, timeout_s: float) -> socket.socket:
    """CONNECT (RFC 9110, 9.3.6). Not a byte is read beyond the proxy's answer: mail servers speak first, and what the
    server says may come along with it."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
    if proxy.username is not None:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        request += f"Proxy-Authorization: Basic {b64encode(login.encode()).decode()}\r\n"
    deadline = time.monotonic() + timeout_s
    opened = socket.create_connection((proxy.hostname or "", proxy.port or 80), timeout_s)
    try:
        opened.sendall(f"{request}\r\n".encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            one = opened.recv(1)
            if not one or len(answer) > _LONGEST_ANSWER or time.monotonic() > deadline:
                raise ConnectionError("no answer of a proxy")
            answer += one
        if not answer.partition(b" ")[2].startswith(b"2"):
            raise ConnectionRefusedError("the proxy refuses")
    except OSError:
        opened.close()
        raise
    return opened
