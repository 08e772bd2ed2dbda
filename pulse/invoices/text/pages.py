"""The pages of a PDF as text: pdfium reads them; what it cannot open, pdfminer may."""

from __future__ import annotations

from pulse.invoices.text import fast, reference
from pulse.invoices.text.page_text import PageText


def read_pages(data: bytes, *, max_pages: int) -> list[PageText]:
    """What a person sees on each page.

    Raises `Unreadable`: P102 encrypted, P103 damaged, P105 too many pages, P106 too much text.
    """
    try:
        return fast.read_pages(data, max_pages=max_pages)
    except fast.NotOpened:
        return reference.read_pages(data, max_pages=max_pages)
