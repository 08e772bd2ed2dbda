"""An XML request that a PDF carries is read; every other file is listed and left alone."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import pytest
from pypdf import PdfWriter
from pypdf.annotations import Text
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject, TextStringObject

from pulse.invoices.reading import Reading, read
from pulse.invoices.xml import attachments
from pulse.invoices.xml.attachments import attached_files
from pulse.synthetic import form_pdf, invoice, xml

TODAY = dt.date(2026, 11, 22)
TRUTH = invoice(71, rows=3)
LETTER = b"%PDF-1.4 not to be opened"


def specification(writer: PdfWriter, name: str, data: bytes, *, packed: bool = True) -> DictionaryObject:
    stream = DecodedStreamObject()
    stream.set_data(data)
    stream[NameObject("/Type")] = NameObject("/EmbeddedFile")
    stream[NameObject("/Params")] = DictionaryObject({NameObject("/Size"): NumberObject(len(data))})
    reference = writer._add_object(stream.flate_encode() if packed else stream)
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Filespec"),
            NameObject("/F"): TextStringObject(name),
            NameObject("/UF"): TextStringObject(name),
            NameObject("/EF"): DictionaryObject({NameObject("/F"): reference}),
        }
    )


def by_name(writer: PdfWriter, name: str, data: bytes) -> None:
    writer.add_attachment(name, data)


def by_annotation(writer: PdfWriter, name: str, data: bytes) -> None:
    note = Text(rect=(10, 10, 30, 30), text=name)
    note[NameObject("/Subtype")] = NameObject("/FileAttachment")
    note[NameObject("/FS")] = writer._add_object(specification(writer, name, data))
    writer.add_annotation(0, note)


def by_association(writer: PdfWriter, name: str, data: bytes) -> None:
    reference = writer._add_object(specification(writer, name, data, packed=False))
    writer._root_object.setdefault(NameObject("/AF"), ArrayObject()).append(reference)


def by_page(writer: PdfWriter, name: str, data: bytes) -> None:
    writer.pages[0].setdefault(NameObject("/AF"), ArrayObject()).append(specification(writer, name, data))


def carrying(
    files: dict[str, bytes],
    how: Callable[[PdfWriter, str, bytes], None] = by_name,
    *,
    cover: bytes | None = None,
    password: str | None = None,
) -> bytes:
    """A PDF with these files: behind the invoice's form, or behind another cover."""
    writer = PdfWriter(clone_from=io.BytesIO(cover or form_pdf(TRUTH, annex=False)))
    for name, data in files.items():
        how(writer, name, data)
    if password is not None:
        writer.encrypt(user_password="", owner_password=password, algorithm="AES-256")
    with io.BytesIO() as file:
        writer.write(file)
        return file.getvalue()


def letter() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    with io.BytesIO() as file:
        writer.write(file)
        return file.getvalue()


def findings(reading: Reading) -> list[tuple[str, str, str | None]]:
    return [(one.code.value, one.severity, one.field) for one in reading.required().findings]


@pytest.mark.parametrize("how", [by_name, by_annotation, by_association, by_page])
def test_an_xml_in_a_pdf_is_read_wherever_it_hangs(how: Callable[[PdfWriter, str, bytes], None]) -> None:
    reading = read(carrying({"rechnung.xml": xml(TRUTH), "brief.pdf": LETTER}, how), today=TODAY)
    found = reading.required()
    assert (found.source.kind, found.source.form_release) == ("xml", "5.0")
    assert found.positions == TRUTH.positions
    assert findings(reading) == []
    assert [(one.name, one.read) for one in reading.record.files if one.read] == [("rechnung.xml", True)]
    assert found.fields["total_amount"].page == 1


def test_every_file_is_listed_and_only_a_request_is_read() -> None:
    files = {"brief.pdf": LETTER, "andere.xml": b"<?xml version='1.0'?><rss/>", "start.exe": b"MZ\x00"}
    reading = read(carrying(files), today=TODAY)
    assert reading.required().source.kind == "text"
    assert {one.name: one.read for one in reading.record.files} == dict.fromkeys(files, False)


def test_an_xml_alone_in_an_empty_pdf_is_the_invoice() -> None:
    reading = read(carrying({"a.xml": xml(TRUTH)}, cover=letter()), today=TODAY)
    assert reading.required().positions == TRUTH.positions


def test_an_xml_behind_an_open_lock_is_read() -> None:
    reading = read(carrying({"a.xml": xml(TRUTH)}, password="nobody knows"), today=TODAY)
    assert reading.required().source.kind == "xml"


def test_the_xml_of_another_invoice_behind_a_form_is_a_contradiction() -> None:
    reading = read(carrying({"a.xml": xml(invoice(72, rows=3))}), today=TODAY)
    assert {("P229", "error", "guid"), ("P229", "error", "patient.ssn")} <= set(findings(reading))


def test_the_requests_of_two_invoices_are_named_and_not_mixed() -> None:
    other = invoice(72, rows=1)
    reading = read(carrying({"a.xml": xml(TRUTH), "b.xml": xml(other)}), today=TODAY)
    found = reading.required()
    assert found.positions == TRUTH.positions
    assert findings(reading) == [("P242", "error", None)]
    assert other.invoice_number is not None
    assert other.invoice_number in found.findings[0].message


def test_the_same_request_twice_is_one_invoice() -> None:
    reading = read(carrying({"a.xml": xml(TRUTH), "b.xml": xml(TRUTH)}), today=TODAY)
    assert findings(reading) == []


@pytest.mark.parametrize(
    "broken",
    [
        xml(TRUTH).replace(b"generalInvoiceRequest_500", b"generalInvoiceRequest_610"),
        xml(TRUTH)[:-40],
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + xml(TRUTH).partition(b"?>")[2],
    ],
)
def test_an_xml_that_cannot_be_read_gives_way_to_the_print(broken: bytes) -> None:
    reading = read(carrying({"a.xml": broken}), today=TODAY)
    assert reading.required().source.kind == "text"
    assert ("xml", "P109") in [(one.source, one.problem) for one in reading.record.candidates]


def test_an_xml_that_cannot_be_read_alone_is_named() -> None:
    newer = xml(TRUTH).replace(b"generalInvoiceRequest_500", b"generalInvoiceRequest_610")
    reading = read(carrying({"a.xml": newer}, cover=letter()), today=TODAY)
    assert reading.invoice is None
    assert reading.problem is not None
    assert reading.problem.reason == "P109"


def test_a_file_that_unpacks_without_end_is_not_unpacked() -> None:
    start = xml(TRUTH)[:2000]
    files = attached_files(carrying({"bomb.xml": start + b" " * (attachments.MAX_XML_BYTES + 1)}))
    assert [(one.name, one.request) for one in files] == [("bomb.xml", None)]


def test_a_name_tree_that_loops_ends() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(carrying({"a.xml": xml(TRUTH)})))
    tree = writer._root_object["/Names"]["/EmbeddedFiles"]
    tree[NameObject("/Kids")] = ArrayObject([writer._root_object["/Names"].raw_get("/EmbeddedFiles")])
    with io.BytesIO() as file:
        writer.write(file)
        data = file.getvalue()
    assert [one.name for one in attached_files(data)] == ["a.xml"]


def test_thousands_of_files_are_not_all_looked_at() -> None:
    files = attached_files(carrying({f"{number}.txt": b"x" for number in range(300)}))
    assert len(files) == attachments.MAX_FILES
