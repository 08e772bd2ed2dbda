"""Pages of documents as pictures: rendered once, then kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from db.rows import first
from db.tables import page_images


@dataclass(frozen=True, kw_only=True)
class PageImage:
    """A page (from 1) as PNG, in pixels; the bytes lie in the document store."""

    document_sha256: str
    page: int
    image_sha256: str
    width: int
    height: int


def get(connection: Connection, document_sha256: str, page: int) -> PageImage | None:
    """The picture of a page, if there is one yet."""
    where = (page_images.c.document_sha256 == document_sha256, page_images.c.page == page)
    return first(connection, select(page_images).where(*where), PageImage)


def keep(connection: Connection, image: PageImage) -> None:
    """Enters a picture; a second time is the same."""
    try:
        with connection.begin_nested():
            connection.execute(insert(page_images).values(**vars(image)))
    except IntegrityError:
        return
