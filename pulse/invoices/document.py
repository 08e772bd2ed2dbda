"""From the bytes of a PDF to an Invoice, inside the sandboxed child: nothing here is called in another process."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Iterator, Sequence

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfplumber.utils.exceptions import PdfminerException

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.codes.annex import Annex, read_annex
from pulse.invoices.codes.pictures import Rasterizer
from pulse.invoices.draft import Where
from pulse.invoices.forms.reader import names_annex, read_form
from pulse.invoices.model import Finding, Invoice, Source
from pulse.invoices.sources import merge
from pulse.invoices.text.page_text import PageText, TextReader
from pulse.invoices.xml.request import read_request

_MAGIC, _MAGIC_WITHIN, _TAIL = b"%PDF-", 1024, 2048
#: A page with fewer visible characters has no text to speak of: a page number on a scan.
_FEW_CHARACTERS = 30

logging.getLogger("pdfminer").setLevel(logging.CRITICAL)


def read_document(data: bytes, *, max_pages: int) -> Invoice:
    """Reads annex and text. Raises `Unreadable` with P101 to P105, P107 or P108."""
    check_type(data)
    pages = _open_pages(data, max_pages)
    texts = _read_texts(pages)
    searched = [text.number for text in texts if text.has_image or not text.characters or names_annex(text)]
    annex = _search(data, searched)
    source = Source(kind="text", sha256=hashlib.sha256(data).hexdigest(), pages=len(pages))
    printed = _read_print(texts, annex, source)
    whole = _read_request(annex, source, has_print=printed is not None)
    if whole is not None:
        invoice = merge(whole, printed)
    elif printed is not None:
        invoice = printed
    elif any(text.characters < _FEW_CHARACTERS for text in texts):
        raise Unreadable("The document is a picture without a readable text.", code=Reason.IMAGE_ONLY, pages=len(pages))
    else:
        raise Unreadable("The text of the document is not an invoice form.", code=Reason.NO_INVOICE_FOUND)
    return invoice.with_findings((*invoice.findings, *_document_findings(invoice, annex, texts)))


def _read_print(texts: Sequence[PageText], annex: Annex, source: Source) -> Invoice | None:
    """The printed form's invoice; the account is on its payment slip, if there is one."""
    form = read_form(texts)
    if form is None:
        return None
    draft, release = form
    if annex.slip:
        where = Where(annex.slip.page)
        draft.text("payment.iban", annex.slip.iban, where)
        draft.text("payment.reference", annex.slip.reference, where)
        draft.put("payment.reference_type", annex.slip.reference_type, where)
    return draft.build(source.model_copy(update={"form_release": release}))


def _read_request(annex: Annex, source: Source, *, has_print: bool) -> Invoice | None:
    """The annex's invoice. One that is no request of a known release gives way to the print, if there is one."""
    if annex.xml is None:
        return None
    try:
        return read_request(annex.xml, source.model_copy(update={"kind": "qr_annex"}), page=annex.page)
    except Unreadable:
        if has_print:
            return None
        raise


def check_type(data: bytes) -> None:
    """By the first and the last bytes. Raises `Unreadable`: P104 empty, P101 no PDF, P103 cut off."""
    if not data.strip():
        raise Unreadable("The file is empty.", code=Reason.EMPTY_FILE)
    if _MAGIC not in data[:_MAGIC_WITHIN]:
        raise Unreadable("The file is not a PDF.", code=Reason.NOT_A_PDF)
    if b"startxref" not in data[-_TAIL:]:
        raise Unreadable("The PDF is cut off.", code=Reason.DAMAGED)


def _open_pages(data: bytes, max_pages: int) -> list[PDFPage]:
    try:
        document = pdfplumber.open(io.BytesIO(data), pages=list(range(1, max_pages + 2)))
        pages = [page.page_obj for page in document.pages]
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(_cause(error), PDFPasswordIncorrect | PDFEncryptionError):
            raise Unreadable("The PDF is encrypted.", code=Reason.ENCRYPTED) from error
        raise Unreadable("The PDF is damaged.", code=Reason.DAMAGED) from error
    if len(pages) > max_pages:
        raise Unreadable("The PDF has too many pages.", code=Reason.TOO_MANY_PAGES, limit=max_pages)
    if not pages:
        raise Unreadable("The PDF has no pages.", code=Reason.DAMAGED)
    return pages


def _cause(error: Exception) -> object:
    """What pdfplumber wrapped."""
    return error.args[0] if isinstance(error, PdfminerException) and error.args else error


def _read_texts(pages: list[PDFPage]) -> list[PageText]:
    reader = TextReader()
    try:
        return [reader.read(page, number) for number, page in enumerate(pages, 1)]
    except (MemoryError, Unreadable):
        raise
    except Exception as error:
        raise Unreadable("The PDF is damaged.", code=Reason.DAMAGED) from error


def _search(data: bytes, pages: list[int]) -> Annex:
    if not pages:
        return Annex()
    try:
        return read_annex(Rasterizer(data), pages)
    except MemoryError:
        raise
    except Exception as error:
        raise Unreadable("The PDF is damaged.", code=Reason.DAMAGED) from error


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
