"""The QR annex of form 5.0: the whole XML request in QR codes, and Swiss QR-bills beside it.

XML → raw DEFLATE → Base64 → chunks, three codes in a row; no structured append, so the place on the page is the order.
A Data Matrix on each sheet says `FD50`, guid, language, type and page number; forms carry one too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pulse.invoices.codes.payment_slip import PaymentSlip, read_slip
from pulse.invoices.codes.pictures import Code, Rasterizer
from pulse.invoices.codes.stream import Budget, follow

MAX_CODES = 240
_RESOLUTIONS = (200, 300, 400)
#: Of more pages than this, only those with codes are searched again: a scanned booklet must not use up the time.
_FEW_PAGES = 6
_CHUNK = re.compile(r"[A-Za-z0-9+/=\s]{4,}")
#: Programs cut chunks of 1262 or 1264 characters, and fill up the last one with blanks.
_WHOLE_CHUNK = 1000
_SHEET = re.compile(r"FD50(?P<guid>[0-9a-fA-F]{32})[a-z]{2}[A-Z]{3}(?P<page>\d{2})")


@dataclass(frozen=True)
class Annex:
    """One invoice in QR codes: its XML byte for byte, the pages of its codes, the guid that its sheets name."""

    xml: bytes
    pages: tuple[int, ...]
    guid: str | None = None

    @property
    def page(self) -> int:
        """The first of its pages."""
        return self.pages[0]


@dataclass(frozen=True)
class CodesRead:
    """What the codes of a document hold.

    `annexes` in the order of their pages; `unused` the pages of chunks that make up no whole XML; `names` by page the
    invoice that its Data Matrix names, on sheets of codes and on forms; `slips` each payment part once.
    """

    annexes: tuple[Annex, ...] = ()
    unused: tuple[int, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    slips: tuple[PaymentSlip, ...] = ()
    codes: tuple[Code, ...] = ()

    @property
    def guids(self) -> tuple[str, ...]:
        """Every invoice that a Data Matrix names, in the order of the pages."""
        return tuple(dict.fromkeys(self.names[page] for page in sorted(self.names)))

    @property
    def sheets(self) -> frozenset[int]:
        """The pages of codes, whether they make up a whole XML or not."""
        return frozenset(self.unused).union(*(annex.pages for annex in self.annexes))


def read_codes(rasterizer: Rasterizer, pages: Sequence[int]) -> CodesRead:
    """Searches the pages for codes, more finely only if need be; what was found once stays found."""
    found: dict[tuple[int, str], Code] = {}
    read = CodesRead()
    for dpi in _RESOLUTIONS:
        for page in pages:
            for code in rasterizer.codes(page, dpi):
                if len(found) < MAX_CODES:
                    found.setdefault((code.page, code.text), code)
        read = assemble(list(found.values()))
        if found and not read.unused:
            break
        if len(pages) > _FEW_PAGES:
            pages = sorted({code.page for code in found.values()})
        if not found and dpi > _RESOLUTIONS[0]:
            break
    return read


def assemble(codes: Sequence[Code]) -> CodesRead:
    """The invoices and payment slips of these codes, in whatever order they come."""
    sheets = {code.page: match for code in codes if not code.is_qr and (match := _SHEET.match(code.text))}
    guids = dict.fromkeys(sheets[page]["guid"].lower() for page in sorted(sheets))
    slips: dict[tuple[object, ...], PaymentSlip] = {}
    for code in sorted((code for code in codes if code.is_qr), key=lambda code: code.page):
        if slip := read_slip(code.text, code.page):
            slips.setdefault((slip.iban, slip.reference, slip.amount), slip)
    chunks = _in_printed_order(
        [code for code in codes if code.is_qr and _CHUNK.fullmatch(code.text)],
        {page: int(match["page"]) for page, match in sheets.items()},
    )
    owners = {text: sheets[code.page]["guid"].lower() if code.page in sheets else None for text, code in chunks.items()}
    annexes, budget = [], Budget()
    for guid in (*guids, None):
        while stream := follow(_pieces(owners, guid), budget):
            pages = tuple(sorted({chunks[piece].page for piece in stream.pieces}))
            annexes.append(Annex(stream.data, pages, guid))
            for piece in stream.pieces:
                del owners[piece]
    return CodesRead(
        annexes=tuple(sorted(annexes, key=lambda annex: annex.pages)),
        unused=tuple(sorted({chunks[piece].page for piece in owners})) if _has_sheet(chunks, owners) else (),
        names={page: match["guid"].lower() for page, match in sheets.items()},
        slips=tuple(slips.values()),
        codes=tuple(codes),
    )


def _has_sheet(chunks: Mapping[str, Code], pieces: Iterable[str]) -> bool:
    """Whether one of them is a whole chunk: a short text in a QR code may be anything."""
    return any(len(chunks[piece].text) >= _WHOLE_CHUNK for piece in pieces)


def _pieces(owners: dict[str, str | None], guid: str | None) -> list[str]:
    """The pieces on an invoice's own sheets, then those on sheets whose Data Matrix could not be read."""
    own = [piece for piece, owner in owners.items() if owner == guid]
    if guid is None or not own:
        return own
    return own + [piece for piece, owner in owners.items() if owner is None]


def _in_printed_order(chunks: Sequence[Code], by_sheet: dict[int, int]) -> dict[str, Code]:
    """Each chunk once, sheet by sheet and row by row: a sheet that is there twice counts once."""
    pages = sorted({chunk.page for chunk in chunks}, key=lambda page: (by_sheet.get(page, page), page))
    printed = (code for page in pages for code in _by_row([one for one in chunks if one.page == page]))
    ordered: dict[str, Code] = {}
    for code in printed:
        ordered.setdefault("".join(code.text.split()), code)
    return ordered


def _by_row(codes: Iterable[Code]) -> list[Code]:
    """Rows from the top, each from the left; a row is what stands within half a code's height of its first one."""
    ordered: list[Code] = []
    rest = sorted(codes, key=lambda code: code.y)
    while rest:
        row = [code for code in rest if code.y - rest[0].y < rest[0].side / 2]
        ordered += sorted(row, key=lambda code: code.x)
        rest = rest[len(row) :]
    return ordered
