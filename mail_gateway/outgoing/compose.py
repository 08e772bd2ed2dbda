"""An outgoing mail as bytes.

Written by hand because it is on the way of every letter and `EmailMessage` needs about 5 ms for one. Nothing that comes
from outside can start a line of its own: control characters are refused in addresses and headers and become blanks in
the subject and in file names (CWE-93).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr

from pulse.claims.ports import Attachment, MailRefused, OutgoingMail

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LOCAL_PART = re.compile(r"[^\s\x00-\x1f\x7f\"(),:;<>@\[\]\\]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[A-Z]{2})?")
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
    "content-language",
    "content-transfer-encoding",
    "reply-to",
    "sender",
}
_MAX_LINE = 900
#: RFC 2045, 6.8.
_BASE64_LINE = 76
_MAX_SUBJECT = 400
#: The type of an attached mail, which no encoding may wrap (RFC 2046 §5.2.1).
MAIL = "message/rfc822"
#: RFC 5322 §2.1.1, and what our own boundaries begin with: a mail that breaks either cannot be attached as it is.
_LONGEST_LINE = 998
_OWN_BOUNDARY = (b"--=_mixed_", b"--=_alternative_")


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


def compose(mail: OutgoingMail, *, mail_from: str, at: datetime, body: bytes | None = None) -> bytes:
    """The mail with CRLF lines. `mail_from` may carry a display name; `body` is a protected `content` in its place."""
    name, address = parseaddr(mail_from)
    if mail.protection is not None and body is None:
        raise MalformedMail(part="protection")
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise MalformedMail(part="message_id")
    head = [
        f"From: {formataddr((name, mailbox_address(address)))}",
        f"To: {mailbox_address(mail.to)}",
        f"Subject: {encoded(mail.subject[:_MAX_SUBJECT], 'Subject')}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {mail.message_id}",
        *([f"Content-Language: {_language(mail.language)}"] if mail.language else []),
        *_more(mail.headers),
        "MIME-Version: 1.0",
    ]
    return _lines(head) + (content(mail) if body is None else body)


def content(mail: OutgoingMail) -> bytes:
    """What a mail holds, as one MIME entity: text alone or with the same as HTML, and the attachments."""
    text = _text_part(mail.text)
    if mail.html is not None:
        # The simplest form comes first (RFC 2046 §5.1.4).
        text = _multipart("alternative", [text, _text_part(mail.html, "html")], mail.message_id)
    if not mail.attachments:
        return text
    return _multipart("mixed", [text, *map(_attachment_part, mail.attachments)], mail.message_id)


def holds_8_bit(mail: OutgoingMail) -> bool:
    """Whether the mail is more than ASCII as it travels: a stranger's mail is attached as it came."""
    return any(one.media_type == MAIL and not one.data.isascii() for one in mail.attachments)


def _multipart(kind: str, parts: Sequence[bytes], message_id: str) -> bytes:
    boundary = f"=_{kind}_" + binascii.hexlify(message_id.encode()).decode()[-40:]
    edge = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n'.encode()
    if not all(part.isascii() for part in parts):
        head += b"Content-Transfer-Encoding: 8bit\r\n"
    head += b"\r\n"
    return head + b"".join(edge + b"\r\n" + part + b"\r\n" for part in parts) + edge + b"--\r\n"


def _language(tag: str) -> str:
    if not _LANGUAGE.fullmatch(tag):
        raise MalformedMail(part="language")
    return tag


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


def _text_part(text: str, kind: str = "plain") -> bytes:
    body = "\r\n".join(text.splitlines()) + "\r\n"
    head = [f"Content-Type: text/{kind}; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", ""]
    return "\r\n".join(head).encode() + binascii.b2a_qp(body.encode(), istext=True)


def _attachment_part(attachment: Attachment) -> bytes:
    if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", attachment.media_type):
        raise MalformedMail(part="media_type")
    media_type, encoding, data = attachment.media_type, "base64", attachment.data
    if media_type == MAIL:
        # Bare line ends would let a stranger's mail end ours, and begin another one (CWE-93).
        plain = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
        if _may_stand_as_it_is(plain):
            encoding, data = ("7bit" if plain.isascii() else "8bit"), plain
        else:
            media_type = "application/octet-stream"
    filename = re.sub(r'["\\]', "_", _CONTROL.sub("_", attachment.filename))[:120]
    named = f'filename="{filename}"' if filename.isascii() else f"filename*=utf-8''{_percent(filename)}"
    head = [
        f"Content-Type: {media_type}",
        f"Content-Transfer-Encoding: {encoding}",
        f"Content-Disposition: attachment; {named}",
        "",
        "",
    ]
    return "\r\n".join(head).encode() + (base64_lines(data) if encoding == "base64" else data)


def _may_stand_as_it_is(mail: bytes) -> bool:
    lines = mail.split(b"\r\n")
    return b"\0" not in mail and not any(len(line) > _LONGEST_LINE or line.startswith(_OWN_BOUNDARY) for line in lines)


def _percent(text: str) -> str:
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}" for byte in text.encode())


def base64_lines(data: bytes) -> bytes:
    """Base64 in lines as mails carry it."""
    encoded = base64.b64encode(data)
    lines = [encoded[start : start + _BASE64_LINE] for start in range(0, len(encoded), _BASE64_LINE)]
    return b"\r\n".join([*lines, b""])


def _lines(lines: list[str]) -> bytes:
    """Header lines as bytes; one with raw UTF-8 exists only where an address needs it (RFC 6532)."""
    text = "\r\n".join(lines)
    return (text if text.endswith("\r\n") else text + "\r\n").encode()
