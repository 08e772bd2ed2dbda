"""The XML requests that a document's QR codes hold, out of the record of its reading: the file is not opened again."""

from __future__ import annotations

from pulse.invoices.record import Record


def enclosed_requests(record: Record) -> list[bytes]:
    """Each request byte for byte, in the order of its pages; none where the codes make up none."""
    from pulse.invoices.codes.annex import assemble  # noqa: PLC0415  loads what reads pictures
    from pulse.invoices.codes.pictures import Code  # noqa: PLC0415

    codes = [
        Code(one.kind == "qr", one.text, one.page, one.x, one.y, one.side, one.orientation) for one in record.codes
    ]
    return [annex.xml for annex in assemble(codes).annexes] if codes else []
