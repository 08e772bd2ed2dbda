"""Whether the insured person was covered on a day, under a law."""

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


def covers(cover: Cover, day: date | None, law: str | None) -> bool:
    """Cover is judged on the day of treatment, not of the invoice (Art. 25 KVG). An invoice that names no law is
    judged by the person's own; one that names another law (accident, military, …) is not ours to pay."""
    if day is None or (law is not None and law != cover.law):
        return False
    return cover.begins <= day and (cover.ends is None or day <= cover.ends)


def treatment_day(invoice: Invoice, position: Position) -> date | None:
    """The day of a position: its own date, else the treatment's first day, else the invoice's."""
    return position.date or invoice.treatment.begin or invoice.invoice_date
