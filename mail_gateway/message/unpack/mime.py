"""The parts of a mail: an iterative walk, bounded in depth and number, so that no mail makes it recurse or crawl.

Forwarded mails (message/rfc822) are walked like any other part.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mail_gateway.message import headers as header_lines
from mail_gateway.message.headers import Headers
from mail_gateway.message.unpack.budget import MAX_PARTS, Budget, TooComplex

_FORWARDED = ("message/rfc822", "message/global")
_REST_OF_BOUNDARY = re.compile(rb"(--)?[ \t]{0,100}(?:\r?\n|\Z)")
#: Lines that begin like a boundary and are none.
_MAX_LOOKALIKES = 10_000
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


@dataclass(frozen=True)
class Leaf:
    """A part that has no parts: where it lies in the mail and how it is encoded."""

    headers: Headers
    data: bytes
    start: int
    end: int
    depth: int = 0
    #: It belongs to a mail inside the mail.
    forwarded: bool = False

    def beginning(self, length: int) -> bytes:
        """The first bytes of the part, decoded: at most `length`."""
        return decoded(self.data[self.start : min(self.end, self.start + length)], self.headers)

    def content(self) -> bytes:
        """The whole part, decoded."""
        return decoded(self.data[self.start : self.end], self.headers)


def leaves(mail: bytes, budget: Budget | None = None, *, depth: int = 0, forwarded: bool = False) -> Iterator[Leaf]:
    """Every part that has no parts, in order. Raises `TooComplex`."""
    budget = budget or Budget()
    stack = [(mail, 0, len(mail), depth, forwarded)]
    while stack:
        data, start, end, depth, forwarded = stack.pop()
        budget.part(depth)
        headers, body = header_lines.split(data, start, end)
        boundary = headers.boundary if headers.content_type.startswith("multipart/") else None
        if boundary is not None:
            parts = list(islice(_split(data, body, end, boundary), MAX_PARTS + 1))
            stack.extend((data, first, last, depth + 1, forwarded) for first, last in reversed(parts))
        elif headers.content_type in _FORWARDED:
            inner = decoded(data[body:end], headers)
            stack.append((inner, 0, len(inner), depth + 1, True))
        else:
            yield Leaf(headers, data, body, end, depth, forwarded)


def decoded(raw: bytes, headers: Headers) -> bytes:
    """A part's body without its transfer encoding."""
    encoding = headers.get("content-transfer-encoding").lower().strip()
    if encoding == "base64":
        return _base64(raw)
    return binascii.a2b_qp(raw) if encoding == "quoted-printable" else raw


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


def _base64(raw: bytes) -> bytes:
    """Tolerant, as mail programs are: strange characters are passed over, a torn end is dropped."""
    try:
        return binascii.a2b_base64(raw)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", raw.partition(b"=")[0])
    usable = len(letters) - (1 if len(letters) % 4 == 1 else 0)
    return binascii.a2b_base64(letters[:usable] + b"=" * (-usable % 4))
