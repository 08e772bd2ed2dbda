"""An outgoing mail as bytes.

Written by hand because it is on the way of every letter and `EmailMessage` needs about 5 ms for one. Nothing that comes
from outside can start a line of its own: control characters are refused in addresses and headers and become blanks in
the subject and in file names (CWE-93).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr

from pulse.claims.ports import Attachment, MailRefused, OutgoingMail

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LOCAL_PART = re.compile(r"[^\s\x00-\x1f\x7f\"(),:;<>@\[\]\\]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
_MESSAGE_ID = re.compile(r"<[^\s<>\x00-\x1f\x7f]{1,250}>")
#: Headers that this module writes itself; a caller cannot write them a second time.
_OWN = {
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "reply-to",
    "sender",
}
_MAX_LINE = 900
#: RFC 2045, 6.8.
_BASE64_LINE = 76
_MAX_SUBJECT = 400


class MalformedMail(MailRefused):
    """The mail cannot be written down: an address or a header is not one."""

    code = "mail_malformed"


def mailbox_address(address: str) -> str:
    """A bare mail address with its domain in ASCII (IDNA); raises `MalformedMail`.

    A local part beyond ASCII stays as it is (RFC 6531): whether the server can carry it is the sender's question.
    """
    local, at, domain = address.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise MalformedMail(part="domain") from error
    if not at or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(ascii_domain):
        raise MalformedMail(part="address")
    if len(local) + len(ascii_domain) > 253:
        raise MalformedMail(part="address")
    return f"{local}@{ascii_domain}"


def compose(mail: OutgoingMail, *, mail_from: str, at: datetime) -> bytes:
    """The mail with CRLF lines: text alone, or text and attachments. `mail_from` may carry a display name."""
    name, address = parseaddr(mail_from)
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise MalformedMail(part="message_id")
    head = [
        f"From: {formataddr((name, mailbox_address(address)))}",
        f"To: {mailbox_address(mail.to)}",
        f"Subject: {encoded(mail.subject[:_MAX_SUBJECT], 'Subject')}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {mail.message_id}",
        *_more(mail.headers),
        "MIME-Version: 1.0",
    ]
    if not mail.attachments:
        return _lines(head) + _text_part(mail.text)
    boundary = "=_" + binascii.hexlify(mail.message_id.encode()).decode()[-40:]
    head += [f'Content-Type: multipart/mixed; boundary="{boundary}"', "", ""]
    edge = f"--{boundary}\r\n".encode()
    parts = [_text_part(mail.text), *(_attachment_part(attachment) for attachment in mail.attachments)]
    return _lines(head) + b"".join(edge + part for part in parts) + f"--{boundary}--\r\n".encode()


def encoded(text: str, header: str) -> str:
    """A header's value: one line's worth of characters, folded, encoded by RFC 2047 where it is not ASCII."""
    plain = _CONTROL.sub(" ", text).strip()
    charset = "us-ascii" if plain.isascii() else "utf-8"
    return Header(plain, charset, header_name=header, maxlinelen=76).encode(linesep="\r\n")


def _more(headers: Mapping[str, str]) -> list[str]:
    lines = []
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN or _CONTROL.search(value):
            raise MalformedMail(part="header")
        lines.append(f"{name}: {value}" if len(value) < 76 and value.isascii() else f"{name}: {encoded(value, name)}")
        if max(map(len, lines[-1].split("\r\n"))) > _MAX_LINE:
            raise MalformedMail(part="header")
    return lines


def _text_part(text: str) -> bytes:
    body = "\r\n".join(text.splitlines()) + "\r\n"
    head = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", ""]
    return "\r\n".join(head).encode() + binascii.b2a_qp(body.encode(), istext=True)


def _attachment_part(attachment: Attachment) -> bytes:
    if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", attachment.media_type):
        raise MalformedMail(part="media_type")
    filename = re.sub(r'["\\]', "_", _CONTROL.sub("_", attachment.filename))[:120]
    named = f'filename="{filename}"' if filename.isascii() else f"filename*=utf-8''{_percent(filename)}"
    head = [
        f"Content-Type: {attachment.media_type}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: attachment; {named}",
        "",
        "",
    ]
    return "\r\n".join(head).encode() + _base64(attachment.data)


def _percent(text: str) -> str:
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}" for byte in text.encode())


def _base64(data: bytes) -> bytes:
    encoded = base64.b64encode(data)
    lines = [encoded[start : start + _BASE64_LINE] for start in range(0, len(encoded), _BASE64_LINE)]
    return b"\r\n".join([*lines, b""])


def _lines(lines: list[str]) -> bytes:
    """Header lines as bytes; one with raw UTF-8 exists only where an address needs it (RFC 6532)."""
    text = "\r\n".join(lines)
    return (text if text.endswith("\r\n") else text + "\r\n").encode()
