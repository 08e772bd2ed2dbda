"""Readings: every revision of what an invoice says, with who made it; the newest is the case's content."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from db.rows import every
from db.tables import invoices, readings


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One reading; revision 1 is the reader's, later ones are people's. `content` is an Invoice as JSON."""

    invoice_id: int
    revision: int
    content: dict[str, Any] = field(repr=False)
    made_by: str
    made_at: datetime


def of_invoice(connection: Connection, invoice_id: int) -> list[Revision]:
    """All revisions of a case, oldest first."""
    statement = select(readings).where(readings.c.invoice_id == invoice_id).order_by(readings.c.revision)
    return every(connection, statement, Revision)


def corrected(connection: Connection) -> list[tuple[int, str]]:
    """Cases with a document whose reading a person corrected: id and the document's SHA-256, oldest first."""
    statement = (
        select(invoices.c.id, invoices.c.document_sha256)
        .join(readings, readings.c.invoice_id == invoices.c.id)
        .where(invoices.c.document_sha256.is_not(None))
        .group_by(invoices.c.id, invoices.c.document_sha256)
        .having(func.max(readings.c.revision) > 1)
        .order_by(invoices.c.id)
    )
    return [(int(row.id), str(row.document_sha256)) for row in connection.execute(statement)]
