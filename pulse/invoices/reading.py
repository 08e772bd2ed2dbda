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
import hashlib
import json
from collections.abc import Sequence

from pulse.base.clock import SystemClock, swiss_date
from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.checks import checked
from pulse.invoices.evidence import calibrated
from pulse.invoices.model import Invoice
from pulse.invoices.record import Candidate, InvalidRecord, Part, Reading, Record
from pulse.invoices.sandbox import parts
from pulse.invoices.sandbox.caller import SANDBOX
from pulse.invoices.sandbox.wire import Limits
from pulse.invoices.sources import several_invoices
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
#: Scanned pages beside an invoice get the time of so many.
_PICTURES_BESIDE = 4
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
    is_part: bool = False,
) -> Reading:
    """Reads a PDF or an XML request: the invoice, or the problem that `read_pdf` and `read_xml` raise, and the record
    of what was seen on the way (empty where the document could not be opened). A PDF of several invoices gives its
    parts, each to be read with `is_part`.

    `passwords` are tried on a PDF that has one. Without `weigh` each field's confidence is what its reader said, as
    measuring wants it (`pulse.invoices.evidence`).
    """
    try:
        _refuse_size(data)
        if is_xml(data):
            invoice = _read("xml", data, limits, today, weigh=weigh)
            return Reading(Record(candidates=(Candidate(source="xml", invoice=invoice, chosen=True),)), invoice)
        answer = _read_pages(data, limits, record=True, passwords=passwords, is_part=is_part)
        if found := parts.unpack(answer):
            return Reading(Record(), parts=found)
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
    """The Invoice in a PDF, checked (`pulse.invoices.checks`) as of `today` (default: the Swiss calendar day). Of
    several invoices the first, with a finding P242 that names the others.

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
    if operation != "pdf":
        return _invoice(SANDBOX.call({"operation": operation}, data, limits)[0], today, weigh=weigh)
    answer = _read_pages(data, limits)
    if found := parts.unpack(answer):
        return _first_of(found, data, _read_pages(found[0].data, limits, is_part=True), today, weigh=weigh)
    return _invoice(answer.partition(b"\n")[0], today, weigh=weigh)


def _first_of(found: Sequence[Part], data: bytes, answer: bytes, today: dt.date | None, *, weigh: bool) -> Invoice:
    """The first of several invoices in a file, as an invoice of that file."""
    invoice, (first, *others) = _invoice(answer.partition(b"\n")[0], today, weigh=weigh), found
    pages = dict(enumerate(first.pages, start=1))
    fields = {
        path: seen.model_copy(update={"page": pages.get(seen.page)} if seen.page else {})
        for path, seen in invoice.fields.items()
    }
    source = invoice.source.model_copy(update={"sha256": hashlib.sha256(data).hexdigest()})
    names = ", ".join(f"{one.name or 'without a number'} (page {one.place})" for one in others)
    finding = several_invoices(f"the document holds other invoices too: {names}")
    findings = (*invoice.findings, finding)
    return invoice.model_copy(update={"source": source, "fields": fields, "findings": findings})


def _read_pages(
    data: bytes, limits: Limits, *, record: bool = False, passwords: Sequence[str] = (), is_part: bool = False
) -> bytes:
    """What a child says of a PDF; where its pages are pictures and OCR is installed, what another one says of those.

    Pictures take far longer than text, so their child has more room; where it fails, they stay pictures.
    """
    request = {"operation": "pdf", "record": record, "passwords": list(passwords), "part": is_part}
    request["most_pages"] = limits.pages
    answer, pages = _read_file(request, data, limits)
    if (pictures := _pages_of_pictures(answer)) and ocr_folder():
        with contextlib.suppress(Unreadable):
            room = limits.for_file(pages).for_pictures(pictures)
            answer, _ = SANDBOX.call({**request, "pictures": True}, data, room)
    if _pages_of_pictures(answer) > limits.pages and not answer.startswith(parts.BEGINNING):
        raise Unreadable("The PDF has too many pages.", code=Reason.TOO_MANY_PAGES, limit=limits.pages)
    return answer


def _read_file(request: dict[str, object], data: bytes, limits: Limits) -> tuple[bytes, int]:
    """What a child says, and the number of pages that it had room for: more than one invoice's only where there are so
    many, for several invoices may lie in one file."""
    try:
        return SANDBOX.call(request, data, limits)[0], limits.pages
    except Unreadable as problem:
        pages = problem.details.get("pages")
        if request["part"] or problem.reason != Reason.TOO_MANY_PAGES or not isinstance(pages, int):
            raise
        if pages > limits.file_pages:
            raise
    return SANDBOX.call(request, data, limits.for_file(pages))[0], pages


def _pages_of_pictures(answer: bytes) -> int:
    """The number of pages that a child could not read because they are pictures; 0 where OCR would not help."""
    said = answer.partition(b"\n")[0]
    if pictures := parts.pictures_beside(said):
        return pictures
    if not said.startswith(_PROBLEM):
        return _PICTURES_BESIDE if _NOT_COMPARED in said else 0
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
