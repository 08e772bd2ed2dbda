"""The fault cases P1 to P12: each test makes its file, reads it by the sandbox, and carries the case's number."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import pickle
import time
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pypdf
import pytest
from packaging.requirements import Requirement
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, TextStringObject
from reportlab.pdfgen.canvas import Canvas

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.checks import reading_state
from pulse.invoices.model import Invoice
from pulse.invoices.reading import Limits, page_image, read, read_pdf, read_xml, unlocked
from pulse.invoices.text import reference
from pulse.synthetic import form_pdf, hostile, invoice, xml

TRUTH = invoice(41, rows=2)
FORM = form_pdf(TRUTH, annex=False)


def problem(data: bytes) -> Reason:
    """The reason why this file gives no invoice; also that the next file is read."""
    began = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        read_pdf(data)
    assert time.monotonic() - began < 25
    assert read_pdf(FORM).invoice_number == TRUTH.invoice_number
    return Reason(caught.value.reason)


def outcome(data: bytes) -> Invoice | Reason:
    """The invoice, or why there is none."""
    try:
        return read_pdf(data)
    except Unreadable as caught:
        return Reason(caught.reason)


def errors(read: Invoice) -> set[Reason]:
    return {one.code for one in read.findings if one.severity == "error"}


def rewritten(change: object, data: bytes = FORM) -> bytes:
    """The PDF after `change(writer)`."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    change(writer)  # type: ignore[operator]
    with io.BytesIO() as file:
        writer.write(file)
        return file.getvalue()


@pytest.mark.parametrize("bomb", [hostile.flate_bomb, hostile.stacked_filters])
def test_p1_a_bomb_of_compressed_bytes_ends_its_child_alone(bomb: object) -> None:
    assert problem(bomb()) == Reason.LIMITS_EXCEEDED  # type: ignore[operator]


def test_p2_two_million_glyphs_end_at_the_limit() -> None:
    assert problem(hostile.glyph_bomb()) == Reason.LIMITS_EXCEEDED


def test_p3_three_thousand_pages_are_counted_and_not_read() -> None:
    assert problem(hostile.many_pages(3000)) == Reason.TOO_MANY_PAGES
    assert read_pdf(FORM, Limits(pages=1)).invoice_number == TRUTH.invoice_number


def test_p4_a_lock_is_named_and_one_that_opens_without_a_password_is_none() -> None:
    assert problem(hostile.encrypted("secret")) == Reason.ENCRYPTED
    owners = rewritten(lambda writer: writer.encrypt(user_password="", owner_password="owner", algorithm="AES-256"))
    assert read_pdf(owners).invoice_number == TRUTH.invoice_number


def test_p4_passwords_agreed_on_are_tried() -> None:
    locked = rewritten(lambda writer: writer.encrypt(user_password="geheim 1", algorithm="AES-256"))
    opened = read(locked, passwords=["other", "geheim 1"]).required()
    assert opened.invoice_number == TRUTH.invoice_number
    assert opened.source.sha256 == hashlib.sha256(locked).hexdigest()
    assert page_image(locked, 1, passwords=["geheim 1"]).startswith(b"\x89PNG")
    with pytest.raises(Unreadable) as caught:
        read(locked, passwords=["wrong"]).required()
    assert caught.value.reason == Reason.ENCRYPTED


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
def test_p4_a_lock_is_taken_off_and_the_open_copy_is_the_same_whichever_word_opened_it(algorithm: str) -> None:
    locked = rewritten(
        lambda writer: writer.encrypt(user_password="Grüezi 7", owner_password="owner", algorithm=algorithm)
    )
    copy = unlocked(locked, ["no", "Grüezi 7"])
    assert copy is not None
    assert copy == unlocked(locked, ["owner"])
    assert read_pdf(copy).invoice_number == TRUTH.invoice_number
    assert unlocked(locked, ["no", "grüezi 7"]) is None


def test_p4_no_more_than_twenty_words_are_tried_and_what_has_no_lock_stays_as_it_is() -> None:
    locked = rewritten(lambda writer: writer.encrypt(user_password="geheim", algorithm="AES-256"))
    assert unlocked(locked, [*map(str, range(19)), "geheim"]) is not None
    assert unlocked(locked, [*map(str, range(20)), "geheim"]) is None
    for data in (FORM, b"", b"/Encrypt", locked[: len(locked) // 2], hostile.flate_bomb()):
        assert unlocked(data, ["geheim"]) is None


def test_p5_a_picture_of_a_form_is_never_an_empty_invoice() -> None:
    read = outcome(hostile.picture_only())
    assert read == Reason.IMAGE_ONLY or (isinstance(read, Invoice) and read.positions)


def test_p6_text_that_nobody_can_see_is_left_out_and_told() -> None:
    found = read(hostile.hidden_text())
    assert Reason.HIDDEN_TEXT_DROPPED in {one.code for one in found.required().findings}
    words = " ".join(page.text for page in found.record.pages)
    assert not {"UNSICHTBAR", "WINZIG", "AUSSERHALB"} & set(words.split())
    true = invoice(1, rows=2)
    assert (found.required().total_amount, found.required().invoice_number) == (true.total_amount, true.invoice_number)


@pytest.mark.parametrize(
    "make",
    [
        hostile.truncated,
        hostile.damaged,
        hostile.looping_pages,
        hostile.recursive_form,
        lambda: FORM[: len(FORM) // 2] + FORM[-40:],
        lambda: FORM.replace(b"/Count 1", b"/Count 0").replace(b"/Kids", b"/Nids"),
    ],
    ids=["truncated", "damaged", "looping pages", "form within itself", "middle missing", "no pages"],
)
def test_p7_a_broken_file_is_a_named_problem_or_read_as_what_is_left(make: object) -> None:
    read = outcome(make())  # type: ignore[operator]
    assert isinstance(read, Invoice) or read in {
        Reason.DAMAGED,
        Reason.LIMITS_EXCEEDED,
        Reason.IMAGE_ONLY,
        Reason.NO_INVOICE_FOUND,
    }
    assert read_pdf(FORM).invoice_number == TRUTH.invoice_number


def test_p7_scripts_never_run_and_change_nothing() -> None:
    def with_script(writer: pypdf.PdfWriter) -> None:
        script = TextStringObject("app.alert('hello'); this.getField('total').value = '1.00';")
        action = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): script})
        writer.root_object[NameObject("/OpenAction")] = action

    read = read_pdf(rewritten(with_script))
    assert read.total_amount == TRUTH.total_amount
    assert errors(read) == set()


def test_p7_a_file_in_the_pdf_that_is_no_invoice_is_ignored() -> None:
    read = read_pdf(rewritten(lambda writer: writer.add_attachment("run.exe", b"MZ\x90\x00")))
    assert read.source.kind == "text"
    assert errors(read) == set()


def test_p7_a_dynamic_form_without_pages_of_its_own_is_a_named_problem() -> None:
    def with_xfa(writer: pypdf.PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><total>1.00</total></xdp:xdp>")
        form = DictionaryObject({NameObject("/XFA"): writer._add_object(stream)})
        writer.root_object[NameObject("/AcroForm")] = form
        writer.add_metadata({"/Title": TextStringObject("x")})

    assert read_pdf(rewritten(with_xfa)).total_amount == TRUTH.total_amount


def test_p7_a_portfolio_is_read_by_its_own_page_and_what_it_carries_is_listed() -> None:
    def as_portfolio(writer: pypdf.PdfWriter) -> None:
        writer.add_attachment("letter.txt", b"Sehr geehrte Damen und Herren")
        view = {NameObject("/Type"): NameObject("/Collection"), NameObject("/View"): NameObject("/D")}
        writer.root_object[NameObject("/Collection")] = DictionaryObject(view)

    found = read(rewritten(as_portfolio))
    assert found.required().total_amount == TRUTH.total_amount
    assert [(one.name, one.read) for one in found.record.files] == [("letter.txt", False)]


class Evil:
    """What a character map must not be able to do: write a file where it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize(
    "reader", [read_pdf, lambda data: reference.read_pages(data, max_pages=9)], ids=["as always", "by pdfminer"]
)
def test_p8_a_font_cannot_have_a_file_of_this_machine_loaded(reader: Callable[[bytes], object], tmp_path: Path) -> None:
    with gzip.open(tmp_path / "evil.pickle.gz", "wb") as file:
        pickle.dump(Evil(tmp_path / "loaded"), file)

    def with_map(writer: pypdf.PdfWriter) -> None:
        fonts = writer.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
        for name in list(fonts):
            descendant = {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/CIDFontType2")}
            descendant[NameObject("/BaseFont")] = NameObject("/Helvetica")
            composite = {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type0"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
                NameObject("/Encoding"): NameObject(f"/{tmp_path / 'evil'}"),
                NameObject("/DescendantFonts"): ArrayObject([DictionaryObject(descendant)]),
            }
            fonts[NameObject(name)] = DictionaryObject(composite)

    with contextlib.suppress(Unreadable):
        reader(rewritten(with_map))
    assert not (tmp_path / "loaded").exists()


def test_p8_the_version_that_looks_for_maps_safely_is_demanded_and_here() -> None:
    """Before 20251107, pdfminer.six took a map's name for a path and unpickled what lay there (CVE-2025-64512)."""
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    demanded = next(Requirement(one) for one in project["dependencies"] if one.startswith("pdfminer.six"))
    assert version("pdfminer.six") in demanded.specifier
    assert "20251106" not in demanded.specifier


def test_p9_pages_that_lie_on_their_side_are_read() -> None:
    def turned(writer: pypdf.PdfWriter) -> None:
        for page in writer.pages:
            page.rotate(90)

    assert read_pdf(rewritten(turned)).total_amount == TRUTH.total_amount


def test_p9_a_table_over_many_pages_keeps_every_row_once() -> None:
    truth = invoice(43, rows=15)
    read = read_pdf(form_pdf(truth, annex=False))
    assert [(p.code, p.amount) for p in read.positions] == [(p.code, p.amount) for p in truth.positions]


def test_p9_positions_in_two_columns_are_right_or_a_person_looks() -> None:
    truth = invoice(45, rows=6)
    canvas = Canvas("columns.pdf")
    canvas.setFont("Helvetica", 8)
    head = [truth.biller.name, f"GLN {truth.biller.gln}", f"Rechnung Nr. {truth.invoice_number}"]
    head += [f"Rechnungsdatum {truth.invoice_date:%d.%m.%Y}", f"Name {truth.patient.family_name}"]
    head += [f"Vorname {truth.patient.given_name}", f"AHV-Nr. {truth.patient.ssn}"]
    for row, line in enumerate(head):
        canvas.drawString(50, 790 - 14 * row, line or "")
    for index, one in enumerate(truth.positions):
        left, top = 50 + 270 * (index // 3), 640 - 14 * (index % 3)
        canvas.drawString(left, top, f"{one.date:%d.%m.%Y} {one.code} {(one.name or '')[:18]}")
        canvas.drawRightString(left + 240, top, f"{one.quantity} {one.unit_price} {one.amount}")
    canvas.drawString(50, 560, f"Total CHF {truth.total_amount}")
    found = outcome(canvas.getpdfdata())
    amounts = {(one.code, one.amount) for one in truth.positions}
    right = isinstance(found, Invoice) and {(one.code, one.amount) for one in found.positions} == amounts
    assert right or found == Reason.NO_INVOICE_FOUND or reading_state(found) == "doubtful"


def test_p10_codes_and_print_that_differ_go_to_a_person() -> None:
    other = TRUTH.model_copy(update={"total_amount": TRUTH.total_amount * 2 if TRUTH.total_amount else None})
    sheets = pypdf.PdfReader(io.BytesIO(form_pdf(other, annex=True))).pages[1:]

    def behind(writer: pypdf.PdfWriter) -> None:
        for page in sheets:
            writer.add_page(page)

    found = read_pdf(rewritten(behind))
    assert Reason.SOURCES_DISAGREE in errors(found)
    assert reading_state(found) == "doubtful"


def test_p11_more_codes_than_any_invoice_has_cost_bounded_time() -> None:
    sheets = pypdf.PdfReader(io.BytesIO(form_pdf(invoice(44, rows=15), annex=True))).pages[1:]

    def many(writer: pypdf.PdfWriter) -> None:
        for number in range(24):
            writer.add_page(sheets[number % len(sheets)])

    began = time.monotonic()
    read = outcome(rewritten(many))
    assert read == Reason.LIMITS_EXCEEDED or (isinstance(read, Invoice) and read.positions)
    assert time.monotonic() - began < 25


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
    ],
    ids=["entities", "foreign DTD", "file"],
)
def test_p12_an_xml_with_a_dtd_is_refused(prolog: bytes) -> None:
    request = xml(TRUTH)
    head, rest = request.split(b"?>", 1)
    with pytest.raises(Unreadable) as caught:
        read_xml(head + b"?>" + prolog + rest)
    assert caught.value.reason == Reason.UNSUPPORTED_XML


def test_p12_an_xml_of_another_namespace_is_named() -> None:
    with pytest.raises(Unreadable) as caught:
        read_xml(xml(TRUTH).replace(b"http://www.forum-datenaustausch.ch/invoice", b"http://example.org/invoice"))
    assert caught.value.reason == Reason.UNSUPPORTED_XML


def test_p12_the_older_release_is_read_and_an_unknown_one_is_named() -> None:
    request = xml(TRUTH)
    older = request.replace(b"generalInvoiceRequest_500", b"generalInvoiceRequest_450")
    assert read_xml(older).source.form_release == "4.5"
    with pytest.raises(Unreadable) as caught:
        read_xml(request.replace(b"generalInvoiceRequest_500", b"generalInvoiceRequest_600"))
    assert (caught.value.reason, caught.value.details["release"]) == (Reason.UNSUPPORTED_XML, "6.0")
