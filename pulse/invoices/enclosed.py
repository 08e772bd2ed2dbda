"""The XML requests that a document's QR codes hold, out of the record of its reading: the file is not opened again."""

from __future__ import annotations

from pulse.invoices.record import packed_codes


def enclosed_requests(packed: bytes) -> list[bytes]:
    """Each request of a packed record byte for byte, in the order of its pages; none where the codes make up none.
    Raises `InvalidRecord`."""
    seen = packed_codes(packed)
    if not seen:
        return []
    from pulse.invoices.codes.annex import assemble  # noqa: PLC0415  loads what reads pictures
    from pulse.invoices.codes.pictures import Code  # noqa: PLC0415

    codes = [Code(one.kind == "qr", one.text, one.page, one.x, one.y, one.side, one.orientation) for one in seen]
    return [annex.xml for annex in assemble(codes).annexes]
