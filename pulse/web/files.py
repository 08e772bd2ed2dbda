"""Documents and letters as files: names are made from ids, never from what a stranger wrote."""

from __future__ import annotations

import struct

from flask import Response, request

from db import documents, invoices, letters, page_images
from db.page_images import PageImage
from pulse.base.errors import NotFound, Unreadable
from pulse.claims.errors import CaseMissing
from pulse.claims.office import Office

#: What a browser may show; anything else is downloaded as bytes.
_SHOWN = frozenset({"application/pdf", "image/png"})
_PNG = b"\x89PNG\r\n\x1a\n"


def case_exists(office: Office, invoice_id: int) -> bool:
    """Whether there is such a case."""
    with office.database.read() as connection:
        return invoices.get(connection, invoice_id) is not None


def letter_pdf(office: Office, letter_id: str) -> Response:
    """A letter's PDF; raises `NotFound` also while it is not written."""
    with office.database.read() as connection:
        letter = letters.get(connection, letter_id)
    if letter is None or letter.pdf_sha256 is None:
        raise NotFound("There is no such letter.")
    name = f"letter-{letter.invoice_id}-{letter.recipient}-{letter.kind}.pdf"
    return _file(office.documents.get(letter.pdf_sha256), "application/pdf", name, etag=letter.pdf_sha256)


def document(office: Office, invoice_id: int) -> Response:
    """The document that a case came with."""
    digest = document_digest(office, invoice_id)
    with office.database.read() as connection:
        media_type = documents.media_type(connection, digest) or "application/octet-stream"
    return _file(office.documents.get(digest), media_type, f"invoice-{invoice_id}", etag=digest)


def page(office: Office, invoice_id: int, number: int) -> Response:
    """A page of a case's document as PNG."""
    image = page_picture(office, document_digest(office, invoice_id), number)
    name = f"invoice-{invoice_id}-{number}.png"
    return _file(office.documents.get(image.image_sha256), "image/png", name, etag=image.image_sha256)


def document_digest(office: Office, invoice_id: int) -> str:
    """The SHA-256 of a case's document; raises `NotFound` where it came without one."""
    with office.database.read() as connection:
        case = invoices.get(connection, invoice_id)
    if case is None:
        raise CaseMissing
    if case.document_sha256 is None:
        raise NotFound("This case came without a document.")
    return case.document_sha256


def page_picture(office: Office, digest: str, number: int) -> PageImage:
    """A page's picture from the store; the first time it is rendered in the reader's sandbox."""
    with office.database.read() as connection:
        known = page_images.get(connection, digest, number)
    if known is not None:
        return known
    try:
        data = office.reader.page_image(office.documents.get(digest), number)
    except Unreadable as error:
        raise NotFound("This page cannot be shown.", code=error.reason) from None
    width, height = _size(data)
    image = PageImage(
        document_sha256=digest, page=number, image_sha256=office.documents.put(data), width=width, height=height
    )
    with office.database.write() as connection:
        page_images.keep(connection, image)
    return image


def _size(png: bytes) -> tuple[int, int]:
    if not png.startswith(_PNG) or len(png) < 24:
        raise NotFound("This page cannot be shown.")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def _file(data: bytes, media_type: str, name: str, *, etag: str) -> Response:
    shown = media_type in _SHOWN
    response = Response(data, content_type=media_type if shown else "application/octet-stream")
    response.headers["Content-Disposition"] = f'{"inline" if shown else "attachment"}; filename="{name}"'
    response.set_etag(etag)
    response.make_conditional(request)
    return response
