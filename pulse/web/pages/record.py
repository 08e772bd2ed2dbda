"""What each step of a reading saw, as a person looks it up."""

from __future__ import annotations

from dataclasses import dataclass

from pulse.invoices.model import SourceKind
from pulse.invoices.record import Candidate, Record
from pulse.web.pages.sight import ReadValue, read_values


@dataclass(frozen=True, kw_only=True)
class SourceTold:
    """What one source gave: its values, or why it gave none."""

    source: SourceKind
    chosen: bool
    problem: str | None
    values: tuple[ReadValue, ...]
    positions: int


def told(record: Record) -> list[SourceTold]:
    """The candidates of a record in order of trust."""
    return [_told(one) for one in record.candidates]


def _told(candidate: Candidate) -> SourceTold:
    invoice = candidate.invoice
    return SourceTold(
        source=candidate.source,
        chosen=candidate.chosen,
        problem=candidate.problem,
        values=tuple(read_values(invoice)) if invoice else (),
        positions=len(invoice.positions) if invoice else 0,
    )
