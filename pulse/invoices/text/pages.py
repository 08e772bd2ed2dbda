"""The pages of a PDF as text: opened, counted and read."""

from __future__ import annotations

import io
import logging

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfplumber.utils.exceptions import PdfminerException

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.text.page_text import PageText, TextReader

logging.getLogger("pdfminer").setLevel(logging.CRITICAL)


def read_pages(data: bytes, *, max_pages: int) -> list[PageText]:
    """What a person sees on each page. Raises `Unreadable`: P102 encrypted, P103 damaged, P105 too many pages."""
    pages = _open(data, max_pages)
    reader = TextReader()
    try:
        return [reader.read(page, number) for number, page in enumerate(pages, 1)]
    except (MemoryError, Unreadable):
        raise
    except Exception as error:
        raise Unreadable("The PDF is damaged.", code=Reason.DAMAGED) from error


def _open(data: bytes, max_pages: int) -> list[PDFPage]:
    try:
        document = pdfplumber.open(io.BytesIO(data), pages=list(range(1, max_pages + 2)))
        pages = [page.page_obj for page in document.pages]
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(_cause(error), PDFPasswordIncorrect | PDFEncryptionError):
            raise Unreadable("The PDF is encrypted.", code=Reason.ENCRYPTED) from error
        raise Unreadable("The PDF is damaged.", code=Reason.DAMAGED) from error
    if len(pages) > max_pages:
        raise Unreadable("The PDF has too many pages.", code=Reason.TOO_MANY_PAGES, limit=max_pages)
    if not pages:
        raise Unreadable("The PDF has no pages.", code=Reason.DAMAGED)
    return pages


def _cause(error: Exception) -> object:
    """What pdfplumber wrapped."""
    return error.args[0] if isinstance(error, PdfminerException) and error.args else error
