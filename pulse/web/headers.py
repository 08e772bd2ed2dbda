"""What every answer tells the browser, and the ids in paths."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.routing import IntegerConverter

_CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
#: For the page that has a script of ours, which asks us alone.
_SCRIPT_POLICY = f"{_CONTENT_POLICY}; script-src 'self'; connect-src 'self'"
#: A PDF has nothing to load; the browser's own viewer needs its own styles.
_PDF_POLICY = "base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _CONTENT_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class IdConverter(IntegerConverter):
    """An id that the database can hold; anything larger is not found."""

    def __init__(self, url_map: object) -> None:
        super().__init__(url_map, min=1, max=2**63 - 1)  # type: ignore[arg-type]


def with_script(page: str) -> Response:
    """A page that may run a script file of ours; all others run none."""
    response = Response(page)
    response.headers["Content-Security-Policy"] = _SCRIPT_POLICY
    return response


def secure(app: Flask, *, https: bool) -> None:
    """Adds the headers to every answer; nothing but the style sheet may be kept by a browser or a proxy."""
    app.url_map.converters["id"] = IdConverter

    @app.after_request
    def add(response: Response) -> Response:
        if response.mimetype == "application/pdf":
            response.headers["Content-Security-Policy"] = _PDF_POLICY
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response
