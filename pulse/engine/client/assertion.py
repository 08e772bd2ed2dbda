"""Signed statements (JWT) that stand for a secret: who a client is, or in whose name it asks (RFC 7523)."""

from __future__ import annotations

import base64
import hashlib
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Self

import orjson

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: A statement is good for so long, and from a minute ago on: two clocks never agree.
_LIFE_S, _SKEW_S = 300, 60
_CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, kw_only=True)
class ClientCertificate:
    """A client's certificate and its key: it shows them, signed, instead of a secret (§2.2).

    The form is Microsoft's: PS256, and the certificate named by its SHA-256 (`x5t#S256`).
    """

    key: RSAPrivateKey = field(repr=False)
    thumbprint: str
    #: The certificate's last moment.
    ends: datetime
    now: Callable[[], float] = time.time
    new_id: Callable[[], str] = field(default=lambda: str(uuid.uuid4()))

    @classmethod
    def from_pem(cls, pem: str) -> Self:
        """`pem` holds both. Raises `ValueError` that says what is wrong with it."""
        from cryptography import x509  # noqa: PLC0415  few need it
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

        key = _private_key(pem)
        try:
            certificates = x509.load_pem_x509_certificates(pem.encode())
        except ValueError:
            raise ValueError("holds no certificate; private key and certificate stand in one PEM file") from None
        mine = next((one for one in certificates if one.public_key() == key.public_key()), None)
        if mine is None:
            raise ValueError("holds a private key and a certificate that do not belong together")
        thumbprint = base64url(hashlib.sha256(mine.public_bytes(Encoding.DER)).digest())
        return cls(key=key, thumbprint=thumbprint, ends=mine.not_valid_after_utc)

    def shown(self, client_id: str, token_url: str) -> dict[str, str]:
        """What a request for a token says instead of a secret."""
        claims = {"iss": client_id, "sub": client_id, "aud": token_url, "jti": self.new_id()}
        statement = _signed(claims, self.key, "PS256", {"x5t#S256": self.thumbprint}, self.now())
        return {"client_id": client_id, "client_assertion_type": _CLIENT_ASSERTION, "client_assertion": statement}


@dataclass(frozen=True, kw_only=True)
class ServiceAccount:
    """Google's account of a program, whose key file it has; an organisation may let it act for its people."""

    email: str
    client_id: str
    key: RSAPrivateKey = field(repr=False)
    key_id: str
    token_url: str
    now: Callable[[], float] = time.time

    @classmethod
    def from_json(cls, text: str) -> Self:
        """`text` is the key file. Raises `ValueError` that says what is wrong with it."""
        try:
            file = orjson.loads(text)
            email, pem = str(file["client_email"]), str(file["private_key"])
            client_id, key_id = str(file.get("client_id") or email), str(file["private_key_id"])
            token_url = str(file["token_uri"])
        except (ValueError, KeyError, TypeError):
            raise ValueError("is not the JSON key file of a Google service account") from None
        return cls(email=email, client_id=client_id, key=_private_key(pem), key_id=key_id, token_url=token_url)

    def grant(self, user: str, scope: str, token_url: str) -> dict[str, str]:
        """The form of a request for a token in the name of `user` (§2.1)."""
        claims = {"iss": self.email, "sub": user, "scope": scope, "aud": token_url}
        statement = _signed(claims, self.key, "RS256", {"kid": self.key_id}, self.now())
        return {"grant_type": _JWT_BEARER, "assertion": statement}


def _private_key(pem: str) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        key = load_pem_private_key(pem.encode(), None)
    except TypeError:
        raise ValueError("holds a private key with a password; take the password away") from None
    except ValueError:
        raise ValueError("holds no private key that can be read") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("holds a private key that is not RSA")
    return key


def _signed(
    claims: Mapping[str, object], key: RSAPrivateKey, algorithm: str, header: dict[str, str], now: float
) -> str:
    import jwt  # noqa: PLC0415  few need it

    begins = int(now) - _SKEW_S
    times = {"iat": begins, "nbf": begins, "exp": int(now) + _LIFE_S}
    return jwt.encode({**claims, **times}, key, algorithm, header)


def base64url(data: bytes) -> str:
    """As JWT and PKCE write bytes (RFC 4648 §5, without padding)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
