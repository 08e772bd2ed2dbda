"""What a scanner makes of a printed page."""

from __future__ import annotations

import io

import pypdfium2
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

_DPI = 130


def scan(document: bytes) -> bytes:
    """The same pages as grey pictures, without any text."""
    file = io.BytesIO()
    canvas = Canvas(file)
    pages = pypdfium2.PdfDocument(document)
    for page in pages:
        width, height = page.get_size()
        canvas.setPageSize((width, height))
        picture = page.render(scale=_DPI / 72, grayscale=True).to_pil()
        canvas.drawImage(ImageReader(picture), 0, 0, width, height)
        canvas.showPage()
    pages.close()
    canvas.save()
    return file.getvalue()
