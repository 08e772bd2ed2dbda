"""PDFs with a password: opened with the passwords that providers agreed on with the insurer."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pypdfium2
from pypdfium2 import raw

_LOCK = b"/Encrypt"


def unlocked(data: bytes, passwords: Sequence[str]) -> bytes:
    """The same PDF without its lock, where one of these passwords opens it; else as it came."""
    if not passwords or _LOCK not in data:
        return data
    for password in passwords:
        try:
            document = pypdfium2.PdfDocument(data, password=password)
        except pypdfium2.PdfiumError:
            continue
        with document, io.BytesIO() as file:
            document.save(file, flags=raw.FPDF_REMOVE_SECURITY)
            return file.getvalue()
    return data
