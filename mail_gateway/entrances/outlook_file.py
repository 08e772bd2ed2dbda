"""Mails that Outlook saved (.msg) as the mails that they were: header, words, and the file itself where it has
attachments, to be unpacked like one that came by mail."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime

import olefile

from mail_gateway.message.unpack.compound import Compound
from mail_gateway.message.unpack.outlook import is_attachment
from mail_gateway.message.unpack.piece import Damaged

#: Properties of a mail (MS-OXPROPS): its header as it came; without one, as for mails that never left the house,
#: the sender's address, Message-ID, subject and day; its words.
_TRANSPORT_HEADERS, _SENDER, _MESSAGE_ID, _SUBJECT = "007D", ("5D01", "5D02", "0C1F", "0065"), "1035", "0037"
_SENT, _DELIVERED = 0x00390040, 0x0E060040
_BODY = "1000"
_FIXED_PROPERTIES, _FIXED_FROM, _FIXED_SIZE = "__properties_version1.0", 32, 16
_YEAR_1601 = datetime(1601, 1, 1, tzinfo=UTC)
#: Fields that say how the body was written, which is written anew.
_OF_THE_BODY = re.compile(r"^(?:content-[^:\n]*|mime-version)[ \t]*:.*\n(?:[ \t].*\n)*", re.IGNORECASE | re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def is_compound(data: bytes) -> bool:
    """Whether it is the kind of file that Outlook saves mails in."""
    return data.startswith(olefile.MAGIC)


def as_mail(data: bytes) -> bytes:
    """The mail (RFC 5322), the same bytes for the same file. Raises `Damaged`."""
    file = Compound(data)
    boundary = f"=_{hashlib.sha256(data).hexdigest()[:40]}"
    made = f'{_header(file)}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{boundary}"\n\n'
    parts = [("text/plain; charset=utf-8", file.text((), _BODY).encode("utf-8", "replace"))]
    if any(map(is_attachment, file.storages)):
        parts.append(("application/vnd.ms-outlook; name=mail.msg", data))
    for kind, content in parts:
        written = base64.encodebytes(content).decode("ascii")
        made += f"--{boundary}\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{written}\n"
    return f"{made}--{boundary}--\n".encode("utf-8", "replace").replace(b"\n", b"\r\n")


def _header(file: Compound) -> str:
    came = re.sub(r"\r\n?", "\n", file.text((), _TRANSPORT_HEADERS)).strip("\n").partition("\n\n")[0]
    kept = _OF_THE_BODY.sub("", f"{came}\n")
    return kept if re.search(r"^from[ \t]*:", kept, re.IGNORECASE | re.MULTILINE) else _header_of_properties(file)


def _header_of_properties(file: Compound) -> str:
    senders = (_line(file, one) for one in _SENDER)
    fields = {
        "From": next((one for one in senders if "@" in one), ""),
        "Message-ID": _line(file, _MESSAGE_ID),
        "Subject": Header(_line(file, _SUBJECT), "utf-8").encode(),
        "Date": _day(file),
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def _line(file: Compound, name: str) -> str:
    return _CONTROL.sub(" ", file.text((), name)).strip()


def _day(file: Compound) -> str:
    """When it was sent, or else delivered; counted in tenths of microseconds from 1601 on (MS-DTYP §2.3.3)."""
    try:
        fixed = file.stream((), _FIXED_PROPERTIES)[_FIXED_FROM:]
        whole = fixed[: len(fixed) // _FIXED_SIZE * _FIXED_SIZE]
        found = {tag: value for tag, _, value in struct.iter_unpack("<IIQ", whole)}
        return format_datetime(_YEAR_1601 + timedelta(microseconds=(found.get(_SENT) or found[_DELIVERED]) // 10))
    except (Damaged, KeyError, OverflowError):
        return ""
