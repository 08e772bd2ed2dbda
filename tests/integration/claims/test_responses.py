"""Answers in XML, held against the schema of the Forum Datenaustausch where the folder of samples is there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import office
import pytest
from lxml import etree
from office import INSURER, TestOffice, fill_registers, open_office
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from db import clients, decisions, invoices, letters, providers
from letters.occasions import Kind
from pulse.base.reasons import Reason
from pulse.claims.money.response import last_response, response_to
from pulse.claims.money.response_xml import NAMESPACE, Answer, LineAnswer, Outcome, parse_request, response_xml
from pulse.claims.receive import receive_document
from pulse.claims.send_letter import send_letter
from pulse.claims.write_letter import write_letter
from pulse.invoices.reading import read

_AT = datetime(2026, 6, 17, 8, 0, tzinfo=UTC)
_IN = {"i": NAMESPACE}
_PARTLY = Answer(
    outcome="partly",
    billed=Decimal("80.35"),
    approved=Decimal("71.55"),
    paid=Decimal("71.55"),
    reasons=(Reason.DECIDED_NOT_LISTED,),
    lines=(
        LineAnswer(line=1, approved=Decimal("71.55")),
        LineAnswer(line=2, approved=Decimal("0.00"), reasons=(Reason.NOT_LISTED,)),
    ),
)


@pytest.fixture(scope="module")
def schema(shared_folder: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(shared_folder / "samples/specs/generalInvoiceResponse_500.xsd")))


@pytest.fixture(scope="module")
def garant(shared_folder: Path) -> bytes:
    return (shared_folder / "samples/invoice_xml/SYNTH_500_tg_pharmacy_ok.xml").read_bytes()


def as_tiers(garant: bytes, kind: str) -> bytes:
    """The same request with another kind of tiers, such as `payant allowModification="true"`."""
    name = kind.split(maxsplit=1)[0].encode()
    start = b"<invoice:tiers_" + kind.encode() + b">"
    return garant.replace(b"<invoice:tiers_garant>", start).replace(b"tiers_garant>", b"tiers_" + name + b">")


def made(request: bytes, answer: Answer) -> etree._Element:
    root = parse_request(request)
    assert root is not None
    data = response_xml(root, answer, insurer=INSURER, guid="0" * 32, made_at=_AT)
    assert data is not None
    assert data == response_xml(root, answer, insurer=INSURER, guid="0" * 32, made_at=_AT)
    return etree.fromstring(data)


@pytest.mark.parametrize(
    "tiers", ["garant", 'payant allowModification="true"', 'payant allowModification="0"', "soldant"]
)
@pytest.mark.parametrize("outcome", ["accepted", "partly", "rejected", "pending"])
def test_every_answer_fits_the_schema(schema: etree.XMLSchema, garant: bytes, tiers: str, outcome: Outcome) -> None:
    schema.assertValid(made(as_tiers(garant, tiers), replace(_PARTLY, outcome=outcome, question="Welche Packung?")))


def test_a_partial_approval_changes_rows_only_where_the_biller_allows_it(garant: bytes) -> None:
    allowed = made(as_tiers(garant, 'payant allowModification="true"'), _PARTLY)
    rows = allowed.xpath("//i:accepted/i:services/i:service", namespaces=_IN)
    assert [(row.get("amount_original"), row.get("amount_modified")) for row in rows] == [
        ("71.55", "71.55"),
        ("8.80", "0.00"),
    ]
    assert [(row.get("quantity_original"), row.get("quantity_modified")) for row in rows] == [("1", "1"), ("2", "0")]
    kept = made(as_tiers(garant, 'payant allowModification="false"'), _PARTLY)
    assert kept.xpath("//i:services", namespaces=_IN) == []
    for one in (allowed, kept):
        (balance,) = one.xpath("//i:balance", namespaces=_IN)
        assert (balance.get("amount"), balance.get("amount_delta"), balance.get("amount_paid")) == (
            "80.35",
            "-8.80",
            "71.55",
        )


def test_a_rejection_names_each_reason_by_its_code_and_row(garant: bytes) -> None:
    lines = (LineAnswer(line=1, approved=None), LineAnswer(line=2, approved=None, reasons=(Reason.NOT_LISTED,)))
    answer = Answer(outcome="rejected", reasons=(Reason.NOT_INSURED,), lines=lines)
    errors = made(as_tiers(garant, 'payant allowModification="true"'), answer).xpath("//i:error", namespaces=_IN)
    assert [(one.get("code"), one.get("record_id")) for one in errors] == [("31160", None), ("P312", "2")]


def test_the_way_back_is_the_way_there_turned_round(garant: bytes) -> None:
    root = made(garant, _PARTLY)
    (transport,) = root.xpath("//i:transport", namespaces=_IN)
    assert (transport.get("from"), transport.get("to")) == ("7601000003331", "7601000001115")
    (invoice,) = root.xpath("//i:payload/i:invoice", namespaces=_IN)
    assert (invoice.get("request_id"), invoice.get("request_timestamp")) == ("AP-2026-000101", "1781568000")
    assert root.xpath("string(//i:notification/@status_out)", namespaces=_IN) == "granted"


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a" * 99])
def test_what_is_no_request_of_release_five_has_no_answer(data: bytes) -> None:
    assert parse_request(data) is None


class _RealReader:
    """Reads as the gateway's reader does."""

    def read(self, data: bytes) -> object:
        return read(data)

    def page_image(self, data: bytes, page: int) -> bytes:
        raise NotImplementedError


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestOffice]:
    for opened in open_office(tmp_path):
        fill_registers(opened.database)
        opened.office = replace(opened.office, reader=_RealReader())  # type: ignore[arg-type]
        yield opened


def decided(desk: TestOffice, data: bytes, *, amount: str = "80.35") -> int:
    """A case out of this document, approved by a person."""
    received = receive_document(desk.office, data, channel="mail", actor="gateway")
    assert received.invoice_id is not None
    with desk.database.write() as connection:
        client = clients.by_number(connection, office.CLIENT_NUMBER)
        assert client is not None
        provider = providers.everyone(connection)[0]
        invoices.set_case(connection, received.invoice_id, client_id=client.id, provider_id=provider.id, payee="client")
        decisions.add(
            connection,
            invoice_id=received.invoice_id,
            round=1,
            decision="approve",
            reason_code="P801",
            comment="",
            review_id=None,
            payable_amount=Decimal(amount),
            decided_by="carla",
            automated=False,
            decided_at=desk.clock.now(),
        )
    return received.invoice_id


@pytest.mark.parametrize(
    "name", ["invoice_xml/SYNTH_500_tg_pharmacy_ok.xml", "invoice_pdf/SYNTH_500_tg_pharmacy_ok_with_QR_annex.pdf"]
)
def test_the_answer_leaves_with_the_letter_once_made_and_the_same_at_every_try(
    desk: TestOffice, schema: etree.XMLSchema, shared_folder: Path, name: str
) -> None:
    case = decided(desk, (shared_folder / "samples" / name).read_bytes())
    for recipient in ("client", "provider"):
        write_letter(desk.office, case, recipient, Kind.APPROVED)
        send_letter(desk.office, case, recipient, Kind.APPROVED)
    (mail,) = desk.mail_out.to("apotheke@provider.example")
    attached = {one.filename: one for one in mail.attachments}
    answer = attached[f"response-{case}.xml"]
    assert answer.media_type == "application/xml"
    schema.assertValid(etree.fromstring(answer.data))
    with desk.database.read() as connection:
        letter = letters.find(connection, case, recipient="provider", kind="approved", round_=1)
        to_client = letters.find(connection, case, recipient="client", kind="approved", round_=1)
    assert letter is not None
    assert to_client is not None
    assert response_to(desk.office, letter) == answer.data == last_response(desk.office, case)
    assert response_to(desk.office, to_client) is None
    (to_client_mail,) = desk.mail_out.to("anna.mueller@mail.example")
    assert all(not one.filename.endswith(".xml") for one in to_client_mail.attachments)


def test_an_invoice_on_paper_has_no_answer_in_xml(desk: TestOffice) -> None:
    desk.office = replace(desk.office, reader=office.StubReader())
    case = decided(desk, office.document(), amount="71.55")
    write_letter(desk.office, case, "provider", Kind.APPROVED)
    send_letter(desk.office, case, "provider", Kind.APPROVED)
    (mail,) = desk.mail_out.to("apotheke@provider.example")
    assert [one.media_type for one in mail.attachments] == ["application/pdf"]
    assert last_response(desk.office, case) is None


def older(shared_folder: Path, name: str) -> bytes:
    """A request of release 4.4 or 4.5, as if made in 2026: release 5.0 cannot name a moment before 2015."""
    data = (shared_folder / "samples/invoice_xml" / name).read_bytes()
    return re.sub(rb'request_timestamp="\d+"', b'request_timestamp="1781568000"', data)


@pytest.mark.parametrize(
    "name",
    [
        "forum_md_440_tg_kvg_de.xml",
        "forum_md_440_tp_kvg_de.xml",
        "metasfresh_450_tarmed_tp.xml",
    ],
)
@pytest.mark.parametrize("outcome", ["accepted", "partly", "rejected", "pending", "repeated"])
def test_requests_of_older_releases_are_answered_in_release_five(
    schema: etree.XMLSchema, shared_folder: Path, name: str, outcome: Outcome
) -> None:
    root = made(older(shared_folder, name), replace(_PARTLY, outcome=outcome, lines=()))
    schema.assertValid(root)
    asked = etree.fromstring(older(shared_folder, name))
    there, back = asked.xpath("//i:transport", namespaces=_IN)[0], root.xpath("//i:transport", namespaces=_IN)[0]
    assert (back.get("from"), back.get("to")) == (there.get("to"), there.get("from"))
    number = "string(//i:payload/i:invoice/@request_id)"
    assert root.xpath(number, namespaces=_IN) == asked.xpath(number, namespaces=_IN)


def test_an_older_request_without_an_ahv_number_has_no_answer(shared_folder: Path) -> None:
    data = older(shared_folder, "forum_md_440_tp_kvg_de.xml")
    assert parse_request(data) is not None
    assert parse_request(re.sub(rb' ssn="\d+"', b"", data)) is None
    assert parse_request(re.sub(rb'request_timestamp="\d+"', b'request_timestamp="12"', data)) is None


def test_a_repeated_invoice_is_answered_without_a_word_on_the_first(
    desk: TestOffice, schema: etree.XMLSchema, garant: bytes
) -> None:
    case = decided(desk, as_tiers(garant, "payant"))
    write_letter(desk.office, case, "provider", Kind.ALREADY_RECEIVED)
    with desk.database.read() as connection:
        letter = letters.find(connection, case, recipient="provider", kind="already_received", round_=1)
    assert letter is not None
    answer = response_to(desk.office, letter)
    assert answer is not None
    root = etree.fromstring(answer)
    schema.assertValid(root)
    assert root.xpath("//i:pending/i:message/@code", namespaces=_IN) == [Reason.ALREADY_RECEIVED.value]
    assert root.xpath("//i:accepted | //i:rejected | //i:balance", namespaces=_IN) == []


def test_an_xml_within_a_pdf_is_answered_too(desk: TestOffice, schema: etree.XMLSchema, garant: bytes) -> None:
    pdf = PdfWriter(io.BytesIO(bill_pdf()))
    pdf.add_attachment("invoice.xml", garant)
    data = io.BytesIO()
    pdf.write(data)
    case = decided(desk, data.getvalue())
    write_letter(desk.office, case, "provider", Kind.APPROVED)
    send_letter(desk.office, case, "provider", Kind.APPROVED)
    (mail,) = desk.mail_out.to("apotheke@provider.example")
    (answer,) = [one.data for one in mail.attachments if one.media_type == "application/xml"]
    schema.assertValid(etree.fromstring(answer))


def bill_pdf() -> bytes:
    """A PDF of one page that is no invoice."""
    page = io.BytesIO()
    canvas = Canvas(page)
    canvas.drawString(100, 700, "Die Rechnung liegt als XML bei.")
    canvas.save()
    return page.getvalue()
