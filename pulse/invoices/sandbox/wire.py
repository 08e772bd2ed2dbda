"""What parent, fork server and child say to each other: frames of a tag, a length and bytes. Never a pickle: the child
has read a stranger's file, and nothing it says may run in the parent."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, replace

RESULT, PROBLEM, STATUS, REQUEST = b"R", b"E", b"S", b"Q"
_HEAD = struct.Struct("!cQ")
_ORDER = struct.Struct("!QdQ")
ORDER_SIZE = _ORDER.size
MAX_FRAME_BYTES = 64 * 1024 * 1024
_PIECE = 1 << 16
_INVOICES_OF_FULL_LENGTH = 5


class BrokenFrame(Exception):
    """The other side said something else than a frame."""


@dataclass(frozen=True)
class Limits:
    """What one child may use: address space in bytes, seconds of CPU and of wall time, pages of an invoice.

    The time leaves room for the caller to answer within 20 seconds on a busy machine. OCR gets `ocr_page_s` more for
    each page, `ocr_time_s` at most in all; a file of several invoices may have `file_pages`, and gets more time in
    proportion. The child need not know.
    """

    memory_bytes: int = 512 * 1024 * 1024
    time_s: float = 15.0
    pages: int = 30
    ocr_page_s: float = 30.0
    ocr_time_s: float = 240.0

    def for_pictures(self, pages: int) -> Limits:
        """The same with more time, for OCR of so many pages."""
        time_s = min(self.time_s + self.ocr_page_s * pages, max(self.time_s, self.ocr_time_s))
        return replace(self, time_s=time_s)

    @property
    def file_pages(self) -> int:
        """Most pages of a file of several invoices."""
        return _INVOICES_OF_FULL_LENGTH * self.pages

    def for_file(self, pages: int) -> Limits:
        """The same with more time, for a file of so many pages."""
        return replace(self, pages=pages, time_s=self.time_s * max(1.0, pages / self.pages))

    def pack(self) -> bytes:
        """As the order that goes to the fork server with the child's channel."""
        return _ORDER.pack(self.memory_bytes, self.time_s, self.pages)

    @classmethod
    def unpack(cls, order: bytes) -> Limits:
        """The reverse of `pack`."""
        return cls(*_ORDER.unpack(order))


def send_frame(channel: socket.socket, tag: bytes, payload: bytes) -> None:
    """Sends one frame; raises `OSError` if nobody listens."""
    channel.sendall(_HEAD.pack(tag, len(payload)))
    channel.sendall(payload)


def receive_frame(channel: socket.socket) -> tuple[bytes, bytes] | None:
    """One frame, or None at the end of the stream. Raises `BrokenFrame`, `TimeoutError`, `OSError`."""
    head = _receive(channel, _HEAD.size)
    if head is None:
        return None
    tag, length = _HEAD.unpack(head)
    if length > MAX_FRAME_BYTES:
        raise BrokenFrame
    payload = _receive(channel, length)
    if payload is None:
        raise BrokenFrame
    return tag, payload


def _receive(channel: socket.socket, length: int) -> bytes | None:
    """Exactly so many bytes; None if the stream ends before the first, or within them."""
    parts = bytearray()
    while len(parts) < length:
        piece = channel.recv(min(_PIECE, length - len(parts)))
        if not piece:
            return None
        parts += piece
    return bytes(parts)
