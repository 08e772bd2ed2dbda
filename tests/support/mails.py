"""Mails as providers send them, and as they do not."""

from __future__ import annotations

import io
import itertools
from email.message import EmailMessage
from email.policy import SMTP

import pyzipper
from office import StubReader, document

from pulse.invoices.record import Reading

PROVIDER = "apotheke@provider.example"
_NUMBERS = itertools.count(1)


class PdfStubReader(StubReader):
    """Reads what `pdf` makes: a PDF's first line and the JSON of an Invoice."""

    def read(self, data: bytes, *, is_part: bool = False) -> Reading:
        return super().read(data.partition(b"\n")[2] if data.startswith(b"%PDF-") else data, is_part=is_part)


def pdf(**changes: object) -> bytes:
    """An invoice that looks like a PDF by its first bytes; for `PdfStubReader`."""
    return b"%PDF-1.7\n" + document(**changes)


def file_of(*invoices: bytes) -> bytes:
    """A PDF of several invoices, each made by `pdf`."""
    return b"\n".join((b"%PDF-1.7\nseveral", *(one.partition(b"\n")[2] for one in invoices)))


def zip_with_password(password: str, *files: tuple[str, bytes]) -> bytes:
    """A ZIP whose files, by name, need a password."""
    file = io.BytesIO()
    with pyzipper.AESZipFile(file, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        for name, data in files:
            archive.writestr(name, data)
    return file.getvalue()


def unreadable(reason: str) -> bytes:
    """A PDF that the reader refuses."""
    return b"%PDF-1.7\nunreadable " + reason.encode()


def mail(
    *attachments: bytes | tuple[str, bytes],
    sender: str = PROVIDER,
    return_path: str | None = "",
    subject: str = "Rechnung",
    message_id: str | None = None,
    text: str = "Guten Tag, anbei die Rechnung.",
    date: str = "Tue, 16 Jun 2026 10:00:00 +0200",
    **headers: str,
) -> bytes:
    """A mail with PDFs or named files; `return_path` is the sender's address unless given, None leaves it out."""
    made = EmailMessage(policy=SMTP)
    made["From"] = f"Apotheke <{sender}>"
    made["To"] = "claims@insurer.example"
    made["Subject"] = subject
    made["Date"] = date
    made["Message-ID"] = message_id or f"<mail.{next(_NUMBERS)}@provider.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    for attachment in attachments:
        name, data = attachment if isinstance(attachment, tuple) else ("rechnung.pdf", attachment)
        made.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    trace = b"" if return_path is None else f"Return-Path: <{return_path or sender}>\r\n".encode()
    return trace + bytes(made)
