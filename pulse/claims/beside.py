"""The XML that comes in one mail with a PDF of the same invoice: one case, both kept, a finding where they disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from db import documents
from pulse.base.reasons import Reason
from pulse.claims.office import Office
from pulse.invoices.model import Invoice
from pulse.invoices.reading import is_xml
from pulse.invoices.sources import merge, same_invoice

#: What only pages can have, and a person must know of.
_OF_PAGES = (Reason.HIDDEN_TEXT_DROPPED, Reason.ADDRESSES_A_PROGRAM, Reason.SEVERAL_INVOICES)


@dataclass(frozen=True)
class Beside:
    """An XML and what it says."""

    data: bytes
    invoice: Invoice


def said_beside(office: Office, invoice: Invoice, others: Sequence[bytes]) -> list[Beside]:
    """Those of the other documents that are XML of this very invoice: by its guid, or by biller and number."""
    found = []
    for data in others:
        read = office.reader.read(data).invoice if is_xml(data) else None
        if read is not None and _named(invoice) and _named(read) and same_invoice(read, invoice):
            found.append(Beside(data, read))
    return found


def with_beside(invoice: Invoice, found: Sequence[Beside]) -> Invoice:
    """What the XML says, with the pages as evidence; a finding P229 for each thing that the pages say differently."""
    if not found or invoice.source.kind == "xml":
        return invoice
    merged = merge([*(one.invoice for one in found), invoice])
    source = merged.source.model_copy(update={"sha256": invoice.source.sha256, "pages": invoice.source.pages})
    of_pages = (finding for finding in invoice.findings if finding.code in _OF_PAGES)
    return merged.model_copy(update={"source": source, "findings": (*merged.findings, *of_pages)})


def keep_beside(office: Office, found: Sequence[Beside]) -> tuple[str, ...]:
    """Stores them; their SHA-256."""
    digests = tuple(office.documents.put(one.data) for one in found)
    if not found:
        return digests
    now = office.clock.now()
    with office.database.write() as connection:
        for digest, one in zip(digests, found, strict=True):
            documents.note(connection, digest, one.data, at=now)
    return digests


def _named(invoice: Invoice) -> bool:
    return bool(invoice.guid or invoice.invoice_number)
