"""PDFs written by pdfium: the same document gives the same bytes, at any time and in any process."""

from __future__ import annotations

import hashlib
import io
import re

import pypdfium2
from pypdfium2 import raw

#: Both differ from one saving to the next; pdfium writes them at the end and in a new document's information.
_CHANGING_ID = re.compile(rb"<([0-9A-F]{32})>\](?=\s*>>\s*startxref\s+\d+\s+%%EOF\s*\Z)")
_MADE_AT = re.compile(rb"(?<=/CreationDate\(D:)\d{14}(?=[^)]{0,8}\)/Creator\(PDFium\))")
_NEW_ID = re.compile(rb"/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>\](?=\s*>>\s*startxref\s+\d+\s+%%EOF\s*\Z)")
_LONG_AGO = b"20000101000000"


def saved(document: pypdfium2.PdfDocument, *, is_new: bool = False) -> bytes:
    """The document as bytes, without a password; its identifier is made of its content.

    `is_new` where pdfium made the document, whose date of creation and first identifier are of this moment too.
    """
    with io.BytesIO() as file:
        document.save(file, flags=raw.FPDF_REMOVE_SECURITY)
        data = file.getvalue()
    changing = _CHANGING_ID
    if is_new:
        data = _MADE_AT.sub(_LONG_AGO, data, count=1)
        changing = _NEW_ID
    matched = changing.search(data, max(0, len(data) - 4096))
    if matched is None:
        return data
    rest = data[: matched.start()] + data[matched.end() :]
    own = hashlib.sha256(rest).hexdigest()[:32].upper().encode()
    identifier = b"/ID[<%b><%b>]" % (own, own) if is_new else b"<%b>]" % own
    return data[: matched.start()] + identifier + data[matched.end() :]
