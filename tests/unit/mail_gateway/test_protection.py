"""Letters that only their recipient can open."""

from __future__ import annotations

import email
import email.policy
import io
import subprocess
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pikepdf
import pytest
from certificates import mail_certificate
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs7
from cryptography.x509 import load_pem_x509_certificate
from reportlab.pdfgen.canvas import Canvas

from mail_gateway.key_pair import KeyPair
from mail_gateway.outgoing.compose import compose
from mail_gateway.outgoing.protection import ProtectionFailed, locked_pdf, protected_body
from pulse.base.errors import Misconfigured
from pulse.claims.ports import Attachment, OutgoingMail, PasswordProtection, Protection, SmimeProtection

AT = datetime(2026, 6, 16, 8, 0, tzinfo=UTC)
ANSWER = Attachment(filename="response-1.xml", media_type="application/xml", data=b"<response/>")


@pytest.fixture(scope="module")
def pdf() -> bytes:
    page = io.BytesIO()
    canvas = Canvas(page)
    canvas.drawString(72, 720, "Abgelehnt")
    canvas.save()
    return page.getvalue()


def mail(pdf: bytes, protection: Protection | None, *more: Attachment) -> OutgoingMail:
    letter = Attachment(filename="Brief-1.pdf", media_type="application/pdf", data=pdf)
    return OutgoingMail(
        message_id="<letter.1.client.denied.1@insurer.example>",
        to="anna@mail.example",
        subject="Mitteilung zu einer Rechnung, Referenz 1",
        text="Guten Tag",
        html="<p>Guten Tag</p>",
        language="de",
        attachments=(letter, *more),
        protection=protection,
    )


def sent(outgoing: OutgoingMail, signer: KeyPair | None = None) -> bytes:
    return compose(outgoing, mail_from="claims@insurer.example", at=AT, body=protected_body(outgoing, signer))


def parsed(data: bytes) -> EmailMessage:
    made = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(made, EmailMessage)
    assert made.defects == []
    return made


def test_a_letter_with_a_password_opens_with_it_alone_and_is_locked_by_aes_256(pdf: bytes) -> None:
    (attachment,) = parsed(sent(mail(pdf, PasswordProtection("k7mr-9xtc-4hpq")))).iter_attachments()
    locked = attachment.get_content()
    assert b"Abgelehnt" not in locked
    for wrong in ("", "k7mr-9xtc-4hpr"):
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(io.BytesIO(locked), password=wrong)
    with pikepdf.open(io.BytesIO(locked), password="k7mr-9xtc-4hpq") as opened:
        assert (opened.encryption.R, opened.encryption.bits) == (6, 256)
        assert opened.encryption.stream_method is pikepdf.models.encryption.EncryptionMethod.aesv3
        assert len(opened.pages) == 1


def test_what_is_attached_beside_a_letter_with_a_password_travels_inside_it(pdf: bytes) -> None:
    made = sent(mail(pdf, PasswordProtection("k7mr-9xtc-4hpq"), ANSWER))
    assert b"response" not in made
    (attachment,) = parsed(made).iter_attachments()
    with pikepdf.open(io.BytesIO(attachment.get_content()), password="k7mr-9xtc-4hpq") as opened:
        assert opened.attachments["response-1.xml"].get_file().read_bytes() == b"<response/>"


def test_a_letter_that_is_no_pdf_does_not_leave_without_its_protection() -> None:
    with pytest.raises(ProtectionFailed):
        locked_pdf(b"%PDF-1.7 torn", "k7mr-9xtc-4hpq")
    with pytest.raises(ProtectionFailed):
        protected_body(
            OutgoingMail(
                message_id="<a@b>", to="a@b.example", subject="", text="", protection=PasswordProtection("12345678")
            )
        )


def test_an_encrypted_letter_shows_nothing_but_its_envelope(pdf: bytes, tmp_path: Path) -> None:
    key, certificate = mail_certificate("anna@mail.example")
    made = sent(mail(pdf, SmimeProtection(certificate), ANSWER))
    outer = parsed(made)
    assert outer["Message-ID"] == "<letter.1.client.denied.1@insurer.example>"
    assert outer.get_content_type() == "application/pkcs7-mime"
    assert outer.get_param("smime-type") == "enveloped-data"
    assert b"Guten" not in made
    inner = pkcs7.pkcs7_decrypt_der(
        outer.get_content(), load_pem_x509_certificate(certificate.encode()), load_pem_private_key(key, None), []
    )
    opened = parsed(inner)
    assert [part.get_content_type() for part in opened.iter_parts()] == [
        "multipart/alternative",
        "application/pdf",
        "application/xml",
    ]
    assert next(opened.iter_attachments()).get_content() == pdf


def test_openssl_opens_an_encrypted_letter_and_proves_the_insurers_signature(pdf: bytes, tmp_path: Path) -> None:
    key, certificate = mail_certificate("anna@mail.example")
    own_key, own_certificate = mail_certificate("claims@insurer.example", key_number=2)
    for name, data in {"key": key, "cert": certificate, "own_key": own_key, "own_cert": own_certificate}.items():
        (tmp_path / f"{name}.pem").write_bytes(data if isinstance(data, bytes) else data.encode())
    signer = KeyPair.load(tmp_path / "own_cert.pem", tmp_path / "own_key.pem")
    (tmp_path / "mail.eml").write_bytes(sent(mail(pdf, SmimeProtection(certificate)), signer))

    def openssl(*arguments: str) -> bytes:
        command = ["openssl", "cms", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout

    shown = openssl("-cmsout", "-print", "-in", "mail.eml")
    assert b"aes-256-cbc" in shown
    (tmp_path / "signed.eml").write_bytes(openssl("-decrypt", "-in", "mail.eml", "-inkey", "key.pem"))
    inner = openssl("-verify", "-in", "signed.eml", "-CAfile", "own_cert.pem", "-purpose", "any", "-binary")
    assert next(parsed(inner).iter_attachments()).get_content() == pdf


def test_a_key_of_another_kind_cannot_encrypt(pdf: bytes) -> None:
    _, certificate = mail_certificate("anna@mail.example", elliptic=True)
    with pytest.raises(ProtectionFailed):
        protected_body(mail(pdf, SmimeProtection(certificate)))


def test_a_signing_key_of_another_certificate_is_a_wrong_setting(tmp_path: Path) -> None:
    key, _ = mail_certificate("claims@insurer.example")
    _, other = mail_certificate("claims@insurer.example", key_number=2)
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "cert.pem").write_text(other)
    with pytest.raises(Misconfigured):
        KeyPair.load(tmp_path / "cert.pem", tmp_path / "key.pem")
    with pytest.raises(Misconfigured):
        KeyPair.load(tmp_path / "none.pem", tmp_path / "key.pem")


def test_no_password_and_no_certificate_stands_in_what_is_logged() -> None:
    assert "secret" not in repr(PasswordProtection("secret-word")) + repr(SmimeProtection("secret-pem"))
