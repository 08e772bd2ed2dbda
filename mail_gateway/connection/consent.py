"""A person lets Pulse into a mailbox: in a browser (RFC 6749 §4.1 with PKCE, RFC 7636) or by a code (RFC 8628)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from pulse.base.errors import PulseError
from pulse.engine.client.assertion import base64url
from pulse.engine.client.oauth import Given, TokenEndpoint, TokenRefused, TokenServerAway, error_code

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
#: RFC 8628 §3.2 and §3.5: where the server names no pause, and what `slow_down` adds to it.
_PAUSE_S, _SLOWER_S = 5.0, 5.0

_DENIED = "Consent was refused: by the person, or because the organisation allows it to administrators alone."
_TOO_LATE = "Nobody consented in time: begin again."
_USED_UP = "The code of this consent is not valid, or not any more: begin again."
#: What a person did or did not do, by the codes of servers (Microsoft has its own).
_BY_PERSON = {
    "access_denied": _DENIED,
    "authorization_declined": _DENIED,
    "consent_required": _DENIED,
    "expired_token": _TOO_LATE,
    "invalid_grant": _USED_UP,
    "bad_verification_code": _USED_UP,
}
#: What is wrong with the request that sent the person to the server, and the setting to look at.
_BY_REQUEST = {
    "invalid_scope": ("The authorization server knows no such scope, or does not give it in this way.", "scope"),
    "unauthorized_client": ("The registration of the client does not allow consent in a browser.", "client_id"),
    "temporarily_unavailable": ("The authorization server is busy: begin again later.", ""),
    "server_error": ("The authorization server failed: begin again later.", ""),
}


class ConsentFailed(PulseError):
    """There is no consent."""

    code = "consent_failed"

    def __init__(self, message: str, setting: str = "") -> None:
        """`setting` is the field to look at, where that may be wrong."""
        super().__init__(message)
        self.setting = setting


class BrowserConsent:
    """One request: the address to open, and what comes back from there."""

    def __init__(
        self,
        *,
        authorization_url: str,
        client_id: str,
        scope: str,
        redirect_uri: str,
        secret: Callable[[], str] = lambda: secrets.token_urlsafe(48),
    ) -> None:
        """`secret` makes what nobody can guess: 43 to 128 letters that need no quoting (RFC 7636 §4.1)."""
        self._redirect_uri, self._state, self._verifier = redirect_uri, secret(), secret()
        form = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": scope,
            "state": self._state,
            "code_challenge": base64url(hashlib.sha256(self._verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        #: Where the person consents.
        self.address = f"{authorization_url}{'&' if urlsplit(authorization_url).query else '?'}{urlencode(form)}"

    def taken(self, endpoint: TokenEndpoint, answer: str) -> Given:
        """The token for what the browser came back with, the address or its query alone. Raises `ConsentFailed`,
        `TokenRefused`, `TokenServerAway`."""
        form = {"grant_type": "authorization_code", "code": self._code(answer), "code_verifier": self._verifier}
        try:
            return _with_refresh_token(endpoint.ask(form | {"redirect_uri": self._redirect_uri}))
        except TokenRefused as error:
            raise _by_person(error) from error

    def _code(self, answer: str) -> str:
        query = answer.strip().partition("#")[0]
        said = {name: values[0] for name, values in parse_qs(query[query.find("?") + 1 :]).items()}
        if "code" not in said and "error" not in said:
            raise ConsentFailed("This is not the address that the browser ends at after the consent: it holds no code.")
        if not hmac.compare_digest(said.get("state", "").encode(), self._state.encode()):
            raise ConsentFailed("The answer belongs to another request (wrong state): begin again.")
        if "error" in said:
            raise _failed(error_code(said["error"], said.get("error_description")))
        return said["code"]


@dataclass(frozen=True, kw_only=True)
class DeviceCode:
    """What a person enters where."""

    user_code: str
    address: str
    device_code: str = field(repr=False)
    life_s: float
    pause_s: float

    @classmethod
    def asked(cls, endpoint: TokenEndpoint, device_url: str, scope: str) -> DeviceCode:
        """Raises `ConsentFailed`, `TokenRefused`, `TokenServerAway`."""
        try:
            given = endpoint.request({"scope": scope}, device_url)
        except TokenRefused as error:
            raise _by_person(error) from error
        try:
            return cls(
                user_code=str(given["user_code"]),
                # Google's name for it is older than the standard's.
                address=str(given.get("verification_uri") or given["verification_url"]),
                device_code=str(given["device_code"]),
                life_s=float(given["expires_in"]),
                pause_s=float(given.get("interval") or _PAUSE_S),
            )
        except (KeyError, ValueError, TypeError):
            raise TokenServerAway("the authorization server answers no code for a device") from None

    def taken(
        self,
        endpoint: TokenEndpoint,
        *,
        wait: Callable[[float], object] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> Given:
        """The token, once the person has consented; asked for as often as the server likes. Raises `ConsentFailed`,
        `TokenRefused`."""
        form = {"grant_type": _DEVICE_GRANT, "device_code": self.device_code}
        ends, pause_s = now() + self.life_s, self.pause_s
        while now() + pause_s < ends:
            wait(pause_s)
            try:
                return _with_refresh_token(endpoint.ask(form))
            except TokenServerAway:
                pause_s *= 2
            except TokenRefused as error:
                code = error.error.partition(" ")[0]
                if code == "slow_down":
                    pause_s += _SLOWER_S
                elif code != "authorization_pending":
                    raise _by_person(error) from error
        raise ConsentFailed(_TOO_LATE)


def _with_refresh_token(given: Given) -> Given:
    if not given.refresh_token:
        words = "The authorization server gives a token but no refresh token, as nobody asked for access while the "
        words += "person is away: Microsoft and many others want offline_access among the scopes."
        raise ConsentFailed(words, "scope")
    return given


def _by_person(error: TokenRefused) -> Exception:
    """The server's refusal in words where it is about the person, else as it is."""
    return _failed(error.error) if error.error.partition(" ")[0] in _BY_PERSON else error


def _failed(codes: str) -> ConsentFailed:
    code = codes.partition(" ")[0]
    words, setting = _BY_REQUEST.get(code, (_BY_PERSON.get(code, "The authorization server gives no consent."), ""))
    return ConsentFailed(f"{words} It says {codes or 'no more'}.", setting)
