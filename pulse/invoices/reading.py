"""Reading a stranger's document: always in a child that may die of it.

read_pdf(data)           → Invoice with evidence and findings
read_xml(data)           → the same from an XML request
page_image(data, page)   → a page as PNG
"""

from __future__ import annotations

import datetime as dt

from pulse.base.clock import SystemClock, swiss_date
from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.checks import checked
from pulse.invoices.model import Invoice
from pulse.invoices.sandbox.caller import SANDBOX
from pulse.invoices.sandbox.wire import Limits

__all__ = ["MAX_FILE_BYTES", "Limits", "page_image", "read_pdf", "read_xml", "warm_up"]

MAX_FILE_BYTES = 25 * 1024 * 1024


def warm_up() -> None:
    """Starts the reading process now, so that the first document need not wait for it."""
    SANDBOX.start()


def read_pdf(data: bytes, limits: Limits = Limits(), *, today: dt.date | None = None) -> Invoice:  # noqa: B008  frozen
    """The Invoice in a PDF, checked (`pulse.invoices.checks`) as of `today` (default: the Swiss calendar day).

    Raises `Unreadable`: P101 no PDF, P102 encrypted, P103 damaged, P104 empty, P105 too many pages, P106 limits
    exceeded, P107 a picture without text or codes, P108 no invoice form, P109 an annex that is no request, P110 too
    large.
    """
    return _read("pdf", data, limits, today)


def read_xml(data: bytes, limits: Limits = Limits(), *, today: dt.date | None = None) -> Invoice:  # noqa: B008  frozen
    """The Invoice in a generalInvoiceRequest 4.4, 4.5 or 5.0, checked as of `today`.

    Raises `Unreadable`: P104 empty, P106 limits exceeded, P109 no such request or one with a DTD, P110 too large.
    """
    return _read("xml", data, limits, today)


def page_image(data: bytes, page: int, dpi: int = 110, *, limits: Limits = Limits()) -> bytes:  # noqa: B008  frozen
    """A page (from 1) of a PDF as PNG, at most 300 dpi and 20 megapixels. Raises `Unreadable` as `read_pdf` does."""
    _refuse_size(data)
    return SANDBOX.call({"operation": "image", "page": page, "dpi": dpi}, data, limits)[0]


def _read(operation: str, data: bytes, limits: Limits, today: dt.date | None) -> Invoice:
    _refuse_size(data)
    answer, _ = SANDBOX.call({"operation": operation}, data, limits)
    invoice = Invoice.model_validate_json(answer)
    return checked(invoice, today=today or swiss_date(SystemClock().now()))


def _refuse_size(data: bytes) -> None:
    if not data.strip():
        raise Unreadable("The file is empty.", code=Reason.EMPTY_FILE)
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable("The file is too large.", code=Reason.TOO_LARGE, limit_bytes=MAX_FILE_BYTES)
