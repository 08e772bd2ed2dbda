"""Types of settings: what an address, an account or a port must look like."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from pulse.base.identifiers import compact, is_iban, is_qr_iban

Tls = Literal["tls", "starttls", "none"]
Port = Annotated[int, Field(ge=0, le=65535)]


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        msg = "must be an address like http://host:port/path"
        raise ValueError(msg)
    return url.rstrip("/")


def _engine_urls(urls: str) -> str:
    return ",".join(_http_url(url.strip()) for url in urls.split(","))


def _database_url(url: str) -> str:
    if not url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        msg = "must begin with sqlite: or postgresql:"
        raise ValueError(msg)
    return url


def _account(iban: str) -> str:
    if not is_iban(iban) or compact(iban)[:2] not in ("CH", "LI") or is_qr_iban(iban):
        msg = "must be an IBAN of Switzerland or Liechtenstein, and no QR-IBAN"
        raise ValueError(msg)
    return compact(iban)


def _qr_account(iban: str) -> str:
    if not is_qr_iban(iban):
        msg = "must be a QR-IBAN"
        raise ValueError(msg)
    return compact(iban)


def _proxy_url(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("socks5", "socks5h", "http") or not parts.hostname or not parts.port:
        msg = "must be an address like socks5://host:1080 or http://host:3128"
        raise ValueError(msg)
    # The proxy always looks up names, which is what the `h` asks for.
    return SecretStr(parts._replace(scheme=parts.scheme.removesuffix("h")).geturl())


HttpUrl = Annotated[str, AfterValidator(_http_url)]
EngineUrls = Annotated[str, AfterValidator(_engine_urls)]
ProxyUrl = Annotated[SecretStr, AfterValidator(_proxy_url)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
Account = Annotated[str, AfterValidator(_account)]
QrAccount = Annotated[str, AfterValidator(_qr_account)]
