"""Passwords and certificates that letters are protected with on their way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from db.rows import changed, every, first, insert_if_new, update_rows
from db.tables import letter_passwords, mail_certificates


@dataclass(frozen=True, kw_only=True)
class LetterPassword:
    """What opens the letters of one holder: `client:17`, `provider:7601000001115`."""

    holder: str
    password: str = field(repr=False)
    set_at: datetime
    set_by: str


@dataclass(frozen=True, kw_only=True)
class MailCertificate:
    """The S/MIME certificate of a mail address (lower case); `fingerprint` is its SHA-256."""

    address: str
    pem: str = field(repr=False)
    fingerprint: str
    valid_from: datetime
    valid_until: datetime
    added_at: datetime
    added_by: str


_PASSWORD = select(letter_passwords).where(letter_passwords.c.holder == bindparam("holder"))
_CERTIFICATE = select(mail_certificates).where(mail_certificates.c.address == bindparam("address"))


def holder_of_client(client_id: int) -> str:
    """Under which name a client's password is kept."""
    return f"client:{client_id}"


def holder_of_provider(gln: str | None, zsr: str | None) -> str:
    """Under which name a provider's password is kept, whatever version of the register holds today."""
    return f"provider:{gln or zsr}"


def password_of(connection: Connection, holder: str) -> LetterPassword | None:
    """The holder's password."""
    return first(connection, _PASSWORD, LetterPassword, holder=holder)


def set_password(connection: Connection, holder: str, password: str, *, at: datetime, by: str) -> None:
    """Puts a password in the place of the one before."""
    values = {"password": password, "set_at": at, "set_by": by}
    if not insert_if_new(connection, letter_passwords, {"holder": holder} | values):
        update_rows(connection, letter_passwords, {"holder": holder}, values)


def certificate_of(connection: Connection, address: str) -> MailCertificate | None:
    """The certificate on file for a mail address, whether or not it is still valid."""
    return first(connection, _CERTIFICATE, MailCertificate, address=address.strip().lower())


def set_certificate(connection: Connection, address: str, **values: object) -> None:
    """Puts an address's certificate on file, in the place of the one before."""
    key = {"address": address.strip().lower()}
    if not insert_if_new(connection, mail_certificates, key | values):
        update_rows(connection, mail_certificates, key, values)


def forget_certificate(connection: Connection, address: str) -> bool:
    """Takes an address's certificate off the file; whether there was one."""
    where = mail_certificates.c.address == address.strip().lower()
    return changed(connection, delete(mail_certificates).where(where))


def certificates(connection: Connection) -> list[MailCertificate]:
    """All certificates, those that end first on top."""
    return every(connection, select(mail_certificates).order_by(mail_certificates.c.valid_until), MailCertificate)
