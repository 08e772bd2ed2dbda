from __future__ import annotations

import pytest

from db.documents import media_type_of


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\r\n%PDF-1.7", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"\xef\xbb\xbf<?xml", "application/xml"),
        ("<?xml".encode("utf-16"), "application/xml"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVE", "application/octet-stream"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypavif", "image/avif"),
        (b"PK\3\4\x14", "application/zip"),
        (b"else", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_a_document_is_what_its_first_bytes_say(data: bytes, kind: str) -> None:
    assert media_type_of(data) == kind
