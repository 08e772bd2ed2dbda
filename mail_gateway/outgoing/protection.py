"""What keeps strangers out of a letter on its way: a password on its PDF, or S/MIME.

The copy that is sent is protected; the one in the house stays as it was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

from mail_gateway.key_pair import KeyPair
from mail_gateway.outgoing.compose import base64_lines, content
from pulse.claims.ports import (
    Attachment,
    MailRefused,
    OutgoingMail,
    PasswordProtection,
    SmimeProtection,
)

_PDF = "application/pdf"


class ProtectionFailed(MailRefused):
    """The letter could not be protected, and does not leave without."""

    code = "mail_protection_failed"


def protected_body(mail: OutgoingMail, signer: KeyPair | None = None) -> bytes:
    """The mail's content as it leaves, one MIME entity. Raises `ProtectionFailed`."""
    match mail.protection:
        case None:
            return content(mail)
        case PasswordProtection(password):
            return content(replace(mail, attachments=_locked(mail.attachments, password)))
        case SmimeProtection(certificate):
            entity = content(mail)
            try:
                return _enveloped(entity if signer is None else _signed(entity, signer), certificate)
            except ValueError as error:
                raise ProtectionFailed(stage="certificate") from error


def locked_pdf(pdf: bytes, password: str, enclosed: Sequence[Attachment] = ()) -> bytes:
    """The PDF with a password that opens it, by AES-256 (ISO 32000-2, revision 6), and with files enclosed.

    An encrypted file is no PDF/A any more (ISO 19005-2, 6.1.3): that is the archive's own copy.
    """
    import pikepdf  # noqa: PLC0415  only where letters have passwords

    written = BytesIO()
    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            for one in enclosed:
                document.attachments[one.filename] = one.data
            document.save(written, encryption=pikepdf.Encryption(owner=password, user=password, R=6))
    except pikepdf.PdfError as error:
        raise ProtectionFailed(stage="pdf") from error
    return written.getvalue()


def _locked(attachments: Sequence[Attachment], password: str) -> tuple[Attachment, ...]:
    """The one PDF, with everything else inside."""
    letters = [one for one in attachments if one.media_type == _PDF]
    if len(letters) != 1:
        raise ProtectionFailed(stage="attachments")
    others = [one for one in attachments if one.media_type != _PDF]
    return (replace(letters[0], data=locked_pdf(letters[0].data, password, others)),)


def _signed(entity: bytes, signer: KeyPair) -> bytes:
    """The entity within its signature (RFC 8551 §3.5.2): nobody sees that it is signed before it is opened."""
    from cryptography import x509  # noqa: PLC0415  only where letters are signed
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        load_pem_private_key,
        pkcs7,
    )

    key = load_pem_private_key(signer.key, None)
    assert isinstance(key, RSAPrivateKey)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(entity)
    builder = builder.add_signer(x509.load_pem_x509_certificate(signer.certificate), key, SHA256())
    return _pkcs7(builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary]), "signed-data")


def _enveloped(entity: bytes, certificate: str) -> bytes:
    """The entity for the certificate's holder alone, by AES-256-CBC (RFC 8551 §3.3)."""
    from cryptography import x509  # noqa: PLC0415  only where letters are encrypted
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7  # noqa: PLC0415

    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(entity).set_content_encryption_algorithm(AES256)
    try:
        builder = builder.add_recipient(x509.load_pem_x509_certificate(certificate.encode()))
    except TypeError as error:  # a key of another kind than RSA
        raise ProtectionFailed(stage="certificate") from error
    return _pkcs7(builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary]), "enveloped-data")


def _pkcs7(data: bytes, kind: str) -> bytes:
    head = [
        f"Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m",
        "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment; filename=smime.p7m",
        "",
        "",
    ]
    return "\r\n".join(head).encode() + base64_lines(data)
