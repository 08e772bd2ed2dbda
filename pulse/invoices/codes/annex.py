"""The QR annex of form 5.0: the whole XML request in QR codes, and Swiss QR-bills beside it.

XML → raw DEFLATE → Base64 → chunks, three codes in a row; no structured append, so the place on the page is the order.
A Data Matrix on each sheet says `FD50`, guid, language, type and page number.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pulse.invoices.codes.payment_slip import PaymentSlip, read_slip
from pulse.invoices.codes.pictures import Code, Rasterizer

#: An XML of a thousand rows has about 1 MiB; 40 sheets of codes hold less than 300 KiB deflated.
MAX_XML_BYTES = 8 * 1024 * 1024
MAX_CODES = 240
_RESOLUTIONS = (200, 300, 400)
#: Of more pages than this, only those with codes are searched again: a scanned booklet must not use up the time.
_FEW_PAGES = 6
_CHUNK = re.compile(r"[A-Za-z0-9+/=\s]{4,}")
_SHEET = re.compile(r"FD50(?P<guid>[0-9a-fA-F]{32})[a-z]{2}[A-Z]{3}(?P<page>\d{2})")


@dataclass(frozen=True)
class Annex:
    """What the codes of a document hold; no `xml` where there are no chunks or some are missing (`incomplete`)."""

    xml: bytes | None = None
    page: int | None = None
    guid: str | None = None
    incomplete: bool = False
    several: bool = False
    slip: PaymentSlip | None = None
    codes: tuple[Code, ...] = ()


def read_annex(rasterizer: Rasterizer, pages: Sequence[int]) -> Annex:
    """Searches the pages for codes, more finely only if need be; bounded attempts."""
    annex, codes = Annex(), []
    for dpi in _RESOLUTIONS:
        codes = [code for page in pages for code in rasterizer.codes(page, dpi)][:MAX_CODES]
        annex = assemble(codes)
        if annex.xml is not None or (codes and not annex.incomplete):
            break
        if len(pages) > _FEW_PAGES:
            pages = sorted({code.page for code in codes})
        if not codes and dpi > _RESOLUTIONS[0]:
            break
    return replace(annex, codes=tuple(codes))


def assemble(codes: Sequence[Code]) -> Annex:
    """The annex of these codes; of several guids only the first one's, and `several` says so."""
    sheets = {code.page: match for code in codes if not code.is_qr and (match := _SHEET.match(code.text))}
    guids = list(dict.fromkeys(match["guid"].lower() for match in sheets.values()))
    guid = guids[0] if guids else None
    chunks = [
        code
        for code in codes
        if code.is_qr
        and _CHUNK.fullmatch(code.text)
        and (code.page not in sheets or sheets[code.page]["guid"].lower() == guid)
    ]
    slip = next((slip for code in codes if code.is_qr and (slip := read_slip(code.text, code.page))), None)
    if not chunks:
        return Annex(slip=slip)
    by_sheet = {page: int(match["page"]) for page, match in sheets.items()}
    first = min(chunk.page for chunk in chunks)
    for order in _orders(chunks, by_sheet):
        if (xml := _inflate(order)) is not None:
            return Annex(xml, first, guid, several=len(guids) > 1, slip=slip)
    return Annex(None, first, guid, incomplete=True, several=len(guids) > 1, slip=slip)


def _orders(chunks: Sequence[Code], by_sheet: dict[int, int]) -> Iterable[list[str]]:
    """Three orders at most: as printed, as printed on sheets scanned upside down, as found."""
    pages = sorted({chunk.page for chunk in chunks}, key=lambda page: (by_sheet.get(page, page), page))
    printed = [code for page in pages for code in _by_row([one for one in chunks if one.page == page])]
    yield _distinct(printed)
    upside = [code for page in pages for code in reversed(_by_row([one for one in chunks if one.page == page]))]
    yield _distinct(upside)
    yield _distinct(chunks)


def _by_row(codes: list[Code]) -> list[Code]:
    """Rows from the top, each from the left; a row is what stands within half a code's height of its first one."""
    ordered: list[Code] = []
    rest = sorted(codes, key=lambda code: code.y)
    while rest:
        row = [code for code in rest if code.y - rest[0].y < rest[0].side / 2]
        ordered += sorted(row, key=lambda code: code.x)
        rest = rest[len(row) :]
    return ordered


def _distinct(codes: Iterable[Code]) -> list[str]:
    """A sheet that is there twice counts once."""
    return list(dict.fromkeys(code.text.strip() for code in codes))


def _inflate(chunks: list[str]) -> bytes | None:
    try:
        packed = base64.b64decode("".join("".join(chunks).split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    stream = zlib.decompressobj(wbits=-15)
    try:
        data = stream.decompress(packed, MAX_XML_BYTES)
    except zlib.error:
        return None
    return data if stream.eof else None
