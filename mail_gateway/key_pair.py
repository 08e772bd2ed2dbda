"""The insurer's own S/MIME certificate and its key: letters are signed with it, mails to the insurer opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pulse.base.errors import Misconfigured


@dataclass(frozen=True)
class KeyPair:
    """The insurer's own key and certificate, in PEM."""

    certificate: bytes
    key: bytes

    @classmethod
    def load(cls, certificate: str | Path, key: str | Path) -> KeyPair:
        """From two files; raises `Misconfigured` where they are no key and certificate that belong together."""
        from cryptography import x509  # noqa: PLC0415  only where letters are signed
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

        try:
            read = cls(Path(certificate).read_bytes(), Path(key).read_bytes())
            public = x509.load_pem_x509_certificate(read.certificate).public_key()
            own = load_pem_private_key(read.key, None)
        except (OSError, ValueError, TypeError) as error:
            raise Misconfigured("The certificate or key that letters are signed with cannot be read.") from error
        if not isinstance(own, RSAPrivateKey) or own.public_key() != public:
            raise Misconfigured("The key that letters are signed with is not the RSA key of its certificate.")
        return read

    @property
    def ends(self) -> datetime:
        """The certificate's last moment."""
        from cryptography import x509  # noqa: PLC0415

        return x509.load_pem_x509_certificate(self.certificate).not_valid_after_utc
