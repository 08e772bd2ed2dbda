"""Checks signed statements (JWT, RFC 7523) as authorization servers do, with nothing but the key."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any

from consents import Refused
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

ACCOUNT = "pulse@project.iam.gserviceaccount.com"
_LONGEST_S = 3600


def checked_by_certificate(statement: str, certificate: Certificate, audience: str) -> dict[str, Any]:
    """The claims of a client, as Microsoft wants them: PS256, and the certificate's SHA-256 in the header."""
    header, claims, signed, signature = _parts(statement)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest())
    if (header.get("alg"), header.get("typ")) != ("PS256", "JWT"):
        raise Refused("invalid_client", 401)
    if header.get("x5t#S256") != thumbprint.decode().rstrip("="):
        raise Refused("invalid_client", 401, "AADSTS700027: the certificate is not registered")
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
    _verify(certificate.public_key(), signature, signed, pss, "invalid_client")
    _check_times(claims, audience, "invalid_client")
    return claims


def checked_by_key(statement: str, key: RSAPublicKey, audience: str) -> dict[str, Any]:
    """The claims of a service account, as Google wants them: RS256, and the key's id in the header."""
    header, claims, signed, signature = _parts(statement)
    if (header.get("alg"), header.get("typ")) != ("RS256", "JWT") or not header.get("kid"):
        raise Refused("invalid_grant")
    _verify(key, signature, signed, padding.PKCS1v15(), "invalid_grant")
    _check_times(claims, audience, "invalid_grant")
    return claims


def _parts(statement: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    signed, _, signature = statement.rpartition(".")
    header, claims = (json.loads(_decoded(part)) for part in signed.split("."))
    return header, claims, signed.encode(), _decoded(signature)


def _verify(key: Any, signature: bytes, signed: bytes, how: padding.AsymmetricPadding, code: str) -> None:
    try:
        key.verify(signature, signed, how, hashes.SHA256())
    except InvalidSignature:
        raise Refused(code, 401) from None


def _check_times(claims: dict[str, Any], audience: str, code: str) -> None:
    now = time.time()
    in_time = claims.get("nbf", claims["iat"]) <= now < claims["exp"] <= claims["iat"] + _LONGEST_S
    if claims.get("aud") != audience or not in_time:
        raise Refused(code, 401)


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
