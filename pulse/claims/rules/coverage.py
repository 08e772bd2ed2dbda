"""A person's cover, and the day that it is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pulse.invoices.model import Invoice, Position


@dataclass(frozen=True, kw_only=True)
class Cover:
    """A person's cover: both days are covered, no end means that it goes on; `law` such as KVG."""

    law: str
    begins: date
    ends: date | None


def treatment_day(invoice: Invoice, position: Position) -> date | None:
    """The day of a position: its own date, else the treatment's first day, else the invoice's."""
    return position.date or invoice.treatment.begin or invoice.invoice_date
