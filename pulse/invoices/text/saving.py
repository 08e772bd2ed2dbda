"""PDFs written by pdfium: the same document gives the same bytes, at any time and in any process."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence

import pypdfium2
from pypdfium2 import raw

#: These differ from one saving to the next; pdfium writes them at the end, and where it makes something new.
_CHANGING_ID = re.compile(rb"<([0-9A-F]{32})>\](?=\s*>>\s*startxref\s+\d+\s+%%EOF\s*\Z)")
_MADE_AT = re.compile(rb"(?<=/CreationDate\(D:)\d{14}")
_NEW_ID = re.compile(rb"/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>\](?=\s*>>\s*startxref\s+\d+\s+%%EOF\s*\Z)")
_LONG_AGO = b"20000101000000"


def taken_out(data: bytes, pages: Sequence[int], files: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """A PDF of these pages (from 1) alone, and of these files by name. Raises `pypdfium2.PdfiumError`."""
    with pypdfium2.PdfDocument(data) as whole, pypdfium2.PdfDocument.new() as part:
        part.import_pages(whole, [page - 1 for page in pages])
        for name, content in files:
            part.new_attachment(name).set_data(content)
        return saved(part, is_new=True)


def saved(document: pypdfium2.PdfDocument, *, is_new: bool = False) -> bytes:
    """The document as bytes, without a password; its identifier is made of its content.

    `is_new` where pdfium made the document, whose dates of creation and first identifier are of this moment too.
    """
    with io.BytesIO() as file:
        document.save(file, flags=raw.FPDF_REMOVE_SECURITY)
        data = file.getvalue()
    changing = _CHANGING_ID
    if is_new:
        data = _MADE_AT.sub(_LONG_AGO, data)
        changing = _NEW_ID
    matched = changing.search(data, max(0, len(data) - 4096))
    if matched is None:
        return data
    rest = data[: matched.start()] + data[matched.end() :]
    own = hashlib.sha256(rest).hexdigest()[:32].upper().encode()
    identifier = b"/ID[<%b><%b>]" % (own, own) if is_new else b"<%b>]" % own
    return data[: matched.start()] + identifier + data[matched.end() :]
