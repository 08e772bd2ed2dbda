"""The text of a finished letter, read back from its PDF."""

from __future__ import annotations

from contextlib import closing
from typing import Any


def text_of(pdf: bytes) -> str:
    """The text of all pages in reading order, a line a line."""
    import pypdfium2  # noqa: PLC0415 - only who measures reads letters back

    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return "\n".join(_page(page) for page in document)


def _page(page: Any) -> str:
    with closing(page), closing(page.get_textpage()) as text:
        return str(text.get_text_bounded())
