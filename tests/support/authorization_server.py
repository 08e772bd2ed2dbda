"""A small OAuth2 authorization server (RFC 6749 §4.4): client credentials by basic auth, tokens that expire."""

from __future__ import annotations

import base64
import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote_plus

CLIENT_ID, CLIENT_SECRET = "pulse worker", "s:cret/ü"


class AuthorizationServer:
    """Gives `token-1`, `token-2`, …; `valid` are those that a resource server should accept now."""

    def __init__(self, *, expires_in: int | None = 300) -> None:
        self.valid: set[str] = set()
        self.scopes: list[str | None] = []
        #: Answer with this status and body instead.
        self.refuse: tuple[int, bytes] | None = None
        #: Held back while it is not set.
        self.go_on = threading.Event()
        self.go_on.set()
        self._expires_in = expires_in
        self._numbers = itertools.count(1)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                server.go_on.wait(10)
                status, answer = server.answer(self.path, self.headers, parse_qs(body))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/oauth/token"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def given(self) -> int:
        """How many tokens were asked for with success."""
        return len(self.scopes)

    def answer(self, path: str, headers: Any, form: dict[str, list[str]]) -> tuple[int, bytes]:
        if self.refuse is not None:
            return self.refuse
        kind, _, encoded = headers.get("Authorization", "").partition(" ")
        client = tuple(unquote_plus(part) for part in base64.b64decode(encoded).decode().split(":"))
        if kind != "Basic" or client != (CLIENT_ID, CLIENT_SECRET):
            return 401, b'{"error": "invalid_client"}'
        if path != "/oauth/token" or form.get("grant_type") != ["client_credentials"]:
            return 400, b'{"error": "unsupported_grant_type"}'
        token = f"token-{next(self._numbers)}"
        self.valid = {token}
        self.scopes.append(form.get("scope", [None])[0])
        life = {} if self._expires_in is None else {"expires_in": self._expires_in}
        return 200, json.dumps({"access_token": token, "token_type": "Bearer", **life}).encode()
