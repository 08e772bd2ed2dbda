"""Pieces of a deflated XML put in order without a word about their order: the right next piece continues the stream.

Which piece comes next is tried, never guessed: a wrong one breaks the deflate stream or the XML within a few bytes.
The number of trials grows with the square of the number of pieces at most, and has a bound of its own.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

#: An XML of a thousand rows has about 1 MiB; 40 sheets of codes hold less than 300 KiB deflated.
MAX_XML_BYTES = 8 * 1024 * 1024
#: What all trials for one document may cost: 240 pieces in any order need fewer.
MAX_TRIALS, MAX_TRIAL_BYTES = 30_000, 128 * 1024 * 1024
#: Bytes that some programs leave behind the end of the stream.
_MAX_TRAILING_BYTES = 8
_UTF_16, _UTF_8 = (b"\xff\xfe", b"\xfe\xff"), b"\xef\xbb\xbf"
_ATTRIBUTE = rb"""[^\s<>"'=/]+\s*=\s*(?:"[^"<]*"|'[^'<]*')"""
_TOKEN = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|</[^\s<>]+\s*>|<[^\s<>!?/]+(?:\s+" + _ATTRIBUTE + rb")*\s*/?>|[^<]+",
    re.DOTALL,
)
_UNFINISHED = re.compile(rb"<(?:[^<]*|!--.*|!\[CDATA\[.*)", re.DOTALL)


class Budget:
    """What is left of the trials; whoever gets False stops trying."""

    def __init__(self, trials: int = MAX_TRIALS, size: int = MAX_TRIAL_BYTES) -> None:
        self._trials, self._bytes = trials, size

    def spend(self, size: int) -> None:
        """Takes one trial that gave so many bytes."""
        self._trials -= 1
        self._bytes -= size

    @property
    def left(self) -> bool:
        return self._trials > 0 and self._bytes > 0


@dataclass(frozen=True)
class Stream:
    """A deflated XML as far as its pieces are known; frozen: a trial makes another one."""

    pieces: tuple[str, ...]
    data: bytes
    _inflater: zlib._Decompress
    #: Base64 characters that do not fill a group of four yet.
    _rest: str
    #: Where in `data` the first unfinished token starts.
    _token: int

    @property
    def complete(self) -> bool:
        """Whether the stream has ended as a stream and as far as anybody can see as an XML."""
        return self._inflater.eof and not self._rest and self._token == len(self.data)

    def extended(self, piece: str, budget: Budget) -> Stream | None:
        """The stream with this piece behind it; None if that is no deflated XML, or too large."""
        if self._inflater.eof:
            return None
        text = self._rest + piece
        whole = len(text) // 4 * 4
        inflater = self._inflater.copy()
        room = MAX_XML_BYTES - len(self.data)
        try:
            new = inflater.decompress(base64.b64decode(text[:whole], validate=True), room + 1)
        except (binascii.Error, ValueError, zlib.error):
            budget.spend(0)
            return None
        budget.spend(len(new))
        if len(new) > room or len(inflater.unused_data) > _MAX_TRAILING_BYTES:
            return None
        data = self.data + new
        token = _after_tokens(data, self._token)
        return None if token is None else Stream((*self.pieces, piece), data, inflater, text[whole:], token)


def follow(pieces: Sequence[str], budget: Budget) -> Stream | None:
    """The first whole XML that some of these pieces make up; the likely order first, for it costs one trial a piece."""
    start = Stream((), b"", zlib.decompressobj(wbits=-15), "", 0)
    for first in pieces:
        if not budget.left:
            return None
        stream = start.extended(first, budget)
        if stream is not None and (found := _continued(stream, [one for one in pieces if one != first], budget)):
            return found
    return None


def _continued(stream: Stream, pieces: Sequence[str], budget: Budget) -> Stream | None:
    if stream.complete:
        return stream
    for piece in pieces:
        if not budget.left:
            return None
        longer = stream.extended(piece, budget)
        if longer is not None and (found := _continued(longer, [one for one in pieces if one != piece], budget)):
            return found
    return None


def _after_tokens(data: bytes, start: int) -> int | None:
    """Where the first unfinished token starts; None if this cannot become an XML."""
    if data.startswith(_UTF_16):
        return len(data)
    if start == 0:
        start = len(_UTF_8) if data.startswith(_UTF_8) else 0
        if data[start : start + 1] not in {b"<", b""}:
            return None
    while matched := _TOKEN.match(data, start):
        start = matched.end()
    return start if start == len(data) or _UNFINISHED.fullmatch(data, start) else None
