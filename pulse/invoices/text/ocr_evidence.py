"""What an invoice from scanned pages knows of its values: how well their words were recognised, where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from pulse.invoices.draft import Box
from pulse.invoices.model import FieldEvidence, Invoice
from pulse.invoices.text.ocr import ScannedPage
from pulse.invoices.text.page_text import PageText

#: A field of the whole table is as sure as its reader says: a single bad word does not change the number of rows.
_TABLES = frozenset({"positions"})


def with_words(invoice: Invoice, pages: Sequence[PageText]) -> Invoice:
    """The invoice with no field surer than its least sure word, and with boxes on the sheet as a viewer shows it."""
    scanned = {page.number: page for page in pages if isinstance(page, ScannedPage)}
    fields = {}
    for path, evidence in invoice.fields.items():
        page = scanned.get(evidence.page or 0)
        fields[path] = _seen(evidence, evidence.box, page, path in _TABLES) if page and evidence.box else evidence
    return invoice.model_copy(update={"fields": fields})


def _seen(evidence: FieldEvidence, box: Box, page: ScannedPage, is_table: bool) -> FieldEvidence:
    words = [] if is_table else list(_confidences(page, box))
    placed = tuple(round(edge, 1) for edge in page.placement.on_sheet(box))
    return evidence.model_copy(update={"confidence": min([evidence.confidence, *words]), "box": placed})


def _confidences(page: ScannedPage, box: Box) -> list[float]:
    """Those of the characters whose middle stands in the box."""
    return [
        glyph.confidence
        for line in page.lines
        for glyph in line.glyphs
        if box[0] <= (glyph.x0 + glyph.x1) / 2 <= box[2] and box[1] <= (glyph.top + glyph.bottom) / 2 <= box[3]
    ]
