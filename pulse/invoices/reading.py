"""Reading a stranger's document: always in a child that may die of it.

read(data)               → Reading: invoice or problem, and the record of what was seen
read_pdf(data)           → Invoice with evidence and findings
read_xml(data)           → the same from an XML request
page_image(data, page)   → a page as PNG
unlocked(data, words)    → the PDF without its password
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Sequence

from pulse.base.clock import SystemClock, swiss_date
from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.checks import checked
from pulse.invoices.evidence import calibrated
from pulse.invoices.model import Invoice
from pulse.invoices.record import Candidate, InvalidRecord, Reading, Record
from pulse.invoices.sandbox.caller import SANDBOX
from pulse.invoices.sandbox.wire import Limits
from pulse.invoices.text.ocr_data import data_folder as ocr_folder

__all__ = [
    "MAX_FILE_BYTES",
    "Limits",
    "Reading",
    "is_xml",
    "page_image",
    "read",
    "read_pdf",
    "read_xml",
    "unlocked",
    "warm_up",
]

_PROBLEM = b'{"problem":'
#: As it stands in an invoice's JSON.
_NOT_COMPARED = f'"code":"{Reason.PICTURE_NOT_COMPARED}"'.encode()
MAX_FILE_BYTES = 25 * 1024 * 1024
MAX_PASSWORDS = 20
_XML_WITHIN = 4096
_DECLARATIONS = tuple("<?xml".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_NAMESPACE = b"http://www.forum-datenaustausch.ch/invoice"


def warm_up() -> None:
    """Starts the reading process now, so that the first document need not wait for it."""
    SANDBOX.start()


def read(
    data: bytes,
    limits: Limits = Limits(),  # noqa: B008  frozen
    *,
    today: dt.date | None = None,
    weigh: bool = True,
    passwords: Sequence[str] = (),
) -> Reading:
    """Reads a PDF or an XML request: the invoice, or the problem that `read_pdf` and `read_xml` raise, and the record
    of what was seen on the way (empty where the document could not be opened).

    `passwords` are tried on a PDF that has one. Without `weigh` each field's confidence is what its reader said, as
    measuring wants it (`pulse.invoices.evidence`).
    """
    try:
        _refuse_size(data)
        if is_xml(data):
            invoice = _read("xml", data, limits, today, weigh=weigh)
            return Reading(Record(candidates=(Candidate(source="xml", invoice=invoice, chosen=True),)), invoice)
        answer = _read_pages(data, limits, record=True, passwords=passwords)
    except Unreadable as problem:
        return Reading(Record(), problem=problem)
    said, _, packed = answer.partition(b"\n")
    try:
        record = Record.unpack(packed)
    except InvalidRecord:
        return Reading(Record(), problem=Unreadable("The document is damaged.", code=Reason.DAMAGED))
    try:
        return Reading(record, _invoice(said, today, weigh=weigh), packed=packed)
    except Unreadable as problem:
        return Reading(record, problem=problem, packed=packed)


def is_xml(data: bytes) -> bool:
    """Whether the first bytes are those of an XML, with a declaration or with the invoice request's namespace."""
    head = data[:_XML_WITHIN].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    return head.startswith(_DECLARATIONS) or (head.startswith(b"<") and _NAMESPACE in head)


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


def page_image(
    data: bytes,
    page: int,
    dpi: int = 110,
    *,
    limits: Limits = Limits(),  # noqa: B008  frozen
    passwords: Sequence[str] = (),
) -> bytes:
    """A page (from 1) of a PDF as PNG, at most 300 dpi and 20 megapixels. Raises `Unreadable` as `read_pdf` does."""
    _refuse_size(data)
    request = {"operation": "image", "page": page, "dpi": dpi, "passwords": list(passwords)}
    return SANDBOX.call(request, data, limits)[0]


def unlocked(data: bytes, passwords: Sequence[str], limits: Limits = Limits()) -> bytes | None:  # noqa: B008  frozen
    """A PDF without its password, opened by one of the first `MAX_PASSWORDS`: one file gives the same bytes, at any
    time and with whichever of its passwords. None where none of them opens it, and where it needs none."""
    request: dict[str, object] = {"operation": "unlock", "passwords": list(passwords[:MAX_PASSWORDS])}
    try:
        _refuse_size(data)
        return SANDBOX.call(request, data, limits)[0] or None
    except Unreadable:
        return None


def _read(operation: str, data: bytes, limits: Limits, today: dt.date | None, *, weigh: bool = True) -> Invoice:
    _refuse_size(data)
    answer = (
        _read_pages(data, limits) if operation == "pdf" else SANDBOX.call({"operation": operation}, data, limits)[0]
    )
    return _invoice(answer.partition(b"\n")[0], today, weigh=weigh)


def _read_pages(data: bytes, limits: Limits, *, record: bool = False, passwords: Sequence[str] = ()) -> bytes:
    """What a child says of a PDF; where its pages are pictures and OCR is installed, what another one says of those.

    Pictures take far longer than text, so their child has more room; where it fails, they stay pictures.
    """
    request = {"operation": "pdf", "record": record, "passwords": list(passwords)}
    answer, _ = SANDBOX.call(request, data, limits)
    if (pages := _pages_of_pictures(answer)) and ocr_folder():
        with contextlib.suppress(Unreadable):
            answer, _ = SANDBOX.call({**request, "pictures": True}, data, limits.for_pictures(pages))
    return answer


def _pages_of_pictures(answer: bytes) -> int:
    """The number of pages that a child could not read because they are pictures; 0 where OCR would not help."""
    said = answer.partition(b"\n")[0]
    if not said.startswith(_PROBLEM):
        return 1 if _NOT_COMPARED in said else 0
    problem = json.loads(said)["problem"]
    return int(problem["details"].get("pages", 0)) if problem["code"] == Reason.IMAGE_ONLY else 0


def _invoice(said: bytes, today: dt.date | None, *, weigh: bool) -> Invoice:
    """The invoice that the child said, checked and weighed. Raises `Unreadable` where it said a problem."""
    if said.startswith(_PROBLEM):
        problem = json.loads(said)["problem"]
        raise Unreadable(problem["message"], code=problem["code"], **problem["details"])
    invoice = checked(Invoice.model_validate_json(said), today=today or swiss_date(SystemClock().now()))
    return calibrated(invoice) if weigh else invoice


def _refuse_size(data: bytes) -> None:
    if not data.strip():
        raise Unreadable("The file is empty.", code=Reason.EMPTY_FILE)
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable("The file is too large.", code=Reason.TOO_LARGE, limit_bytes=MAX_FILE_BYTES)
