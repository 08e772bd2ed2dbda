"""Certificates signed by themselves: of a server at 127.0.0.1, of mail addresses, of a client; a service account."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Writes `cert.pem` and `key.pem` into a folder."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def server_certificate(folder: Path, *, address: str = "127.0.0.1", days: int = 2) -> tuple[Path, Path]:
    """Writes `cert.pem` and `key.pem` of a server at an address, signed by itself; with negative `days` it is over."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    certificate_file, key_file = folder / "cert.pem", folder / "key.pem"
    certificate_file.write_bytes(built.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate_file, key_file


@cache
def _rsa_key(_number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def mail_certificate(
    *addresses: str,
    begins: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    ends: datetime = datetime(2035, 1, 1, tzinfo=UTC),
    elliptic: bool = False,
    encrypts: bool = True,
    key_number: int = 1,
) -> tuple[bytes, str]:
    """An S/MIME key and its certificate for these mail addresses, both PEM; the same number is the same key."""
    key = ec.generate_private_key(ec.SECP256R1()) if elliptic else _rsa_key(key_number)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test")])
    usage = dict.fromkeys(
        ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only", "data_encipherment"), False
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address) for address in addresses]), False)
        .add_extension(
            x509.KeyUsage(digital_signature=True, content_commitment=True, key_encipherment=encrypts, **usage), True
        )
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return encoded, built.public_bytes(Encoding.PEM).decode()


def client_certificate(*, key_number: int = 2, elliptic: bool = False) -> str:
    """A client's private key and certificate, in one PEM."""
    return "".join(
        part if isinstance(part, str) else part.decode()
        for part in mail_certificate(key_number=key_number, elliptic=elliptic)
    )


def service_account_file(token_url: str, *, key_number: int = 3) -> str:
    """The key file of a service account, as Google gives it."""
    key = _rsa_key(key_number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return json.dumps(
        {
            "type": "service_account",
            "client_id": "1234567890",
            "client_email": "pulse@project.iam.gserviceaccount.com",
            "private_key_id": f"key-{key_number}",
            "private_key": key,
            "token_uri": token_url,
        }
    )


def public_key(key_number: int) -> rsa.RSAPublicKey:
    """That of the key with this number."""
    return _rsa_key(key_number).public_key()
