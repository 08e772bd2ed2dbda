"""XML 4.4, 4.5 and 5.0; DTDs, entities, other documents."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from pulse.base.errors import Unreadable
from pulse.invoices.xml.request import read_request
from pulse.synthetic import invoice, xml

BOMB = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<request xmlns="http://www.forum-datenaustausch.ch/invoice"><payload><body>&b;</body></payload></request>"""


@pytest.fixture(scope="module")
def samples(shared_folder: Path) -> Path:
    return shared_folder / "samples" / "invoice_xml"


@dataclass(frozen=True)
class Expected:
    release: str
    number: str
    rows: int
    total: str
    due: str
    tiers: str = "garant"
    law: str = "KVG"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SYNTH_500_tg_pharmacy_ok", Expected("5.0", "AP-2026-000101", 2, "80.35", "80.35")),
        ("decoded_from_rgwch_example2_qr_500", Expected("5.0", "2009_01:001", 9, "318.32", "318.30")),
        ("elexis_existing50_1", Expected("5.0", "000001000001", 5, "5232.99", "5258.00", law="VVG")),
        ("elexis_existing45_1", Expected("4.5", "000001004503", 5, "5238.06", "5238.06", law="VVG")),
        ("metasfresh_450_tarmed_tp", Expected("4.5", "123", 3, "111.56", "111.55", tiers="payant")),
        ("forum_md_440_tg_kvg_de", Expected("4.4", "2009_01:001", 21, "2514.52", "2514.50")),
        ("forum_md_440_tp_kvg_de", Expected("4.4", "2009_01:001", 21, "2514.52", "2514.50", tiers="payant")),
    ],
)
def test_every_release_is_read(samples: Path, name: str, expected: Expected) -> None:
    read = read_request((samples / f"{name}.xml").read_bytes())
    found = Expected(
        release=read.source.form_release or "",
        number=read.invoice_number or "",
        rows=len(read.positions),
        total=str(read.total_amount),
        due=str(read.amount_due),
        tiers=read.tiers or "",
        law=read.law or "",
    )
    assert found == expected
    assert read.source.kind == "xml"
    assert all(position.date and position.code and position.quantity for position in read.positions)
    assert read.fields["positions"].confidence == 1.0
    assert read.findings == ()


def test_parties_patient_and_payment_of_release_5(samples: Path) -> None:
    read = read_request((samples / "SYNTH_500_tg_pharmacy_ok.xml").read_bytes())
    assert (read.biller.gln, read.biller.zsr, read.biller.name) == (
        "7601000001115",
        "P012345",
        "Muster-Apotheke AG (synthetisch)",
    )
    assert (read.biller.street, read.biller.zip, read.biller.city) == ("Marktgasse 1", "3011", "Bern")
    assert (read.prescriber.gln, read.prescriber.zsr) == ("7601000002228", "D123456")
    assert read.prescriber.name == "Hans Muster"
    assert (read.patient.family_name, read.patient.given_name, read.patient.sex) == ("Beispiel", "Anna", "female")
    assert read.patient.birth_date == dt.date(1979, 5, 14)
    assert (read.patient.ssn, read.patient.card_number) == ("7569217076985", "80756003190000012345")
    assert read.insurance_number == "123456789"
    assert (read.payment.iban, read.payment.reference_type) == ("CH4431999123000889012", "QRR")
    assert read.guid == "b28edc94a1a8593280b5866813c76268"
    assert read.language == "de"


def test_a_document_that_breaks_the_schema_is_read_as_far_as_it_goes(samples: Path) -> None:
    read = read_request((samples / "elexis_readReq500.xml").read_bytes())
    assert read.biller.gln is None
    assert read.invoice_date is None
    assert read.positions[0].name == "MUCEDOKEHL Tropfen D 5 AR 11649 10 ml ()"
    assert read.total_amount == Decimal("30.35")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_with_a_dtd_is_refused(encoding: str) -> None:
    data = BOMB.decode().replace('?xml version="1.0"', f'?xml version="1.0" encoding="{encoding}"').encode(encoding)
    with pytest.raises(Unreadable) as refused:
        read_request(data)
    assert refused.value.reason == "P109"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a",
        b"<request/>",
        b"<response xmlns='http://www.forum-datenaustausch.ch/invoice'/>",
        b"<request xmlns='http://www.forum-datenaustausch.ch/invoice'/>",
        b"<request xmlns='http://www.forum-datenaustausch.ch/other'><payload><body/></payload></request>",
    ],
)
def test_other_documents_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read_request(data)
    assert refused.value.reason == "P109"


def test_an_unknown_release_is_named() -> None:
    newer = xml(invoice(1)).replace(b"generalInvoiceRequest_500", b"generalInvoiceRequest_610")
    with pytest.raises(Unreadable) as refused:
        read_request(newer)
    assert refused.value.reason == "P109"
    assert refused.value.details == {"release": "6.1"}


@pytest.mark.parametrize("amount", ["NaN", "INF", "1e9999", "zwölf", ""])
def test_an_amount_that_is_no_number_is_never_a_number(amount: str) -> None:
    truth = invoice(3, rows=1)
    total = f'currency="CHF" amount="{truth.total_amount}"'.encode()
    data = xml(truth)
    assert total in data
    read = read_request(data.replace(total, f'currency="CHF" amount="{amount}"'.encode()))
    assert read.total_amount is None
    assert [one.code for one in read.findings if one.code != "P237"] == (["P230"] if amount else [])
    assert ("P237" in {one.code for one in read.findings}) == (amount != "1e9999")


def test_a_double_with_an_exponent_is_exact() -> None:
    truth = invoice(3, rows=1)
    total = f'currency="CHF" amount="{truth.total_amount}"'.encode()
    data = xml(truth)
    assert total in data
    assert read_request(data.replace(total, b'currency="CHF" amount="8035e-2"')).total_amount == Decimal("80.35")


def test_reminders_and_copies_are_told(samples: Path) -> None:
    data = xml(invoice(3, rows=1))
    copy = read_request(data.replace(b'request_subtype="normal"', b'request_subtype="copy"'))
    assert copy.subtype == "copy"
    reminder = read_request(data.replace(b'request_type="invoice"', b'request_type="reminder"'))
    assert (reminder.request_type, reminder.reminder_level) == ("reminder", 1)
    assert reminder.refers_to == reminder.invoice_number
    storno = (samples / "forum_md_440_tg_kvg_de.xml").read_bytes().replace(b'storno="0"', b'storno="1"')
    assert read_request(storno).subtype == "storno"


def test_a_credit_note_names_the_invoice_that_it_takes_back() -> None:
    data = xml(invoice(3, rows=1)).replace(b'request_subtype="normal"', b'request_subtype="refund"')
    place = b"<invoice:invoice "
    credit = b'<invoice:credit request_timestamp="1778198400" request_date="2026-05-08T00:00:00" request_id="R-77"/>'
    assert data.count(place) == 1
    read = read_request(data.replace(place, credit + place))
    assert (read.subtype, read.refers_to) == ("refund", "R-77")
    assert read.findings == ()


def test_an_indication_code_is_found_in_the_remark_of_a_drug() -> None:
    truths = (invoice(seed) for seed in range(200))
    coded = next(truth for truth in truths if any(one.indication_code for one in truth.positions))
    read = read_request(xml(coded))
    assert [one.indication_code for one in read.positions] == [one.indication_code for one in coded.positions]
