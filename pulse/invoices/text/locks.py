"""PDFs with a password: opened with those that providers agreed on with the insurer, or wrote to it."""

from __future__ import annotations

from collections.abc import Sequence

import pypdfium2

from pulse.invoices.text.saving import saved

_LOCK = b"/Encrypt"


def unlocked(data: bytes, passwords: Sequence[str]) -> bytes:
    """The same PDF without its lock, where one of these passwords opens it; else as it came."""
    return opened(data, passwords) or data


def opened(data: bytes, passwords: Sequence[str]) -> bytes | None:
    """The same PDF without its lock: one file gives the same bytes with whatever password. None where none of these
    passwords opens it, or where it has no lock."""
    if _LOCK not in data:
        return None
    for password in passwords:
        try:
            document = pypdfium2.PdfDocument(data, password=password)
        except pypdfium2.PdfiumError:
            continue
        with document:
            return saved(document)
    return None
