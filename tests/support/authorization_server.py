"""A small OAuth2 authorization server (RFC 6749): client credentials, consents of people, refresh tokens that rotate,
signed statements instead of secrets, introspection (RFC 7662), tokens that expire."""

from __future__ import annotations

import base64
import itertools
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from consents import Consents, Refused
from cryptography.x509 import Certificate
from statements import ACCOUNT, checked_by_certificate, checked_by_key

CLIENT_ID, CLIENT_SECRET = "pulse worker", "s:cret/ü"
#: A client without a secret, which a person has let in.
PUBLIC_CLIENT_ID = "pulse-public"
#: One that shows a certificate.
CERTIFIED_CLIENT_ID = "pulse-certified"
#: Of the person's consent.
REFRESH_TOKEN = "refresh-0"
#: Tokens of this server open mailboxes of this domain.
DOMAIN = "insurer.example"

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


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
        #: What people do here.
        self.consents = Consents({CLIENT_ID, PUBLIC_CLIENT_ID, CERTIFIED_CLIENT_ID})
        #: Of `CERTIFIED_CLIENT_ID`, and of the service account.
        self.certificate: Certificate | None = None
        self.account_key: Any = None
        self._expires_in, self._rotates = expires_in, rotates
        self._scope_of: dict[str, str] = {}
        self._user_of: dict[str, str] = {}
        self._statements: set[str] = set()
        self._numbers = itertools.count(1)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = server.consents.answered(dict(parse_qsl(urlsplit(self.path).query)))
                self.send_response(302 if address else 400)
                if address:
                    self.send_header("Location", address)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                server.go_on.wait(60)
                status, answer = server.answer(self.path, self.headers, dict(parse_qsl(body)))
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
        self.authorization_url, self.device_url = f"{base}/oauth/authorize", f"{base}/oauth/device"

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

    def answer(self, path: str, headers: Any, form: dict[str, str]) -> tuple[int, bytes]:
        if path == "/oauth/introspect":
            return self._introspect(form.get("token", ""))
        self.asked += 1
        if self.refuse is not None:
            return self.refuse
        try:
            if path == "/oauth/device":
                answer = self.consents.device_code(self._client(headers, form), form, self.device_url)
                return 200, json.dumps(answer).encode()
            if path != "/oauth/token":
                raise Refused("unsupported_grant_type")
            return 200, json.dumps(self._granted(headers, form)).encode()
        except Refused as refused:
            return refused.status, json.dumps({"error": refused.code, "error_description": refused.words}).encode()

    def _granted(self, headers: Any, form: dict[str, str]) -> dict[str, object]:
        grant, scope = form.get("grant_type", ""), form.get("scope")
        if grant == _JWT_BEARER:
            claims = checked_by_key(form["assertion"], self.account_key, self.url)
            if claims["iss"] != ACCOUNT or not claims["sub"].endswith(f"@{DOMAIN}"):
                raise Refused("unauthorized_client", 401)
            return self._give(claims["scope"], user=claims["sub"])
        client = self._client(headers, form)
        if grant == "client_credentials" and client != PUBLIC_CLIENT_ID:
            return self._give(scope)
        if grant == "refresh_token":
            if form.get("refresh_token") != self.refresh_token:
                raise Refused("invalid_grant", words="AADSTS700082: expired for person@insurer.example")
            return self._give(scope, refreshed=self._rotates)
        if grant == "authorization_code":
            scope = self.consents.redeemed(client, form)
            return self._give(scope, refreshed="offline_access" in scope.split())
        if grant == _DEVICE:
            scope = self.consents.polled(client, form)
            return self._give(scope, refreshed="offline_access" in scope.split())
        raise Refused("unsupported_grant_type")

    def _client(self, headers: Any, form: dict[str, str]) -> str:
        kind, _, encoded = headers.get("Authorization", "").partition(" ")
        if "client_assertion" in form:
            return self._certified(form)
        if not kind and form.get("client_id") == PUBLIC_CLIENT_ID:
            return PUBLIC_CLIENT_ID
        client = tuple(unquote_plus(part) for part in base64.b64decode(encoded).decode().split(":"))
        if kind != "Basic" or client != (CLIENT_ID, CLIENT_SECRET):
            raise Refused("invalid_client", 401)
        return CLIENT_ID

    def _certified(self, form: dict[str, str]) -> str:
        if form.get("client_assertion_type") != _CLIENT_ASSERTION or self.certificate is None:
            raise Refused("invalid_client", 401)
        claims = checked_by_certificate(form["client_assertion"], self.certificate, self.url)
        is_it = claims["iss"] == claims["sub"] == form.get("client_id") == CERTIFIED_CLIENT_ID
        if not is_it or claims["jti"] in self._statements:
            raise Refused("invalid_client", 401)
        self._statements.add(claims["jti"])
        return CERTIFIED_CLIENT_ID

    def _give(self, scope: str | None, *, refreshed: bool = False, user: str = f"pulse@{DOMAIN}") -> dict[str, object]:
        number = next(self._numbers)
        token = f"token-{number}"
        self.valid = set() if self.worthless else {token}
        self.scopes.append(scope)
        self._scope_of[token] = self.grants if self.grants is not None else scope or ""
        self._user_of[token] = user
        given: dict[str, object] = {"access_token": token, "token_type": "Bearer"}
        if self._expires_in is not None:
            given["expires_in"] = self._expires_in
        if self._scope_of[token]:
            given["scope"] = self._scope_of[token]
        if refreshed:
            given["refresh_token"] = self.refresh_token = f"refresh-{number}"
        return given

    def _introspect(self, token: str) -> tuple[int, bytes]:
        self.introspected += 1
        if token not in self.valid:
            return 200, b'{"active": false}'
        known = {"active": True, "username": self._user_of[token], "scope": self._scope_of[token]}
        return 200, json.dumps(known).encode()
