"""The documents in a mail: found by their first bytes, whatever the sender calls them.

The walk over the parts is our own: iterative, and bounded in depth, number and size, so that no mail can make it
recurse or crawl. Forwarded mails (message/rfc822) are walked like any other part.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mail_gateway import headers as header_lines
from mail_gateway.headers import Headers
from pulse.base.errors import InvalidInput
from pulse.base.reasons import Reason

MAX_DEPTH = 20
MAX_PARTS = 200
MAX_DOCUMENTS = 50
#: A PDF may have something before its header, within its first kilobyte (ISO 32000-1, implementation note 13).
_PDF_WITHIN = 1024
_XML_WITHIN = 4096
#: ZIP, RAR, 7-Zip, gzip, OLE, program: what stands inside, unpacked, is not this file's beginning.
_CONTAINERS = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"MZ")
_FORWARDED = ("message/rfc822", "message/global")
_REST_OF_BOUNDARY = re.compile(rb"(--)?[ \t]{0,100}(?:\r?\n|\Z)")
#: Lines that begin like a boundary and are none.
_MAX_LOOKALIKES = 10_000
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


class TooComplex(InvalidInput):
    """The mail has more parts, or deeper ones, than we take apart."""

    code = "mail_too_complex"


@dataclass(frozen=True, kw_only=True)
class Document:
    """A PDF or XML invoice; `part` numbers the mail's leaves from 1, `filename` is for display alone."""

    part: int
    filename: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Found:
    """The documents, and why attachments that call themselves PDF are none."""

    documents: tuple[Document, ...]
    refused: tuple[Reason, ...]


def find(mail: bytes) -> Found:
    """All documents of a mail, in order, each content once. Raises `TooComplex`."""
    documents: dict[str, Document] = {}
    refused: list[Reason] = []
    for part, leaf in enumerate(leaves(mail), start=1):
        data = leaf.document()
        if data is not None:
            document = Document(part=part, filename=leaf.headers.filename, data=data)
            documents.setdefault(hashlib.sha256(data).hexdigest(), document)
            if len(documents) > MAX_DOCUMENTS:
                raise TooComplex(documents=len(documents))
        elif leaf.claims_to_be_pdf():
            refused.append(Reason.NOT_A_PDF if leaf.content() else Reason.EMPTY_FILE)
    return Found(documents=tuple(documents.values()), refused=tuple(refused))


@dataclass(frozen=True)
class Leaf:
    """A part that has no parts: where it lies in the mail and how it is encoded."""

    headers: Headers
    data: bytes
    start: int
    end: int

    def document(self) -> bytes | None:
        """The content, if its first bytes are those of a PDF or an XML invoice."""
        # Enough for a few kilobytes in any encoding: most parts are told apart without decoding them whole.
        if not is_document(self.beginning(4 * _XML_WITHIN)):
            return None
        return self.content()

    def claims_to_be_pdf(self) -> bool:
        """Whether its name or its type says so."""
        return self.headers.content_type == "application/pdf" or self.headers.filename.lower().endswith(".pdf")

    def beginning(self, length: int) -> bytes:
        """The first bytes of the part, decoded: at most `length`."""
        return self._decoded(self.data[self.start : min(self.end, self.start + length)])

    def content(self) -> bytes:
        """The whole part, decoded."""
        return self._decoded(self.data[self.start : self.end])

    def _decoded(self, raw: bytes) -> bytes:
        return _decoded(raw, self.headers)


def is_document(beginning: bytes) -> bool:
    """Whether these first bytes are those of a PDF or of an XML invoice."""
    if beginning.startswith(_CONTAINERS):
        return False
    if b"%PDF-" in beginning[: _PDF_WITHIN + 4]:
        return True
    start = beginning[:_XML_WITHIN].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"<") and (b"generalInvoice" in start or b"forum-datenaustausch.ch/invoice" in start)


def leaves(mail: bytes) -> Iterator[Leaf]:
    """Every part that has no parts, in order. Raises `TooComplex`."""
    stack = [(mail, 0, len(mail), 0)]
    seen = 0
    while stack:
        data, start, end, depth = stack.pop()
        seen += 1
        if depth > MAX_DEPTH or seen > MAX_PARTS:
            raise TooComplex(depth=depth, parts=seen)
        headers, body = header_lines.split(data, start, end)
        boundary = headers.boundary if headers.content_type.startswith("multipart/") else None
        if boundary is not None:
            parts = list(islice(_split(data, body, end, boundary), MAX_PARTS + 1))
            stack.extend((data, first, last, depth + 1) for first, last in reversed(parts))
        elif headers.content_type in _FORWARDED:
            inner = _decoded(data[body:end], headers)
            stack.append((inner, 0, len(inner), depth + 1))
        else:
            yield Leaf(headers, data, body, end)


def _split(data: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Where the parts of a multipart lie (RFC 2046 §5.1.1); a missing last boundary ends with the mail."""
    delimiter = b"\n--" + boundary
    open_at: int | None = None
    lookalikes = 0
    # The line break before the first boundary is the one that ended the headers.
    at = data.find(delimiter, max(start - 1, 0), end)
    while at >= 0:
        rest = _REST_OF_BOUNDARY.match(data, at + len(delimiter), end)
        if rest is not None:
            if open_at is not None:
                yield open_at, max(open_at, at - 1 if data[at - 1 : at] == b"\r" else at)
            if rest[1]:
                return
            open_at = rest.end()
        else:
            lookalikes += 1
            if lookalikes > _MAX_LOOKALIKES:
                raise TooComplex(lines=lookalikes)
        # The line break that ends this boundary's line may begin the next one's delimiter.
        at = data.find(delimiter, rest.end() - 1 if rest is not None else at + 1, end)
    if open_at is not None:
        yield open_at, end


def _decoded(raw: bytes, headers: Headers) -> bytes:
    encoding = headers.get("content-transfer-encoding").lower().strip()
    if encoding == "base64":
        return _base64(raw)
    return binascii.a2b_qp(raw) if encoding == "quoted-printable" else raw


def _base64(raw: bytes) -> bytes:
    """Tolerant, as mail programs are: strange characters are passed over, a torn end is dropped."""
    try:
        return binascii.a2b_base64(raw)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", raw.partition(b"=")[0])
    usable = len(letters) - (1 if len(letters) % 4 == 1 else 0)
    return binascii.a2b_base64(letters[:usable] + b"=" * (-usable % 4))
