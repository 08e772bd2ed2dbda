"""From the bytes of a PDF to an Invoice, inside the sandboxed child: nothing here is called in another process.

The order of trust: QR annex, attached XML, text layer, OCR. What a page says is read by the first layout that knows it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.codes.annex import Annex, read_annex
from pulse.invoices.codes.pictures import Rasterizer
from pulse.invoices.draft import Draft, Where
from pulse.invoices.forms.reader import names_annex, read_form
from pulse.invoices.model import Finding, Invoice, Source
from pulse.invoices.record import Candidate, Reading, Record
from pulse.invoices.recording import codes_of, words_of
from pulse.invoices.sources import merge
from pulse.invoices.text.page_text import PageText
from pulse.invoices.text.pages import read_pages
from pulse.invoices.xml.request import read_request

#: What a layout reader is: the values of these pages and the form's release, or None where it does not know them.
LayoutReader = Callable[[Sequence[PageText]], tuple[Draft, str | None] | None]
#: What an OCR reader is: the text of these pages (from 1), which are pictures.
PictureReader = Callable[[Rasterizer, Sequence[int]], list[PageText]]
#: In this order; the first that knows the pages reads them.
LAYOUTS: tuple[LayoutReader, ...] = (read_form,)

_MAGIC, _MAGIC_WITHIN, _TAIL = b"%PDF-", 1024, 2048
#: A page with fewer visible characters has no text to speak of: a page number on a scan.
_FEW_CHARACTERS = 30


def read_document(
    data: bytes, *, max_pages: int, keep_record: bool = False, read_pictures: PictureReader | None = None
) -> Reading:
    """Reads codes, attachments and text; pictures of text by `read_pictures` where nothing else gave an invoice.

    The problem of a reading without invoice is P107 or P108. Raises `Unreadable` with P101 to P105.
    """
    check_type(data)
    texts = read_pages(data, max_pages=max_pages)
    rasterizer = Rasterizer(data)
    source = Source(kind="text", sha256=hashlib.sha256(data).hexdigest(), pages=len(texts))
    annex = _search(rasterizer, [text.number for text in texts if _may_have_codes(text)])
    candidates = [*_from_annex(annex, source), *_from_print(texts, annex, source)]
    blank = [text.number for text in texts if text.characters < _FEW_CHARACTERS]
    if blank and read_pictures and not any(one.invoice for one in candidates):
        read = {text.number: text for text in read_pictures(rasterizer, blank)}
        texts = [read.get(text.number, text) for text in texts]
        candidates += _from_print(texts, annex, source.model_copy(update={"kind": "ocr"}))
    record = _record(texts, annex, candidates) if keep_record else Record()
    try:
        invoice = _chosen(candidates, pages=len(texts), has_pictures=bool(blank))
    except Unreadable as problem:
        return Reading(record, problem=problem)
    return Reading(record, invoice.with_findings((*invoice.findings, *_document_findings(invoice, annex, texts))))


def check_type(data: bytes) -> None:
    """By the first and the last bytes. Raises `Unreadable`: P104 empty, P101 no PDF, P103 cut off."""
    if not data.strip():
        raise Unreadable("The file is empty.", code=Reason.EMPTY_FILE)
    if _MAGIC not in data[:_MAGIC_WITHIN]:
        raise Unreadable("The file is not a PDF.", code=Reason.NOT_A_PDF)
    if b"startxref" not in data[-_TAIL:]:
        raise Unreadable("The PDF is cut off.", code=Reason.DAMAGED)


def _may_have_codes(text: PageText) -> bool:
    return text.has_image or not text.characters or names_annex(text)


def _search(rasterizer: Rasterizer, pages: list[int]) -> Annex:
    if not pages:
        return Annex()
    try:
        return read_annex(rasterizer, pages)
    except MemoryError:
        raise
    except Exception as error:
        raise Unreadable("The PDF is damaged.", code=Reason.DAMAGED) from error


def _from_annex(annex: Annex, source: Source) -> Iterator[Candidate]:
    if annex.xml is None:
        return
    try:
        invoice = read_request(annex.xml, source.model_copy(update={"kind": "qr_annex"}), page=annex.page)
    except Unreadable as problem:
        yield Candidate(source="qr_annex", problem=problem.reason)
    else:
        yield Candidate(source="qr_annex", invoice=invoice)


def _from_print(texts: Sequence[PageText], annex: Annex, source: Source) -> Iterator[Candidate]:
    """The printed invoice; the account is on its payment slip, if there is one."""
    for layout in LAYOUTS:
        if (read := layout(texts)) is None:
            continue
        draft, release = read
        if annex.slip:
            where = Where(annex.slip.page)
            draft.text("payment.iban", annex.slip.iban, where)
            draft.text("payment.reference", annex.slip.reference, where)
            draft.put("payment.reference_type", annex.slip.reference_type, where)
        invoice = draft.build(source.model_copy(update={"form_release": release}))
        yield Candidate(source=source.kind, invoice=invoice)
        return


def _chosen(candidates: Sequence[Candidate], *, pages: int, has_pictures: bool) -> Invoice:
    """The most trusted source's invoice, compared with the others. Raises `Unreadable`: P107, P108, P109."""
    invoices = [one.invoice for one in candidates if one.invoice]
    if invoices:
        return merge(invoices[0], invoices[1] if len(invoices) > 1 else None)
    if problem := next((one.problem for one in candidates if one.problem), None):
        raise Unreadable("The QR codes hold no invoice that can be read.", code=problem)
    if has_pictures:
        raise Unreadable("The document is a picture without a readable text.", code=Reason.IMAGE_ONLY, pages=pages)
    raise Unreadable("The text of the document is not an invoice form.", code=Reason.NO_INVOICE_FOUND)


def _record(texts: Sequence[PageText], annex: Annex, candidates: Sequence[Candidate]) -> Record:
    pages, cut = words_of(texts)
    first = next((index for index, one in enumerate(candidates) if one.invoice), None)
    marked = tuple(
        one.model_copy(update={"chosen": True}) if index == first else one for index, one in enumerate(candidates)
    )
    return Record(pages=pages, codes=codes_of(annex.codes), candidates=marked, cut=cut)


def _document_findings(invoice: Invoice, annex: Annex, texts: Sequence[PageText]) -> Iterator[Finding]:
    hidden = [text for text in texts if text.hidden]
    if hidden:
        count, first = sum(text.hidden for text in hidden), hidden[0].number
        message = f"{count} characters that no person can see were left out, first on page {first}"
        yield Finding(code=Reason.HIDDEN_TEXT_DROPPED, severity="warning", message=message)
    if annex.incomplete or (annex.xml is not None and invoice.source.kind != "qr_annex"):
        message = f"the QR codes from page {annex.page} on do not make up an invoice; the print was read instead"
        yield Finding(code=Reason.ANNEX_INCOMPLETE, severity="warning", message=message)
    if annex.several:
        yield _disagreement("guid", "the QR code sheets belong to different invoices")
    elif annex.xml is not None and annex.guid and invoice.guid and annex.guid != invoice.guid.lower():
        yield _disagreement("guid", "the sheet's Data Matrix names another invoice than its QR codes")
    slip = annex.slip
    if slip and invoice.payment.iban and slip.iban != invoice.payment.iban:
        yield _disagreement("payment.iban", "the payment slip asks for another account than the annex")


def _disagreement(path: str, message: str) -> Finding:
    return Finding(code=Reason.SOURCES_DISAGREE, severity="error", field=path, message=message)
