"""From the bytes of a PDF to an Invoice, inside the sandboxed child: nothing here is called in another process.

The order of trust: QR annex, attached XML, text layer, OCR. What a page says is read by the first layout that knows it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from pypdfium2 import PdfiumError

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.codes.annex import CodesRead, read_codes
from pulse.invoices.codes.pictures import Rasterizer
from pulse.invoices.draft import Draft
from pulse.invoices.forms.reader import read_form
from pulse.invoices.model import Finding, Invoice, Source
from pulse.invoices.photographs import as_pdf
from pulse.invoices.picture_formats import is_picture
from pulse.invoices.plain.reader import read_plain
from pulse.invoices.record import Candidate, FileSeen, Part, Reading, Record
from pulse.invoices.recording import codes_of, words_of
from pulse.invoices.several.division import Division, Share, divided, is_of
from pulse.invoices.sources import merge, names_invoice, same_invoice, several_invoices, with_slips
from pulse.invoices.text.locks import unlocked
from pulse.invoices.text.ocr_evidence import with_words
from pulse.invoices.text.page_text import PageText
from pulse.invoices.text.pages import read_pages
from pulse.invoices.text.saving import taken_out
from pulse.invoices.xml.attachments import AttachedFile, attached_files
from pulse.invoices.xml.request import read_request

#: What a layout reader is: the values of these pages and the form's release, or None where it does not know them.
LayoutReader = Callable[[Sequence[PageText]], tuple[Draft, str | None] | None]
#: What an OCR reader is: the text of these pages (from 1), which are pictures.
PictureReader = Callable[[Rasterizer, Sequence[int]], Sequence[PageText]]
#: In this order; the first that knows the pages reads them.
LAYOUTS: tuple[LayoutReader, ...] = (read_form, read_plain)

_MAGIC, _MAGIC_WITHIN, _TAIL = b"%PDF-", 1024, 2048
#: What the parts of a file may come to: pictures that they share are in each.
_MOST_PARTS_BYTES = 60 * 1024 * 1024
#: A longer request is read, but not kept beside the document.
_MOST_KEPT = 1024 * 1024
#: A page with fewer visible characters has no text to speak of: a page number on a scan.
_FEW_CHARACTERS = 30
#: Sheets of QR codes and payment parts whose codes are drawn as lines.
_CODE_TITLES = re.compile(r"\bQR\b|Zahlteil|Section\s?paiement|Sezione\s?pagamento|Payment\s?part", re.IGNORECASE)
_XML = frozenset({"qr_annex", "xml"})
#: Pages of fewer characters do not say whose they are.
_MUCH_TEXT = 200


def read_document(
    data: bytes,
    *,
    max_pages: int,
    keep_record: bool = False,
    read_pictures: PictureReader | None = None,
    passwords: Sequence[str] = (),
    is_part: bool = False,
    most_pages: int | None = None,
) -> Reading:
    """Reads codes, attachments and text; pictures of text by `read_pictures` where nothing else gave an invoice, and
    beside one: they may be its paper, or another invoice. A file with a password is opened by one of `passwords`; the
    source's hash is that of the file as it came.

    Several invoices in one file are told apart and not read, but for a file that is a part itself. A file may have
    `max_pages`, an invoice `most_pages`.

    The problem of a reading without invoice is P107 or P108, or P109 where its XML alone is no request. Raises
    `Unreadable` with P101 to P105.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    data = as_pdf(data, max_pages=max_pages) if is_picture(data) else unlocked(data, passwords)
    check_type(data)
    texts = read_pages(data, max_pages=max_pages)
    rasterizer = Rasterizer(data)
    files = attached_files(data)
    source = Source(kind="text", sha256=sha256, pages=len(texts))
    codes = _search(rasterizer, [text.number for text in texts if _may_have_codes(text)])
    annexed = {page for annex in codes.annexes for page in annex.pages}
    printed = [text for text in texts if text.number not in annexed]
    candidates = [*_from_codes(codes, source), *_from_files(files, source), *_from_print(printed, source)]
    blank = [text.number for text in texts if text.characters < _FEW_CHARACTERS]
    #: Scanned pages of which nothing is known.
    unseen = [one.number for one in printed if one.has_image and one.number in blank and one.number not in codes.names]
    first = next((one.invoice for one in candidates if one.invoice), None)
    seen: dict[int, PageText] = {}
    if read_pictures and first is None and blank:
        seen = {text.number: text for text in read_pictures(rasterizer, blank)}
        texts = [seen.get(text.number, text) for text in texts]
        recognised = _from_print(texts, source.model_copy(update={"kind": "ocr"}))
        candidates += [
            one.model_copy(update={"invoice": with_words(one.invoice, texts)}) for one in recognised if one.invoice
        ]
    elif read_pictures and first:
        seen = _seen_beside(first, unseen, max(annexed, default=0), rasterizer, read_pictures)
        texts = [seen.get(text.number, text) for text in texts]
    division = _divided(texts, codes, candidates)
    if division.shares and not is_part and (parts := _parts(data, division.shares, files, source)):
        return Reading(Record(), parts=parts, pictures=0 if read_pictures else len(unseen))
    _refuse_pages(texts, most_pages, is_picture=first is None and read_pictures is None and bool(blank))
    chosen = next((index for index, one in enumerate(candidates) if one.invoice), None)
    candidates = [one.model_copy(update={"chosen": index == chosen}) for index, one in enumerate(candidates)]
    invoice = None if chosen is None else with_slips(_compared(candidates), codes.slips)
    if invoice:
        findings = [*invoice.findings, *_document_findings(invoice, codes, texts), *_several(division)]
        if all(one.source in _XML for one in candidates if one.invoice):
            findings += _picture_findings(invoice, unseen, [seen[page] for page in unseen if page in seen])
        elif unseen and first and read_pictures is None:
            findings.append(_not_compared(unseen[0]))
        invoice = invoice.with_findings(tuple(findings))
    record = _record(texts, codes, files, candidates) if keep_record else Record()
    if invoice is None:
        return Reading(record, problem=_problem(candidates, pages=len(texts), has_pictures=bool(blank)))
    return Reading(record, invoice)


def _divided(texts: Sequence[PageText], codes: CodesRead, candidates: Sequence[Candidate]) -> Division:
    """The candidates of the codes come first, in the codes' order."""
    behind = zip(codes.annexes, candidates, strict=False)
    named = {page: one.invoice for annex, one in behind if one.invoice for page in annex.pages}
    return divided(texts, codes, next((one.invoice for one in candidates if one.invoice), None), named)


def _parts(data: bytes, shares: Sequence[Share], files: Sequence[AttachedFile], source: Source) -> tuple[Part, ...]:
    """Each share's pages as a PDF, with the XML that is its invoice's; none where they cannot be taken out."""
    parts: list[Part] = []
    for share in shares:
        own = [(one.name, one.request) for one in files if one.request and _is_request_of(share, one.request, source)]
        try:
            parts.append(Part(share.pages, taken_out(data, share.pages, own), share.name))
        except PdfiumError:
            return ()
        if sum(len(part.data) for part in parts) > _MOST_PARTS_BYTES:
            return ()
    return tuple(parts)


def _is_request_of(share: Share, xml: bytes, source: Source) -> bool:
    invoice = _request(xml, source).invoice
    return invoice is not None and is_of(share, invoice)


def _several(division: Division) -> Iterator[Finding]:
    """What a person must know where the invoices of a file were not told apart."""
    if division.unsure or division.shares:
        page = division.unsure or division.shares[1].pages[0]
        yield several_invoices(f"another invoice may begin on page {page}")


def _refuse_pages(texts: Sequence[PageText], most: int | None, *, is_picture: bool) -> None:
    """A picture may be several invoices, which nobody has told apart yet."""
    if most is not None and len(texts) > most and not is_picture:
        raise Unreadable("The PDF has too many pages for one invoice.", code=Reason.TOO_MANY_PAGES, limit=most)


def check_type(data: bytes) -> None:
    """By the first and the last bytes. Raises `Unreadable`: P104 empty, P101 no PDF, P103 cut off."""
    if not data.strip():
        raise Unreadable("The file is empty.", code=Reason.EMPTY_FILE)
    if _MAGIC not in data[:_MAGIC_WITHIN]:
        raise Unreadable("The file is not a PDF.", code=Reason.NOT_A_PDF)
    if b"startxref" not in data[-_TAIL:]:
        raise Unreadable("The PDF is cut off.", code=Reason.DAMAGED)


def _may_have_codes(text: PageText) -> bool:
    """Looking costs more than reading the text: only where there is a picture, no text, or a title that names codes."""
    if text.has_image or not text.characters:
        return True
    return bool(_CODE_TITLES.search(text.letters))


def _search(rasterizer: Rasterizer, pages: list[int]) -> CodesRead:
    if not pages:
        return CodesRead()
    try:
        return read_codes(rasterizer, pages)
    except MemoryError:
        raise
    except Exception as error:
        raise Unreadable("The PDF is damaged.", code=Reason.DAMAGED) from error


def _from_codes(codes: CodesRead, source: Source) -> Iterator[Candidate]:
    for annex in codes.annexes:
        yield _request(annex.xml, source.model_copy(update={"kind": "qr_annex"}), page=annex.page)


def _from_files(files: Sequence[AttachedFile], source: Source) -> Iterator[Candidate]:
    for file in files:
        if file.request is not None:
            yield _request(file.request, source.model_copy(update={"kind": "xml"}))


def _request(xml: bytes, source: Source, page: int | None = None) -> Candidate:
    """An XML that is no request of a known release is no invoice; its problem stays in the record."""
    try:
        return Candidate(source=source.kind, invoice=read_request(xml, source, page=page))
    except Unreadable as problem:
        return Candidate(source=source.kind, problem=problem.reason)


def _from_print(texts: Sequence[PageText], source: Source) -> Iterator[Candidate]:
    for layout in LAYOUTS:
        if read := layout(texts):
            draft, release = read
            yield Candidate(
                source=source.kind, invoice=draft.build(source.model_copy(update={"form_release": release}))
            )
            return


def _compared(candidates: Sequence[Candidate]) -> Invoice:
    """The most trusted source's invoice beside the other sources; another invoice's XML is named and not compared."""
    first, *others = [one.invoice for one in candidates if one.invoice]
    apart = [one for one in others if one.source.kind in _XML and not same_invoice(first, one)]
    invoice = merge([first, *(one for one in others if one not in apart)])
    if not apart:
        return invoice
    names = [one.invoice_number or one.guid or "without a number" for one in apart]
    message = f"the document holds other invoices too: {', '.join(names)}"
    return invoice.with_findings((*invoice.findings, several_invoices(message)))


def _problem(candidates: Sequence[Candidate], *, pages: int, has_pictures: bool) -> Unreadable:
    if problem := next((one.problem for one in candidates if one.problem), None):
        return Unreadable("The document's XML is no invoice that can be read.", code=problem)
    if has_pictures:
        return Unreadable("The document is a picture without a readable text.", code=Reason.IMAGE_ONLY, pages=pages)
    return Unreadable("The text of the document is not an invoice form.", code=Reason.NO_INVOICE_FOUND)


def _record(
    texts: Sequence[PageText], codes: CodesRead, files: Sequence[AttachedFile], candidates: Sequence[Candidate]
) -> Record:
    pages, cut = words_of(texts)
    seen = [FileSeen(name=one.name, size=one.size, read=one.request is not None, request=_kept(one)) for one in files]
    return Record(pages=pages, codes=codes_of(codes.codes), files=tuple(seen), candidates=tuple(candidates), cut=cut)


def _kept(file: AttachedFile) -> str:
    """The XML of a request, where it is of a size that invoices have."""
    request = file.request or b""
    return request.decode("latin-1") if len(request) <= _MOST_KEPT else ""


def _document_findings(invoice: Invoice, codes: CodesRead, texts: Sequence[PageText]) -> Iterator[Finding]:
    hidden = [text for text in texts if text.hidden]
    if hidden:
        count, first = sum(text.hidden for text in hidden), hidden[0].number
        message = f"{count} characters that no person can see were left out, first on page {first}"
        yield Finding(code=Reason.HIDDEN_TEXT_DROPPED, severity="warning", message=message)
    if codes.unused or (codes.annexes and invoice.source.kind != "qr_annex"):
        page = codes.unused[0] if codes.unused else codes.annexes[0].page
        message = f"the QR codes from page {page} on do not make up an invoice; they were not read"
        yield Finding(code=Reason.ANNEX_INCOMPLETE, severity="warning", message=message)
    if len(codes.guids) > 1:
        yield _guid_finding("the sheets' Data Matrices name different invoices")
    elif invoice.guid and codes.guids and invoice.guid.lower() not in codes.guids:
        yield _guid_finding("a sheet's Data Matrix names another invoice")


def _seen_beside(
    invoice: Invoice, pages: Sequence[int], last_sheet: int, rasterizer: Rasterizer, read_pictures: PictureReader
) -> dict[int, PageText]:
    """Scanned pages beside an invoice, for they may be another one. Those that lie between a page that names the
    invoice and the last of its sheets of codes are its own."""
    read: dict[int, PageText] = {}
    named = False
    for page in pages:
        if not named or page > last_sheet:
            read |= {text.number: text for text in read_pictures(rasterizer, [page])}
            named = named or names_invoice(_text(read.values()), invoice)
    return read


def _picture_findings(invoice: Invoice, pages: Sequence[int], read: Sequence[PageText]) -> Iterator[Finding]:
    """Whether the scanned pages are this invoice's; one whose Data Matrix says so is not among them."""
    text = _text(read)
    if names_invoice(text, invoice):
        return
    if len(text) >= _MUCH_TEXT:
        yield _guid_finding("the scanned pages are not the paper of the invoice in the codes")
    elif pages:
        yield _not_compared(pages[0])


def _not_compared(page: int) -> Finding:
    message = f"the scanned page {page} was not compared with the invoice"
    return Finding(code=Reason.PICTURE_NOT_COMPARED, severity="info", message=message)


def _text(pages: Iterable[PageText]) -> str:
    return "\n".join(page.text for page in pages)


def _guid_finding(message: str) -> Finding:
    return Finding(code=Reason.SOURCES_DISAGREE, severity="error", field="guid", message=message)
