"""Why a mail server cannot be used, in words that say what to do."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from imapclient.exceptions import CapabilityError, LoginError

from mail_gateway.connection.login import TokenNotTaken
from mail_gateway.connection.mailbox import FolderMissing
from mail_gateway.connection.network import ProxyFailed
from mail_gateway.connection.refresh_tokens import NoConsent
from mail_gateway.connection.tls import Tls
from pulse.base.errors import Misconfigured, PulseError
from pulse.engine.client.oauth import TokenRefused, TokenServerAway

#: OpenSSL's numbers (x509_vfy.h).
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_NAME, _OTHER_ADDRESS = 62, 64
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True, kw_only=True)
class Server:
    """What was tried."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    proxy: str | None = None
    token_url: str = ""
    #: The rights that the last token was given with, as far as that is known.
    granted: str = ""

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


def diagnose(error: BaseException, server: Server) -> tuple[str, str]:
    """A stable code, and what is wrong with what to do about it."""
    for one in _chain(error):
        if (found := _named(one, server)) is not None:
            return found
    if isinstance(error, PulseError):
        return error.reason, f"{server.place}: {error.message}"
    return "failed", f"{server.place} cannot be used ({type(error).__name__})."


def _named(error: BaseException, server: Server) -> tuple[str, str] | None:
    match error:
        case FolderMissing():
            return error.reason, f"{error.message}. Set one of them, or make the folder."
        case Misconfigured():
            return error.reason, " ".join([error.message, *map(str, error.details.values())])
        case TokenServerAway():
            return _token_server_away(error, server)
        case NoConsent():
            return "no_consent", "Nobody has consented yet that Pulse reads this mail: run `pulse mail authorize`."
        case TokenRefused():
            return _token_refused(error, server)
        case TokenNotTaken():
            return _token_not_taken(error.said, server)
        case smtplib.SMTPAuthenticationError():
            return _login_refused(str(error.smtp_error), server)
        case LoginError():
            return _login_refused(str(error), server)
        case CapabilityError() | smtplib.SMTPNotSupportedError():
            return _not_supported(error, server)
    return _network(error, server)


def _network(error: BaseException, server: Server) -> tuple[str, str] | None:
    place = server.place
    match error:
        case ProxyFailed():
            proxy = urlsplit(server.proxy or "").netloc.rpartition("@")[2]
            words = f"The proxy {proxy} does not lead to {place}."
            return "proxy_failed", f"{words} Check its address and login, and whether it allows this."
        case socket.gaierror():
            return "name_not_found", f"The name {server.host} is not known. Check the host; a proxy may have to be set."
        case ConnectionRefusedError():
            return "port_refused", f"{place} refuses the connection. Check the port: nothing listens there."
        case ssl.SSLCertVerificationError():
            return _certificate(error, server)
        case ssl.SSLError():
            words = f"{place} does not speak TLS at once. Check the port, or set tls to starttls."
            return "tls_failed", words
        case TimeoutError():
            words = f"{place} does not answer. A firewall may be in the way" + _perhaps_tls(server)
            return "no_answer", words
        case ConnectionResetError() | EOFError() | BrokenPipeError() | smtplib.SMTPServerDisconnected():
            return "hung_up", f"{place} ends the connection" + _perhaps_tls(server)
        case OSError() if error.errno is not None:
            return "network", f"{place} cannot be reached ({error.strerror})."
    return None


def _perhaps_tls(server: Server) -> str:
    return "." if server.tls == "tls" else ", or the port wants tls from the first byte."


def _certificate(error: ssl.SSLCertVerificationError, server: Server) -> tuple[str, str]:
    who = f"The certificate of {server.place}"
    if error.verify_code in (_EXPIRED, _NOT_YET_VALID):
        return "certificate_expired", f"{who} is not valid today. Its owner has to renew it."
    if error.verify_code in (_OTHER_NAME, _OTHER_ADDRESS):
        return "certificate_other_name", f"{who} is for another name. Set the host to the name it was made for."
    words = f"{who} is signed by nobody whom this machine trusts ({error.verify_message})."
    return "certificate_unknown", f"{words} If the authority is your own, set its PEM file (PULSE_IMAP_CA_FILE)."


def _not_supported(error: BaseException, server: Server) -> tuple[str, str]:
    if "STARTTLS" in str(error).upper():
        words = f"{server.place} offers no STARTTLS. Set tls to tls with the port for it (993, SMTP 465)."
        return "starttls_missing", words
    return "login_not_offered", f"{server.place} offers no such login. It may want TLS first, or none at all."


def _login_refused(said: str, server: Server) -> tuple[str, str]:
    if "PRIVACYREQUIRED" in said.upper():
        return "tls_required", f"{server.place} takes no password without TLS. Set tls to starttls or tls."
    code = _ENHANCED.search(said)
    words = (
        f"{server.place} refuses the login of {server.user}. Check user and password; "
        "Microsoft 365 takes no password but OAuth2, Gmail OAuth2 or an app password."
    )
    return "login_refused", words + (f" The server says {code[0]}." if code else "")


def _token_server_away(error: BaseException, server: Server) -> tuple[str, str]:
    parts = urlsplit(server.token_url)
    there = Server(
        host=parts.hostname or "", port=parts.port or (443 if parts.scheme == "https" else 80), tls="tls",
        proxy=server.proxy,
    )  # fmt: skip
    for one in _chain(error.__cause__):
        if (found := _network(one, there)) is not None:
            return "token_server_away", f"No OAuth2 token: {found[1]}"
    return "token_server_away", f"{there.place} gives no OAuth2 token: {error}. Check token_url."


#: Codes of Microsoft's say more than those of the standard.
_TOKEN_HINTS = {
    "AADSTS7000218": "Allow public client flows in the client's registration, or set client_secret.",
    "AADSTS700025": "A client of this kind has no secret: set neither client_secret nor client_certificate.",
    "AADSTS700027": "Add the certificate to the client's registration; it may have expired, or be another one.",
    "AADSTS700024": "The clock of this machine is wrong.",
    "invalid_client": "Check client_id and client_secret, or the certificate; each may have expired.",
    "unauthorized_client": "Allow this client this way of getting tokens in its registration.",
    "invalid_grant": "The refresh token is not valid any more: give consent anew, by `pulse mail authorize`.",
    "invalid_scope": "Check scope; for an application at Microsoft 365 it is https://outlook.office365.com/.default.",
    "unsupported_grant_type": "The server knows no such way of getting tokens. Check token_url.",
}


def _token_refused(error: TokenRefused, server: Server) -> tuple[str, str]:
    hints = [_TOKEN_HINTS[code] for code in reversed(error.error.split()) if code in _TOKEN_HINTS]
    hint = hints[0] if hints else "Check token_url, client_id, client_secret and scope."
    said = error.error or f"status {error.status}"
    return "token_refused", f"{urlsplit(server.token_url).hostname} refuses an OAuth2 token: {said}. {hint}"


def _token_not_taken(said: dict[str, Any], server: Server) -> tuple[str, str]:
    wanted = str(said.get("scope", ""))[:200]
    status = str(said.get("status", ""))[:40]
    granted = f" It was given for: {server.granted}." if server.granted else ""
    # Dovecot always wants `mail`; an address is meant.
    is_address = wanted.startswith("https://")
    if status == "insufficient_scope" or (is_address and server.granted and wanted not in server.granted.split()):
        right = wanted if is_address else "to use this protocol"
        words = f"{server.place} takes the token, but it lacks the right {right}.{granted}"
        return "token_lacks_scope", f"{words} Set scope, and grant the right in the registration of the client."
    words = f"{server.place} refuses the token for {server.user}" + (f" (status {status})." if status else ".")
    hint = "Check the user, and that whoever the token is for may open this mailbox by this protocol."
    return "token_not_taken", f"{words}{granted} {hint}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, outermost first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
