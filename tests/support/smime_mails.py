"""S/MIME mails as other programs send them: `cryptography` signs and encrypts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7

from mail_gateway.key_pair import KeyPair


@cache
def signer(name: str = "claims@insurer.example") -> KeyPair:
    """A key with its own certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
    certificate = made.sign(key, hashes.SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(certificate.public_bytes(Encoding.PEM), pem)


def signed(entity: bytes, *, by: KeyPair, opaque: bool = True) -> bytes:
    """The entity wrapped with its signature, or beside it, as one entity."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    certificate = x509.load_pem_x509_certificate(by.certificate)
    key = load_pem_private_key(by.key, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(entity).add_signer(certificate, key, hashes.SHA256())
    options = [] if opaque else [pkcs7.PKCS7Options.DetachedSignature]
    return builder.sign(Encoding.SMIME, [*options, pkcs7.PKCS7Options.Binary] if opaque else options)


def encrypted(entity: bytes, *, to: KeyPair) -> bytes:
    """The entity in an envelope, as one entity."""
    certificate = x509.load_pem_x509_certificate(to.certificate)
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(entity).add_recipient(certificate)
    return builder.encrypt(Encoding.SMIME, [pkcs7.PKCS7Options.Binary])
