"""S/MIME: what is signed and wrapped is unwrapped; what is encrypted to the insurer is opened with its key.

A signature beside its mail (multipart/signed) needs nothing of this: its first part is the mail. Who signed decides
nothing: anybody can sign, and an invoice is judged by what it says.
"""

from __future__ import annotations

import re

from mail_gateway.key_pair import KeyPair

#: PEM, or base64 that was never decoded.
_ARMOUR = re.compile(rb"-----(?:BEGIN|END) [A-Z0-9 ]{1,40}-----|\s+")


class CannotOpen(Exception):
    """Encrypted, and not to us; damaged; or a kind of wrapping that we do not know."""


def opened(data: bytes, key: KeyPair | None) -> bytes:
    """The MIME entity inside; raises `CannotOpen`."""
    from asn1crypto import cms  # noqa: PLC0415  few mails need it

    try:
        wrapped = cms.ContentInfo.load(_der(data))
        kind = wrapped["content_type"].native
        if kind == "signed_data":
            inner = wrapped["content"]["encap_content_info"]["content"].native
        elif kind == "enveloped_data" and key is not None:
            inner = _decrypted(wrapped.dump(force=True), key)
        else:
            raise CannotOpen
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        # asn1crypto reads lazily and says what it dislikes in many ways.
        raise CannotOpen from error
    if not isinstance(inner, bytes):
        raise CannotOpen
    return inner


def _der(data: bytes) -> bytes:
    if data[:1] == b"0":
        return data
    import binascii  # noqa: PLC0415  as above

    return binascii.a2b_base64(_ARMOUR.sub(b"", data))


def _decrypted(data: bytes, key: KeyPair) -> bytes:
    from cryptography import x509  # noqa: PLC0415  as above
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs7  # noqa: PLC0415

    certificate = x509.load_pem_x509_certificate(key.certificate)
    private = load_pem_private_key(key.key, None)
    assert isinstance(private, RSAPrivateKey)
    try:
        return pkcs7.pkcs7_decrypt_der(data, certificate, private, [])
    except UnsupportedAlgorithm as error:
        raise CannotOpen from error
