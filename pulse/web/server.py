"""The server in front of the application."""

from __future__ import annotations

from typing import Any

from flask import Flask

from pulse.web.endpoint import MAX_UPLOAD_BYTES

#: Up to here the application itself says in its own words that a body is too large; past it the server does, before it
#: has read the body.
MAX_BODY_BYTES = 4 * MAX_UPLOAD_BYTES


def listen(app: Flask, *, host: str, port: int, threads: int = 8) -> Any:
    """A waitress server that listens: `effective_port` is its port, `run()` serves until it is closed."""
    from waitress.server import create_server  # noqa: PLC0415  only the process that serves needs it

    return create_server(app, host=host, port=port, threads=threads, ident=None, max_request_body_size=MAX_BODY_BYTES)
