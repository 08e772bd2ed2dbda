"""Header lines of a stranger's mail: read tolerantly, bounded, and never trusted to be well formed.

Not the standard library's parser: `email.policy.default` raises on some From lines and recurses on nested parts.
"""

from __future__ import annotations

import email.header
import email.message
import re
import unicodedata
from dataclasses import dataclass
from email.errors import MessageError

#: More header than this no honest mail has; the rest is not read.
MAX_HEADER_BYTES = 256 * 1024
_MAX_VALUE = 8192
_MAX_PARAMETERS = 4096
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_NAME = re.compile(rb"[!-9;-~]{1,100}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: What `email` raises on hostile values; it promises nothing.
_PARSER_ERRORS = (MessageError, ValueError, TypeError, LookupError, AttributeError)

_ADDRESS = r"[^\s<>()\[\],;:\"\\@\x00-\x20\x7f]{1,64}@[A-Za-z0-9\u0080-\uffff.-]{1,190}"
_PLAIN = re.compile(rf"\s*({_ADDRESS})\s*(?:\([^()]*\)\s*)?")
_NAMED = re.compile(rf"[^<>@,;:]*<\s*({_ADDRESS})\s*>\s*")
_QUOTED_NAME = re.compile(r'^\s*"(?:[^"\\]|\\.)*"')
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")


@dataclass(frozen=True)
class Headers:
    """Fields in order; names in lower case, values unfolded, without control characters."""

    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a field, topmost first."""
        return [value for found, value in self.fields if found == name]

    def get(self, name: str) -> str:
        """The topmost value of a field, or an empty string."""
        return next((value for found, value in self.fields if found == name), "")

    @property
    def content_type(self) -> str:
        """`type/subtype` in lower case; `text/plain` where there is none or none that can be read."""
        found = self.get("content-type").partition(";")[0].strip().lower()
        return found if re.fullmatch(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}", found) else "text/plain"

    @property
    def boundary(self) -> bytes | None:
        """What separates the parts of a multipart."""
        try:
            found = self._message().get_boundary()
        except _PARSER_ERRORS:
            return None
        return found.encode("utf-8", "surrogateescape") if found and len(found) <= 200 else None

    @property
    def filename(self) -> str:
        """The file's name as the sender gives it, cleaned for display; nothing is ever opened by it."""
        try:
            found = self._message().get_filename() or ""
            if "=?" in found:
                found = decoded(found)
        except _PARSER_ERRORS:
            found = ""
        return display_name(found)

    @property
    def message_id(self) -> str | None:
        """The Message-ID with its angle brackets, if there is exactly one that can be quoted."""
        found = _MESSAGE_ID.fullmatch(self.get("message-id").strip())
        return found.group() if found else None

    @property
    def references(self) -> list[str]:
        """The thread so far."""
        return _MESSAGE_ID.findall(self.get("references"))

    def _message(self) -> email.message.Message:
        message = email.message.Message()
        for name in ("content-type", "content-disposition"):
            if value := self.get(name)[:_MAX_PARAMETERS]:
                message[name] = value
        return message


def address_of(value: str) -> str | None:
    """The one address of a From or Return-Path value, in lower case; None where there is none, or more than one."""
    found = _PLAIN.fullmatch(value) or _NAMED.fullmatch(_QUOTED_NAME.sub("", value))
    return found[1].lower() if found else None


def parse(block: bytes) -> Headers:
    """The fields of a header block; lines that are none are left out."""
    fields = []
    for line in _FOLD.sub(b" ", block[:MAX_HEADER_BYTES]).splitlines():
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name.rstrip()):
            text = value[:_MAX_VALUE].decode("utf-8", "replace")
            fields.append((name.rstrip().decode("ascii").lower(), _CONTROL.sub(" ", text).strip()))
    return Headers(tuple(fields))


def split(data: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The headers of the entity at `start`, and where its body begins."""
    if start >= end:
        return Headers(()), end
    if data.startswith((b"\r\n", b"\n"), start):
        return Headers(()), start + (2 if data.startswith(b"\r", start) else 1)
    found = _EMPTY_LINE.search(data, start, min(end, start + MAX_HEADER_BYTES))
    if found is None:
        return parse(data[start : min(end, start + MAX_HEADER_BYTES)]), end
    return parse(data[start : found.start()]), found.end()


def decoded(value: str) -> str:
    """A value with its RFC 2047 words decoded, as one clean line of at most 1000 characters."""
    try:
        text = str(email.header.make_header(email.header.decode_header(value[:2000])))
    except _PARSER_ERRORS:
        text = value
    return " ".join(_CONTROL.sub(" ", text).split())[:1000]


def display_name(filename: str) -> str:
    """A file name that can be shown: no path, no control or direction characters, at most 120 characters."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    visible = "".join(char for char in last if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    plain = " ".join(visible.split()).strip(". ")
    stem, dot, extension = plain.rpartition(".")
    return f"{stem[:110]}.{extension[:9]}" if dot and len(plain) > 120 else plain[:120]
