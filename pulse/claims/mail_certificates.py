"""S/MIME certificates of mail addresses: taken on file by the insurer, whose word is the trust in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection

from db import audit, protection
from db.database import Database
from db.protection import MailCertificate
from pulse.base.errors import InvalidInput

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

log = structlog.get_logger(__name__)

_LEAST_BITS = 2048


class BadCertificate(InvalidInput):
    """The file is no certificate that mails can be encrypted for."""

    code = "certificate_unusable"


@dataclass(frozen=True, kw_only=True)
class Read:
    """A certificate as a file has it; addresses in lower case, domains in ASCII."""

    pem: str
    addresses: tuple[str, ...]
    fingerprint: str
    valid_from: datetime
    valid_until: datetime


def read_certificate(data: bytes) -> Read:
    """The certificate in a file, PEM or DER. Raises `BadCertificate` with what is wrong with it: no address, a key
    that is not RSA of 2048 bits or more, or one that is not for encrypting."""
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  only where certificates are used
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    certificate = _parsed(data)
    _check_key(certificate)
    addresses = _addresses(certificate)
    if not addresses:
        raise BadCertificate("The certificate names no mail address.")
    return Read(
        pem=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        addresses=addresses,
        fingerprint=certificate.fingerprint(SHA256()).hex(),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
    )


def take_certificate(database: Database, data: bytes, *, at: datetime, by: str, of: str | None = None) -> Read:
    """Puts a certificate on file for each of its addresses, in the place of the one before.

    `of`: the address that somebody says it is of. Raises `BadCertificate`, also where it is over, or of another.
    """
    found = read_certificate(data)
    if of is not None and normal(of) not in found.addresses:
        raise BadCertificate(f"The certificate is not of {of or 'nobody'}, but of {', '.join(found.addresses)}.")
    if found.valid_until <= at:
        raise BadCertificate(f"The certificate ended on {found.valid_until:%Y-%m-%d}.")
    values = {"pem": found.pem, "fingerprint": found.fingerprint, "added_at": at, "added_by": by}
    days = {"valid_from": found.valid_from, "valid_until": found.valid_until}
    with database.write() as connection:
        for address in found.addresses:
            protection.set_certificate(connection, address, **values, **days)
        audit.note(connection, "claims:certificate:taken", actor=by, at=at, fingerprint=found.fingerprint)
    return found


def usable(connection: Connection, address: str, *, at: datetime) -> MailCertificate | None:
    """The certificate that a mail to this address is encrypted for: valid today and of this very address, whatever the
    table says."""
    known = protection.certificate_of(connection, normal(address))
    if known is None:
        return None
    try:
        found = read_certificate(known.pem.encode())
    except BadCertificate:
        log.warning("certificate not usable", action="certificate:broken", fingerprint=known.fingerprint)
        return None
    valid = found.valid_from <= at < found.valid_until
    if not valid or normal(address) not in found.addresses:
        log.warning("certificate not usable", action="certificate:expired" if not valid else "certificate:other")
        return None
    return known


def normal(address: str) -> str:
    """A mail address as certificates are looked up by: lower case, its domain in ASCII (IDNA)."""
    local, at, domain = address.strip().lower().rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return f"{local}{at}{domain}"


def _parsed(data: bytes) -> Certificate:
    from cryptography import x509  # noqa: PLC0415  only where certificates are used

    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise BadCertificate("The file holds no certificate.") from error


def _check_key(certificate: Certificate) -> None:
    from cryptography import x509  # noqa: PLC0415  only where certificates are used
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415

    try:
        key = certificate.public_key()
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadCertificate("The certificate's key cannot be read.") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_BITS:
        raise BadCertificate(f"The certificate's key is not RSA of {_LEAST_BITS} bits or more.")
    if usage is not None and not usage.key_encipherment:
        raise BadCertificate("The certificate is not for encrypting, but for signing alone.")


def _addresses(certificate: Certificate) -> tuple[str, ...]:
    """Those of the alternative names (RFC 8550 §3), else the subject's own."""
    from cryptography import x509  # noqa: PLC0415  only where certificates are used
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found = list(names.get_values_for_type(x509.RFC822Name))
    except (x509.ExtensionNotFound, ValueError):
        found = []
    if not found:
        attributes = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
        found = [str(attribute.value) for attribute in attributes]
    return tuple(dict.fromkeys(normal(address) for address in found if "@" in address))
