"""The part of an authorization server that people see: consent in a browser (RFC 6749 §4.1, PKCE, RFC 8252) and by a
code on another device (RFC 8628)."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode, urlsplit

SCOPES = {"imap", "smtp", "offline_access"}


class Refused(Exception):
    """The server says no."""

    def __init__(self, code: str, status: int = 400, words: str = "") -> None:
        super().__init__(code)
        self.code, self.status, self.words = code, status, words


@dataclass
class _Code:
    client: str
    scope: str
    redirect_uri: str
    challenge: str


@dataclass
class _Device:
    client: str
    scope: str
    ends: float
    polled_at: float
    pause_s: float


class Consents:
    """What the person at the browser or device does is `person`."""

    def __init__(self, clients: set[str]) -> None:
        self.person: Literal["consents", "denies", "waits"] = "consents"
        self.now: Callable[[], float] = time.monotonic
        #: What is announced, and what is really demanded between two questions.
        self.announced_pause_s: float | None = 0.1
        self.pause_s = 0.0
        self.device_life_s = 600.0
        #: How often somebody came back too soon.
        self.too_soon = 0
        self._clients = clients
        self._codes: dict[str, _Code] = {}
        self._devices: dict[str, _Device] = {}
        self._numbers = itertools.count(1)

    def answered(self, asked: dict[str, str]) -> str | None:
        """Where the browser is sent; nowhere where the client cannot be trusted (RFC 6749 §4.1.2.1)."""
        redirect_uri = asked.get("redirect_uri", "")
        parts = urlsplit(redirect_uri)
        is_loopback = (parts.scheme, parts.hostname, parts.path) == ("http", "localhost", "")
        if asked.get("client_id") not in self._clients or not is_loopback:
            return None
        try:
            said = {"code": self._code(asked, redirect_uri)}
        except Refused as refused:
            said = {"error": refused.code, "error_description": refused.words}
        return f"{redirect_uri}/?{urlencode({**said, 'state': asked.get('state', '')})}"

    def _code(self, asked: dict[str, str], redirect_uri: str) -> str:
        challenge = asked.get("code_challenge", "")
        is_protected = asked.get("code_challenge_method") == "S256" and re.fullmatch(r"[\w-]{43}", challenge)
        if asked.get("response_type") != "code" or not asked.get("state") or not is_protected:
            raise Refused("invalid_request")
        _check(asked.get("scope", ""))
        if self.person != "consents":
            raise Refused("access_denied", words="AADSTS65004: person@insurer.example declined")
        code = f"code-{next(self._numbers)}"
        self._codes[code] = _Code(asked["client_id"], asked["scope"], redirect_uri, challenge)
        return code

    def redeemed(self, client: str, form: dict[str, str]) -> str:
        """The scope of a code, which is good for one use by who asked for it."""
        code = self._codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if code is None or (code.client, code.redirect_uri) != (client, form.get("redirect_uri")):
            raise Refused("invalid_grant")
        if code.challenge != challenge or not re.fullmatch(r"[\w.~-]{43,128}", verifier):
            raise Refused("invalid_grant")
        return code.scope

    def device_code(self, client: str, form: dict[str, str], address: str) -> dict[str, object]:
        """What the device shows, and what it asks with."""
        _check(form.get("scope", ""))
        number = next(self._numbers)
        self._devices[f"device-{number}"] = _Device(
            client, form["scope"], self.now() + self.device_life_s, self.now(), self.pause_s
        )
        answer: dict[str, object] = {
            "device_code": f"device-{number}",
            "user_code": f"WDJB-MJH{number}",
            "verification_uri": f"{address}/login",
            "expires_in": self.device_life_s,
        }
        return answer if self.announced_pause_s is None else answer | {"interval": self.announced_pause_s}

    def polled(self, client: str, form: dict[str, str]) -> str:
        """The scope, once the person has consented."""
        device = self._devices.get(form.get("device_code", ""))
        if device is None or device.client != client:
            raise Refused("invalid_grant")
        waited_s, device.polled_at = self.now() - device.polled_at, self.now()
        if self.now() >= device.ends:
            raise Refused("expired_token")
        if waited_s < device.pause_s:
            self.too_soon += 1
            device.pause_s = (self.announced_pause_s or 5.0) + 5 * self.too_soon
            raise Refused("slow_down")
        if self.person == "waits":
            raise Refused("authorization_pending")
        del self._devices[form["device_code"]]
        if self.person == "denies":
            raise Refused("access_denied")
        return device.scope


def _check(scope: str) -> None:
    if not scope or set(scope.split()) - SCOPES:
        raise Refused("invalid_scope", words="AADSTS70011: no such scope")
