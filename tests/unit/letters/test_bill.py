"""The Swiss QR-bill in a letter, held against another program's (qrbill) and read back with a reader of codes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from letter_samples import CLIENT, INSURER, make_facts
from qrbill import QRBill

from letters.amounts import Bill
from letters.bill import render_bill
from letters.facts import Address, Facts, InvalidFacts
from letters.occasions import Kind, Recipient
from letters.payment_part import grouped_iban, grouped_reference, payload
from letters.pdf import render
from letters.texts import default_texts
from letters.writer import TemplateWriter
from pulse.base.reasons import Language

QR_IBAN, QRR = "CH4431999123000889012", "785700000000000000000000429"
IBAN, RF = "CH5604835012345678009", "RF3478570000000042"


def bill(**changes: Any) -> Bill:
    own = {"case_id": 12345678, "purpose": "cost_share", "amount": Decimal("1253.05"), "due_on": dt.date(2026, 7, 16)}
    return Bill(**(own | {"iban": QR_IBAN, "reference": QRR} | changes))


@pytest.mark.parametrize(("iban", "reference"), [(QR_IBAN, QRR), (IBAN, RF)])
def test_the_code_says_what_another_program_says(iban: str, reference: str) -> None:
    def party(one: Address, street: str, number: str) -> dict[str, str]:
        return {"name": one.name, "street": street, "house_num": number, "pcode": one.zip, "city": one.city}

    other = QRBill(
        account=iban, creditor=party(INSURER.address, "Bundesgasse", "12"), amount="1253.05", currency="CHF",
        debtor=party(CLIENT, "Länggassstrasse", "45a"), reference_number=reference,
        additional_information="12345678",
    )  # fmt: skip
    assert payload(bill(iban=iban, reference=reference), INSURER.address, CLIENT) == other.qr_data()


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
def test_a_reader_of_codes_reads_the_bill_from_the_page(language: Language) -> None:
    data = render_bill(bill(), INSURER, CLIENT, language, dt.date(2026, 6, 16))
    assert data == render_bill(bill(), INSURER, CLIENT, language, dt.date(2026, 6, 16))
    (page,) = pypdfium2.PdfDocument(data)
    (code,) = zxingcpp.read_barcodes(page.render(scale=2).to_pil())
    assert code.text == payload(bill(), INSURER.address, CLIENT)
    assert "1'253.05" in page.get_textpage().get_text_bounded()


def test_references_are_printed_in_groups() -> None:
    assert grouped_reference(QRR) == "78 57000 00000 00000 00000 00429"
    assert grouped_reference(RF) == "RF34 7857 0000 0000 42"
    assert grouped_iban(QR_IBAN) == "CH44 3199 9123 0008 8901 2"


def test_the_letter_ends_with_each_bill_and_outlives_its_json() -> None:
    facts = make_facts(payee="provider", bills=(bill(), bill(reference=None, iban=None)), refund=Decimal("20.00"))
    assert Facts.from_json(facts.to_json()) == facts
    pages = pypdfium2.PdfDocument(render(facts, TemplateWriter().write(facts)))
    texts = [pages[number].get_textpage().get_text_bounded() for number in range(len(pages))]
    assert [("Empfangsschein\r\n" in text, "Rechnung 12345678" in text) for text in texts[-2:]] == [
        (False, False),
        (True, True),
    ]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("de", "Bitte bezahlen Sie CHF 1'253.05 bis am 16. Juli 2026."),
        ("fr", "Veuillez payer CHF 1'253.05 jusqu'au 16 juillet 2026."),
        ("it", "La preghiamo di pagare CHF 1'253.05 entro il 16 luglio 2026."),
        ("en", "Please pay CHF 1'253.05 by 16 July 2026."),
    ],
)
def test_the_letter_names_amount_and_due_date(language: Language, told: str) -> None:
    facts = make_facts(payee="provider", language=language, bills=(bill(),))
    assert told in " ".join(default_texts().block("bill", facts))


def test_a_claim_back_is_told_as_such() -> None:
    facts = make_facts(Kind.DENIED, Recipient.PROVIDER, bills=(bill(purpose="repayment"),))
    assert "fordern CHF 1'253.05 zurück" in " ".join(default_texts().block("bill", facts))


@pytest.mark.parametrize(
    ("kind", "recipient", "changes"),
    [
        (Kind.RETURNED, Recipient.PROVIDER, {"bills": (bill(),)}),
        (Kind.NOTICE, Recipient.CLIENT, {"account_wanted": True}),
        (Kind.APPROVED, Recipient.CLIENT, {"bills": (bill(amount=Decimal("0.00")),)}),
        (Kind.APPROVED, Recipient.CLIENT, {"bills": (bill(reference=None),)}),
        (Kind.APPROVED, Recipient.PROVIDER, {"refund": Decimal("5.00")}),
        (Kind.APPROVED, Recipient.PROVIDER, {"account_wanted": True}),
    ],
)
def test_money_is_told_only_where_it_belongs(kind: Kind, recipient: Recipient, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidFacts):
        make_facts(kind, recipient, **changes)
