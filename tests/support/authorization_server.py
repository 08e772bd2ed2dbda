"""A small OAuth2 authorization server (RFC 6749): client credentials, refresh tokens that rotate, introspection
(RFC 7662), tokens that expire."""

from __future__ import annotations

import base64
import itertools
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote_plus

CLIENT_ID, CLIENT_SECRET = "pulse worker", "s:cret/ü"
#: A client without a secret, which a person has let in.
PUBLIC_CLIENT_ID = "pulse-public"
#: Of the person's consent.
REFRESH_TOKEN = "refresh-0"
#: Tokens of this server open mailboxes of this domain.
DOMAIN = "insurer.example"


class AuthorizationServer:
    """Gives `token-1`, `token-2`, …; `valid` are those that a resource server should accept now."""

    def __init__(
        self, *, expires_in: int | None = 300, rotates: bool = False, tls: ssl.SSLContext | None = None
    ) -> None:
        """With `rotates`, each refresh token is good for one use."""
        self.valid: set[str] = set()
        self.scopes: list[str | None] = []
        #: How many times somebody asked whether a token is valid.
        self.introspected = 0
        #: How many requests for tokens came, refused ones too.
        self.asked = 0
        self.refresh_token = REFRESH_TOKEN
        #: Given with each token instead of what was asked for.
        self.grants: str | None = None
        #: Give tokens that nobody takes.
        self.worthless = False
        #: Answer with this status and body instead.
        self.refuse: tuple[int, bytes] | None = None
        #: Held back while it is not set.
        self.go_on = threading.Event()
        self.go_on.set()
        self._expires_in, self._rotates = expires_in, rotates
        self._scope_of: dict[str, str] = {}
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
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self.port = self._http.server_address[1]
        base = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}"
        self.url, self.introspection_url = f"{base}/oauth/token", f"{base}/oauth/introspect"

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
        if path == "/oauth/introspect":
            return self._introspect(form.get("token", [""])[0])
        self.asked += 1
        if self.refuse is not None:
            return self.refuse
        if not _is_known(headers.get("Authorization", ""), form):
            return _error(401, "invalid_client")
        grant = form.get("grant_type", [""])[0]
        if path != "/oauth/token" or grant not in ("client_credentials", "refresh_token"):
            return _error(400, "unsupported_grant_type")
        if grant == "refresh_token" and form.get("refresh_token") != [self.refresh_token]:
            return _error(400, "invalid_grant", "AADSTS700082: expired for person@insurer.example")
        return self._give(form.get("scope", [None])[0], refreshed=grant == "refresh_token")

    def _give(self, scope: str | None, *, refreshed: bool) -> tuple[int, bytes]:
        number = next(self._numbers)
        token = f"token-{number}"
        self.valid = set() if self.worthless else {token}
        self.scopes.append(scope)
        self._scope_of[token] = self.grants if self.grants is not None else scope or ""
        more: dict[str, object] = {} if self._expires_in is None else {"expires_in": self._expires_in}
        if self._scope_of[token]:
            more["scope"] = self._scope_of[token]
        if refreshed and self._rotates:
            more["refresh_token"] = self.refresh_token = f"refresh-{number}"
        return 200, json.dumps({"access_token": token, "token_type": "Bearer", **more}).encode()

    def _introspect(self, token: str) -> tuple[int, bytes]:
        self.introspected += 1
        if token not in self.valid:
            return 200, b'{"active": false}'
        return 200, json.dumps({"active": True, "username": f"pulse@{DOMAIN}", "scope": self._scope_of[token]}).encode()


def _is_known(authorization: str, form: dict[str, list[str]]) -> bool:
    kind, _, encoded = authorization.partition(" ")
    if not kind:
        return form.get("client_id") == [PUBLIC_CLIENT_ID]
    client = tuple(unquote_plus(part) for part in base64.b64decode(encoded).decode().split(":"))
    return kind == "Basic" and client == (CLIENT_ID, CLIENT_SECRET)


def _error(status: int, code: str, description: str = "") -> tuple[int, bytes]:
    return status, json.dumps({"error": code, "error_description": description}).encode()
