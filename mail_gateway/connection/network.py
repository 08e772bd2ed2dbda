"""How a mail server, or the authorization server of its tokens, is reached: straight, or through a proxy."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit


class ProxyFailed(OSError):
    """The proxy is away, refuses us, or cannot reach the server."""


def connect(host: str, port: int, timeout_s: float, *, proxy: str | None = None) -> socket.socket:
    """A connected socket with this timeout. `proxy` is `socks5://…` or `http://…` (CONNECT), with a login where it
    wants one; it is the proxy that looks up the server's name. Raises `OSError`, of the proxy's own `ProxyFailed`."""
    if proxy is None:
        return socket.create_connection((host, port), timeout_s)
    from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError  # noqa: PLC0415  few need it
    from python_socks.sync import Proxy  # noqa: PLC0415

    try:
        opened = Proxy.from_url(proxy, rdns=True).connect(host, port, timeout=timeout_s)
    except (ProxyError, ProxyConnectionError, ProxyTimeoutError, OSError) as error:
        raise ProxyFailed(f"proxy {urlsplit(proxy).hostname}: {type(error).__name__}") from error
    opened.settimeout(timeout_s)
    return opened
