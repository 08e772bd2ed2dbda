"""What an invoice is, reading one from PDF or XML, checking it by itself."""

from __future__ import annotations

from pulse.invoices.checks import check, checked, reading_state
from pulse.invoices.model import Finding, Invoice, Position

__all__ = ["Finding", "Invoice", "Position", "check", "checked", "read_pdf", "reading_state"]


def read_pdf(data: bytes) -> Invoice:
    """Reads an invoice PDF in a sandboxed child process.

    Raises `pulse.base.errors.Unreadable` with a reason code P1xx.
    """
    from pulse.invoices.reading import read_pdf as read  # noqa: PLC0415  the readers are heavy

    return read(data)
