"""Documents and letters as files: names are made from ids, never from what a stranger wrote."""

from __future__ import annotations

import hashlib
import struct

from flask import Response, request

from db import letters, page_images
from db.page_images import PageImage
from pulse.base.errors import NotFound, Unreadable
from pulse.claims import cases
from pulse.claims.money.response import last_response
from pulse.claims.office import Office
from pulse.claims.steps import case_of

#: What a browser may show; anything else is downloaded as bytes.
_SHOWN = frozenset({"application/pdf", "image/avif", "image/jpeg", "image/png", "image/webp"})
_PNG = b"\x89PNG\r\n\x1a\n"


def letter_pdf(office: Office, letter_id: str) -> Response:
    """A letter's PDF; raises `NotFound` also while it is not written."""
    return shown(cases.letter_pdf(office, letter_id), "application/pdf", f"letter-{letter_id}.pdf")


def document(office: Office, invoice_id: int) -> Response:
    """The document that a case came with; raises `NotFound` where it came as data."""
    data, media_type = cases.document_of(office, invoice_id)
    return shown(data, media_type, f"invoice-{invoice_id}")


def response(office: Office, invoice_id: int) -> Response:
    """The answer in XML that went out; raises `NotFound` where the invoice came in another way."""
    data = last_response(office, invoice_id)
    if data is None:
        raise NotFound("This case has no answer in XML.", invoice_id=invoice_id)
    return shown(data, "application/xml", f"response-{invoice_id}.xml")


def page(office: Office, invoice_id: int, number: int) -> Response:
    """A page of a case's document as PNG."""
    with office.database.read() as connection:
        digest = case_of(connection, invoice_id).document_sha256
    if digest is None:
        raise NotFound("This case came without a document.")
    image = page_picture(office, digest, number)
    return shown(office.documents.get(image.image_sha256), "image/png", f"invoice-{invoice_id}-{number}.png")


def letter_picture(office: Office, letter_id: str, number: int) -> Response:
    """A page of a letter as PNG."""
    with office.database.read() as connection:
        letter = letters.get(connection, letter_id)
    if letter is None or letter.pdf_sha256 is None:
        raise NotFound("There is no such letter.", letter=letter_id)
    image = page_picture(office, letter.pdf_sha256, number)
    return shown(office.documents.get(image.image_sha256), "image/png", f"letter-{letter_id}-{number}.png")


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


def shown(data: bytes, media_type: str, name: str) -> Response:
    """A file to look at where a browser may show it, else to save; `name` is one of ours."""
    safe = media_type in _SHOWN
    return _file(data, media_type if safe else "application/octet-stream", name, "inline" if safe else "attachment")


def download(data: bytes, media_type: str, name: str) -> Response:
    """A file to save; `name` is one of ours."""
    return _file(data, media_type, name, "attachment")


def _file(data: bytes, media_type: str, name: str, disposition: str) -> Response:
    response = Response(data, content_type=media_type)
    response.headers["Content-Disposition"] = f'{disposition}; filename="{name}"'
    response.set_etag(hashlib.sha256(data).hexdigest())
    response.make_conditional(request)
    return response
