"""The sample PDFs against values written out here, as a person reads them off the paper."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from pulse.invoices import Invoice, read_pdf
from pulse.invoices.checks import reading_state
from pulse.invoices.xml.request import read_request

Row = tuple[str, str, str, str, str, str]

#: Date, tariff, code, quantity, price, amount: as printed on the two pages.
FORUM_ROWS: list[Row] = [
    ("08.03.2013", "001", "00.0010", "1", "9.57", "15.81"),
    ("08.03.2013", "001", "00.0020", "1", "9.57", "15.81"),
    ("08.03.2013", "001", "00.0030", "1", "4.78", "7.90"),
    ("09.03.2013", "001", "24.2680", "1", "1977.15", "2527.12"),
    ("09.03.2013", "001", "35.0010", "1", "0.00", "95.93"),
    ("09.03.2013", "001", "35.0020", "1", "1977.15", "-306.99"),
    ("14.03.2013", "001", "00.0010", "1", "9.57", "15.81"),
    ("14.03.2013", "001", "00.0020", "1", "9.57", "15.81"),
    ("14.03.2013", "001", "00.0030", "1", "4.78", "7.90"),
    ("16.03.2013", "001", "00.0010", "1", "9.57", "15.81"),
    ("16.03.2013", "001", "00.0020", "1", "9.57", "15.81"),
    ("16.03.2013", "001", "00.0030", "1", "4.78", "7.90"),
    ("10.03.2013", "317", "1020.00", "1", "2.50", "2.50"),
    ("10.03.2013", "317", "3094.00", "1", "20.00", "20.00"),
    ("10.03.2013", "317", "4707.00", "1", "4.00", "4.00"),
    ("10.03.2013", "317", "4707.10", "1", "2.00", "2.00"),
    ("10.03.2013", "317", "4707.20", "1", "1.00", "1.00"),
    ("10.03.2013", "317", "4708.00", "2", "1.10", "2.20"),
    ("10.03.2013", "400", "2734976", "1", "8.70", "8.70"),
    ("10.03.2013", "402", "7680573380018", "1", "29.50", "29.50"),
    ("12.03.2013", "311", "7320", "1", "10.00", "10.00"),
]
ELEXIS_ROWS: list[Row] = [
    ("24.01.2022", "999", "123456789", "1", "10.15", "10.15"),
    ("24.01.2022", "999", "1234567890", "0.5", "10.15", "5.08"),
    ("24.01.2022", "999", "GB", "1", "2500.00", "2500.00"),
    ("24.01.2022", "999", "GA", "1", "2700.00", "2700.00"),
    ("24.01.2022", "001", "00.0010", "1", "9.57", "17.76"),
]
PHARMACY_ROWS: list[Row] = [
    ("10.06.2026", "402", "7680562090041", "1", "71.55", "71.55"),
    ("10.06.2026", "402", "7680521320011", "2", "4.40", "8.80"),
]


@pytest.fixture(scope="module")
def samples(shared_folder: Path) -> Path:
    return shared_folder / "samples"


def read(samples: Path, name: str) -> Invoice:
    return read_pdf((samples / "invoice_pdf" / f"{name}.pdf").read_bytes())


def rows(invoice: Invoice) -> list[Row]:
    return [
        (
            f"{one.date:%d.%m.%Y}",
            one.tariff or "",
            one.code or "",
            str(one.quantity),
            str(one.unit_price),
            str(one.amount),
        )
        for one in invoice.positions
    ]


def findings(invoice: Invoice) -> set[tuple[str, str, str | None]]:
    return {(one.code.value, one.severity, one.field) for one in invoice.findings}


def test_form_5_0_of_a_pharmacy(samples: Path) -> None:
    invoice = read(samples, "RENDERED_SYNTH_500_tg_pharmacy_ok")
    assert (invoice.source.kind, invoice.source.form_release, invoice.source.pages) == ("text", "5.0", 1)
    assert invoice.guid == "b28edc94a1a8593280b5866813c76268"
    assert (invoice.invoice_number, invoice.invoice_date) == ("101", dt.date(2026, 6, 16))
    assert (invoice.tiers, invoice.law, invoice.language, invoice.currency) == ("garant", "KVG", "de", "CHF")
    biller = invoice.biller
    assert (biller.gln, biller.zsr, biller.vat_number) == ("7601000001115", "P012345", "CHE108791452")
    assert biller.name == "Muster-Apotheke AG (synthetisch)"
    assert (biller.street, biller.zip, biller.city) == ("Marktgasse 1", "3011", "Bern")
    assert (invoice.provider.gln, invoice.provider.zsr) == ("7601000001115", "P012345")
    assert (invoice.provider.street, invoice.provider.zip, invoice.provider.city) == ("Marktgasse 1", "3011", "Bern")
    patient = invoice.patient
    assert (patient.family_name, patient.given_name, patient.sex) == ("Beispiel", "Anna", "female")
    assert (patient.birth_date, patient.canton) == (dt.date(1979, 5, 14), "BE")
    assert (patient.street, patient.zip, patient.city) == ("Teststrasse 12", "3011", "Bern")
    assert (patient.ssn, patient.card_number, patient.insured_number) == ("7569217076985", None, "123456789")
    assert (invoice.treatment.begin, invoice.treatment.end) == (dt.date(2026, 6, 10), dt.date(2026, 6, 10))
    assert invoice.treatment.reason == "disease"
    assert rows(invoice) == PHARMACY_ROWS
    assert [one.name for one in invoice.positions] == [
        "Abilify Tabl 10 mg 28 Stk",
        "Acetylcystein Zentiva Brausetabl 200 mg 30 Stk",
    ]
    assert [str(one.vat_rate) for one in invoice.positions] == ["2.6", "2.6"]
    assert (str(invoice.total_amount), str(invoice.prepaid_amount)) == ("80.35", "0.00")
    assert str(invoice.amount_due) == "80.35"
    assert reading_state(invoice) == "complete"
    assert invoice.findings == ()


def test_every_value_found_has_its_place(samples: Path) -> None:
    invoice = read(samples, "RENDERED_SYNTH_500_tg_pharmacy_ok")
    ssn, code = invoice.fields["patient.ssn"], invoice.fields["positions.0.code"]
    assert (ssn.page, code.page) == (1, 1)
    assert ssn.box is not None
    assert code.box is not None
    assert abs(ssn.box[0] - 163) < 1
    assert abs(ssn.box[1] - 197) < 1
    assert abs(code.box[1] - 448) < 1
    assert invoice.fields["positions"].confidence > 0.9
    dumped = invoice.to_json()
    leaves = {
        f"{part}.{name}"
        for part in ("biller", "provider", "patient", "treatment")
        for name, value in dumped[part].items()
        if value is not None
    }
    assert leaves <= set(invoice.fields)
    assert {f"positions.{index}.amount" for index in range(2)} <= set(invoice.fields)


def test_form_4_4_has_no_number_where_the_print_says_nan(samples: Path) -> None:
    invoice = read(samples, "RENDERED_forum_440_tg_kvg")
    assert (invoice.source.kind, invoice.source.form_release, invoice.source.pages) == ("text", "4.4", 2)
    assert invoice.invoice_number is None
    assert "invoice_number" not in invoice.fields
    assert invoice.invoice_date == dt.date(2013, 3, 20)
    assert ("P236", "error", "invoice_number") in findings(invoice)
    assert ("P201", "error", "invoice_number") in findings(invoice)
    assert reading_state(invoice) == "incomplete"
    assert rows(invoice) == FORUM_ROWS
    assert {one.factor for one in invoice.positions} == {Decimal(1)}
    assert ("P230", "warning", "positions.0.factor") in findings(invoice)
    assert invoice.positions[0].remark == (
        "An optional comment line per service record, that might be longer than 1 line"
    )
    assert invoice.positions[19].name == "Co Amoxi Mepha, Disp Tabl 625 mg, 10 Stk"
    assert (str(invoice.total_amount), str(invoice.amount_due)) == ("2514.52", "2514.50")
    patient = invoice.patient
    assert (patient.family_name, patient.given_name, patient.sex) == ("Muster", "Peter", "male")
    assert (patient.ssn, patient.card_number) == ("7561234567890", "12345678901234567890")
    assert patient.insured_number == "123.45.678-012"
    assert ("P224", "warning", "patient.ssn") in findings(invoice)
    assert (invoice.biller.gln, invoice.biller.zsr, invoice.biller.name) == ("2011234567890", "H121111", "Biller AG")
    assert (invoice.prescriber.gln, invoice.prescriber.zsr) == ("2034567890333", "R234567")
    assert invoice.prescriber.name == "Dr. med. Ueberweiser Herbert"
    assert invoice.payment.reference == "123456200001888888888888885"
    assert (invoice.treatment.begin, invoice.treatment.end) == (dt.date(2013, 3, 8), dt.date(2013, 3, 20))


def test_the_print_of_form_4_4_says_what_its_xml_says(samples: Path) -> None:
    printed = read(samples, "RENDERED_forum_440_tg_kvg")
    told = read_request((samples / "invoice_xml" / "forum_md_440_tg_kvg_de.xml").read_bytes())
    assert rows(printed) == rows(told)
    assert [(one.name, one.remark) for one in printed.positions] == [(one.name, one.remark) for one in told.positions]
    assert printed.patient == told.patient


def test_form_4_5(samples: Path) -> None:
    invoice = read(samples, "RENDERED_elexis_450_tg_vvg")
    assert (invoice.source.kind, invoice.source.form_release) == ("text", "4.5")
    assert (invoice.invoice_number, invoice.invoice_date, invoice.law) == ("4503", dt.date(2022, 1, 24), "VVG")
    assert rows(invoice) == ELEXIS_ROWS
    assert [str(one.vat_rate) for one in invoice.positions] == ["0", "0", "2.5", "8", "0"]
    patient = invoice.patient
    assert (patient.family_name, patient.given_name, patient.sex) == ("Spitzkiel", "Beatrice", "female")
    assert (patient.ssn, patient.insured_number, patient.street) == (None, "123456", None)
    assert (str(invoice.total_amount), str(invoice.prepaid_amount)) == ("5238.06", "0.00")
    assert ("P220", "error", "total_amount") in findings(invoice), "the sample's rows add up to 5232.99"
    assert reading_state(invoice) == "doubtful"


def test_annex_and_print_of_one_document(samples: Path) -> None:
    invoice = read(samples, "SYNTH_500_tg_pharmacy_ok_with_QR_annex")
    assert (invoice.source.kind, invoice.source.form_release, invoice.source.pages) == ("qr_annex", "5.0", 2)
    assert invoice.invoice_number == "AP-2026-000101"
    assert rows(invoice) == PHARMACY_ROWS
    assert (invoice.prescriber.gln, invoice.prescriber.name) == ("7601000002228", "Hans Muster")
    assert (invoice.payment.iban, invoice.payment.reference_type) == ("CH4431999123000889012", "QRR")
    assert invoice.patient.card_number == "80756003190000012345"
    assert findings(invoice) == {("P229", "info", "invoice_number")}, "the template prints the last digits only"
    assert reading_state(invoice) == "complete"
    assert invoice.fields["patient.ssn"].page == 1, "what is printed too is shown where it is printed"
    assert invoice.fields["payment.iban"].page == 2
    assert invoice.fields["patient.ssn"].confidence == 1.0


def test_a_sheet_of_codes_alone_holds_the_whole_invoice(samples: Path) -> None:
    invoice = read(samples, "rgwch_tardocbill_example2")
    assert (invoice.source.kind, invoice.source.form_release) == ("qr_annex", "5.0")
    told = read_request((samples / "invoice_xml" / "decoded_from_rgwch_example2_qr_500.xml").read_bytes())
    unlike = {"source", "fields", "findings"}
    assert invoice.model_dump(exclude=unlike) == told.model_dump(exclude=unlike)
    assert (invoice.invoice_number, str(invoice.total_amount), len(invoice.positions)) == ("2009_01:001", "318.32", 9)
    assert reading_state(invoice) == "complete"
