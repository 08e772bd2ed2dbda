"""The XML requests that a document encloses, in QR codes or as attached files, out of the record of its reading: the
file is not opened again."""

from __future__ import annotations

from collections.abc import Sequence

from pulse.invoices.record import CodeSeen, packed_enclosures


def enclosed_requests(packed: bytes) -> list[bytes]:
    """Each request of a packed record byte for byte: those of the codes in the order of their pages, then the attached
    ones. Raises `InvalidRecord`."""
    seen = packed_enclosures(packed)
    attached = [one.request.encode("latin-1") for one in seen.files if one.request]
    return [*_coded(seen.codes), *attached] if seen.codes else attached


def _coded(seen: Sequence[CodeSeen]) -> list[bytes]:
    from pulse.invoices.codes.annex import assemble  # noqa: PLC0415  loads what reads pictures
    from pulse.invoices.codes.pictures import Code  # noqa: PLC0415

    codes = [Code(one.kind == "qr", one.text, one.page, one.x, one.y, one.side, one.orientation) for one in seen]
    return [annex.xml for annex in assemble(codes).annexes]
