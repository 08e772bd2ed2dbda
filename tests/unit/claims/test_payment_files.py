from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from payment_desk import CLIENT_IBAN, INSURER_IBAN, QR_IBAN, QR_REFERENCE, pain002

from pulse.claims.money.pain001 import NAMESPACE, Debtor, Transfer, bank_text, payment_file
from pulse.claims.money.pain002 import UnreadableReport, read_report

_IN = {"p": NAMESPACE}


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """ISO 20022's own schema, as sepaxml carries it."""
    (path,) = [one for one in files("sepaxml") or () if one.name == "pain.001.001.09.xsd"]
    return etree.XMLSchema(etree.parse(str(path.locate())))


def transfer(**changes: object) -> Transfer:
    own = {
        "end_to_end_id": "PULSE-10000001-1-1",
        "amount": Decimal("71.5500"),
        "name": "Anna Müller",
        "street": "Hauptstrasse 5a",
        "zip": "3000",
        "city": "Bern",
        "iban": CLIENT_IBAN,
        "reference": "Leistungsabrechnung 10000001",
    }
    return Transfer(**(own | changes))  # type: ignore[arg-type]


def made(*transfers: Transfer, bic: str | None = None) -> bytes:
    return payment_file(
        message_id="PULSE-20260616-1",
        made_at=datetime(2026, 6, 16, 8, 0, 1, 5, tzinfo=UTC),
        execute_on=date(2026, 6, 17),
        debtor=Debtor(name="Muster Krankenkasse", iban=INSURER_IBAN, bic=bic),
        transfers=transfers,
    )


def told(data: bytes, path: str) -> list[str]:
    found = etree.fromstring(data).xpath(f"//p:{path.replace('/', '/p:')}", namespaces=_IN)
    return [one.text for one in found]


def test_a_file_with_every_kind_of_reference_fits_the_schema(schema: etree.XMLSchema) -> None:
    data = made(
        transfer(),
        transfer(iban=QR_IBAN, reference_type="QRR", reference=QR_REFERENCE, end_to_end_id="PULSE-2"),
        transfer(reference_type="SCOR", reference="RF18539007547034", end_to_end_id="PULSE-3"),
        transfer(street="", zip="", city="", reference="", end_to_end_id="PULSE-4"),
    )
    schema.assertValid(etree.fromstring(data))
    assert told(data, "GrpHdr/NbOfTxs") == ["4"]
    assert told(data, "GrpHdr/CtrlSum") == ["286.20"]
    assert told(data, "CdtrRefInf/Ref") == [QR_REFERENCE, "RF18539007547034"]
    assert told(data, "CdOrPrtry/Prtry") == ["QRR"]
    assert told(data, "CdOrPrtry/Cd") == ["SCOR"]
    assert told(data, "RmtInf/Ustrd") == ["Leistungsabrechnung 10000001"]
    assert told(data, "GrpHdr/CreDtTm") == ["2026-06-16T10:00:01+02:00"]


def test_the_bank_is_named_by_its_bic_or_by_the_number_in_the_account(schema: etree.XMLSchema) -> None:
    by_number, by_bic = made(transfer()), made(transfer(), bic="POFICHBEXXX")
    schema.assertValid(etree.fromstring(by_number))
    schema.assertValid(etree.fromstring(by_bic))
    assert told(by_number, "DbtrAgt/FinInstnId/ClrSysMmbId/MmbId") == ["4835"]
    assert told(by_bic, "DbtrAgt/FinInstnId/BICFI") == ["POFICHBEXXX"]


@pytest.mark.parametrize(
    ("street", "name", "number"),
    [
        ("Hauptstrasse 5a", ["Hauptstrasse"], ["5a"]),
        ("Rue du Lac 3-5", ["Rue du Lac"], ["3-5"]),
        ("Strasse des 17. Juni 3", ["Strasse des 17. Juni"], ["3"]),
        ("Dorf", ["Dorf"], []),
    ],
)
def test_addresses_are_structured(street: str, name: list[str], number: list[str]) -> None:
    data = made(transfer(street=street))
    assert (told(data, "PstlAdr/StrtNm"), told(data, "PstlAdr/BldgNb")) == (name, number)
    assert told(data, "PstlAdr/AdrLine") == []
    assert told(data, "PstlAdr/Ctry") == ["CH"]
    assert told(made(transfer(zip="9490")), "PstlAdr/Ctry") == ["LI"]


def test_the_same_values_make_the_same_bytes() -> None:
    assert made(transfer()) == made(transfer())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Zoë Çelik-Łuczak", "Zoë Çelik-Łuczak"),
        ("Nguyễn", "Nguyen"),
        ("Иван", "...."),
        ("D’Angelo – Söhne", "D'Angelo - Söhne"),
        ("a\nb\t c", "a b c"),
        ("x" * 80, "x" * 70),
    ],
)
def test_names_are_written_in_the_characters_that_swiss_banks_take(text: str, kept: str) -> None:
    assert bank_text(text, 70) == kept


@given(
    name=st.text(min_size=1, max_size=90).filter(str.strip),
    street=st.text(max_size=90),
    cents=st.integers(1, 10**9),
)
def test_whatever_stands_in_the_registers_the_file_fits_the_schema(
    schema: etree.XMLSchema, name: str, street: str, cents: int
) -> None:
    data = made(transfer(name=name, street=street, amount=Decimal(cents) / 100))
    schema.assertValid(etree.fromstring(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        b"<Document/>",
        pain002("M", group="ACCP").replace(b"pain.002", b"pain.008"),
        pain002("M", group="ACCP").replace(b"<OrgnlMsgId>M</OrgnlMsgId>", b""),
        pain002("M", group="ACCP").replace(b">pain.001.001.09<", b">pain.008.001.02<"),
        pain002("M", group="WHAT"),
        b'<!DOCTYPE d [<!ENTITY a "b">]>' + pain002("M", group="ACCP").partition(b"?>")[2],
        pain002("M", group="ACCP")
        .decode()
        .replace("UTF-8", "UTF-16")
        .replace("<Doc", "<!DOCTYPE d><Doc")
        .encode("utf-16"),
        b"<a>" * 100_000,
        b" " * (16 * 1024 * 1024 + 1),
    ],
    ids=range(11),
)
def test_a_file_that_is_no_status_report_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableReport):
        read_report(data)


def test_a_transaction_has_its_own_status_else_that_of_its_instruction_else_that_of_the_group() -> None:
    report = read_report(pain002("M", group="ACTC", instruction="PDNG", transactions={"a": "RJCT"}))
    own, other = report.of_transaction("a"), report.of_transaction("b")
    assert own is not None
    assert other is not None
    assert (own.status, own.verdict, own.reason, own.text) == ("RJCT", "rejected", "AC04", "Account closed")
    assert other.verdict == "pending"
    whole = read_report(pain002("M", group="ACTC")).of_transaction("b")
    assert whole is not None
    assert whole.verdict == "accepted"


def test_of_a_file_that_is_accepted_in_part_nothing_is_said_about_the_rest() -> None:
    status = read_report(pain002("M", group="PART", instruction="PART", transactions={"a": "RJCT"})).of_transaction("b")
    assert status is not None
    assert status.verdict is None
