"""A file inside a mail, wherever it lies, and what it is by its first bytes, whatever its sender calls it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mail_gateway.message.unpack.pictures import is_page, is_picture

#: A PDF may have something before its header, within its first kilobyte (ISO 32000-1, implementation note 13).
_PDF_WITHIN = 1024
_XML_WITHIN = 4096
#: Enough to tell what a file is, in any encoding: most parts are told apart without decoding them whole.
_BEGINNING = 4 * _XML_WITHIN

Kind = Literal[
    "document",
    "picture",
    "zip",
    "winmail",
    "smime",
    "mail",
    "archive",
    "outlook",
    "office",
    "hin",
    "foreign_picture",
    "other",
]

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_WINMAIL = b"\x78\x9f\x3e\x22"
#: RAR, 7-Zip, gzip, bzip2, xz, Zstandard, cabinet.
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"MSCF")
_OLE = b"\xd0\xcf\x11\xe0"
#: What stands inside, unpacked, is not this file's beginning.
_OPAQUE = (*_ZIP, *_ARCHIVES, _WINMAIL, _OLE, b"MZ")
#: Bitmaps, JPEG 2000, JPEG XL.
_FOREIGN_PICTURE = re.compile(rb"BM.{4}\0{4}|\0\0\0\x0c(?:jP  |JXL )|\xff\x0a|\xff\x4f\xff\x51", re.DOTALL)
SMIME_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_MAIL_TYPES = ("message/rfc822", "message/global")
#: HIN Mail and other gateways of the same make put the encrypted mail into an HTML file of this name.
_HIN = re.compile(r"secure[-_ ]?(?:e-?mail|message)(?:[-_ (]?\d{1,3}\)?)?\.html?", re.IGNORECASE)
_HEADER_LINE = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,20}[A-Za-z][A-Za-z-]{0,60}:[ \t\r\n]")


class Damaged(Exception):
    """The file cannot be taken out of its container."""


@dataclass(frozen=True)
class Piece:
    """A file in a mail. `beginning(n)` is cheap, `content()` all of it; both may raise `Damaged` and `TooComplex`."""

    name: str
    content_type: str
    beginning: Callable[[int], bytes]
    content: Callable[[], bytes]
    depth: int = 0
    #: How many containers it lies in.
    containers: int = 0

    def kind(self) -> Kind:
        """What it is. Only forwarded mails, S/MIME and HIN are known by what they are called: they have no signs."""
        first = self.beginning(_BEGINNING)
        name = self.name.lower()
        if is_invoice_file(first):
            return "document"
        if first.startswith(_ZIP):
            return "zip"
        if first.startswith(_WINMAIL):
            return "winmail"
        if first.startswith(_OLE):
            is_mail = name.endswith((".msg", ".oft")) or self.content_type == "application/vnd.ms-outlook"
            return "outlook" if is_mail else "office"
        if first.startswith(_ARCHIVES) or first[257:262] == b"ustar":
            return "archive"
        if self.content_type in SMIME_TYPES or name.endswith(".p7m"):
            return "smime"
        if (self.content_type in _MAIL_TYPES or name.endswith(".eml")) and _HEADER_LINE.match(first):
            return "mail"
        if _HIN.fullmatch(name):
            return "hin"
        if is_picture(first):
            return "picture"
        return "foreign_picture" if _FOREIGN_PICTURE.match(first) else "other"

    def is_page(self) -> bool:
        """Whether a picture is large enough to be an invoice: logos in signatures are not."""
        return is_page(self.content())

    def claims_to_be_pdf(self) -> bool:
        """Whether its name or its type says so."""
        return self.content_type == "application/pdf" or self.name.lower().endswith(".pdf")


def is_invoice_file(beginning: bytes) -> bool:
    """Whether these first bytes are those of a PDF or of an XML invoice."""
    if beginning.startswith(_OPAQUE):
        return False
    if b"%PDF-" in beginning[: _PDF_WITHIN + 4]:
        return True
    start = beginning[:_XML_WITHIN].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"<") and (b"generalInvoice" in start or b"forum-datenaustausch.ch/invoice" in start)
