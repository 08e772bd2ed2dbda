"""What the letters say of money that is owed either way: read out of the PDF as the recipient reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import office
import pypdfium2
import pytest
import zxingcpp
from claim_steps import decided, settled
from office import TestOffice, fill_registers, open_office
from payment_desk import CLIENT_IBAN, INSURER_IBAN, QR_IBAN

from db import clients, letters, providers, receivables
from letters.facts import Facts
from pulse.claims.money.runs import make_run, release
from pulse.claims.write_letter import write_letter
from pulse.invoices.codes.payment_slip import read_slip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestOffice]:
    for opened in open_office(tmp_path, insurer_iban=INSURER_IBAN, insurer_qr_iban=QR_IBAN):
        fill_registers(opened.database)
        yield opened


def registered(desk: TestOffice, iban: str | None = CLIENT_IBAN) -> None:
    with desk.database.write() as connection:
        client = clients.by_number(connection, office.CLIENT_NUMBER)
        assert client is not None
        clients.change_many(connection, [{"id": client.id, "iban": iban}])


def approved(desk: TestOffice, number: str, amount: str, day: str = "2026-06-10", **changes: Any) -> int:
    positions = [office.position(date=day, unit_price=amount, amount=amount)]
    treatment = {"begin": day, "end": day}
    invoice_id = settled(desk, invoice_number=number, positions=positions, treatment=treatment, **changes)
    decided(desk, invoice_id, "approve", "P801")
    return invoice_id


def written(
    desk: TestOffice, invoice_id: int, recipient: str = "client", kind: str = "approved"
) -> tuple[bytes, Facts]:
    letter_id = write_letter(desk.office, invoice_id, recipient, kind).letter_id
    with desk.database.read() as connection:
        letter = letters.get(connection, letter_id)
    assert letter is not None
    assert letter.pdf_sha256 is not None
    return desk.office.documents.get(letter.pdf_sha256), Facts.from_json(letter.facts)


def words(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in pages).split())


def test_a_client_without_an_account_is_asked_for_it_and_told_how(desk: TestOffice) -> None:
    pdf, _ = written(desk, approved(desk, "1", "400.00", tiers="garant"))
    text = words(pdf)
    assert "Wir überweisen Ihnen CHF 90.00, sobald wir ein Konto von Ihnen kennen." in text
    assert "Bitte teilen Sie uns Ihre IBAN" in text
    assert "per Brief mit Ihrer Unterschrift oder an" in text


def test_a_client_with_an_account_is_not_asked_for_it(desk: TestOffice) -> None:
    registered(desk)
    text = words(written(desk, approved(desk, "1", "400.00", tiers="garant"))[0])
    assert "Wir überweisen Ihnen CHF 90.00 auf Ihr Konto CH93 … 2957." in text
    assert "IBAN" not in text


def test_who_gets_nothing_is_not_asked_for_an_account(desk: TestOffice) -> None:
    text = words(written(desk, approved(desk, "1", "200.00", tiers="garant"))[0])
    assert "Es bleibt nichts auszuzahlen." in text
    assert "IBAN" not in text


def test_a_provider_without_an_account_is_asked_for_it(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        providers.change_many(connection, [{"id": 1, "iban": None}])
    text = words(written(desk, approved(desk, "1", "400.00", tiers="payant"), "provider")[0])
    assert "Wir überweisen Ihnen CHF 400.00, sobald wir ein Konto von Ihnen kennen." in text


def test_the_clients_letter_brings_the_bill_with_its_payment_part(desk: TestOffice) -> None:
    case = approved(desk, "1", "400.00", tiers="payant")
    pdf, facts = written(desk, case)
    text = words(pdf)
    assert "Bitte bezahlen Sie CHF 310.00 bis am 16. Juli 2026." in text
    assert "Empfangsschein" in text
    pages = pypdfium2.PdfDocument(pdf)
    picture = pages[len(pages) - 1].render(scale=3).to_pil()
    (slip,) = [one for code in zxingcpp.read_barcodes(picture) if (one := read_slip(code.text, 1))]
    assert (slip.iban, slip.amount, slip.currency) == (QR_IBAN, facts.bills[0].amount, "CHF")
    assert (slip.reference_type, slip.reference) == ("QRR", facts.bills[0].reference)
    assert (slip.creditor.name, slip.debtor.name, slip.debtor.city) == (office.INSURER.name, "Anna Müller", "Bern")
    assert "Zahlteil" not in words(written(desk, case, "provider")[0])


def test_a_refund_for_earlier_cases_is_told(desk: TestOffice) -> None:
    registered(desk)
    approved(desk, "1", "300.00", tiers="garant")
    text = words(written(desk, approved(desk, "2", "200.00", "2026-02-01", tiers="garant"))[0])
    assert "Für jene sinkt Ihre Kostenbeteiligung dadurch um CHF 180.00" in text
    assert "überweisen wir Ihnen ausserdem CHF 180.00" in text


def test_without_an_account_to_pay_to_the_bill_is_announced(desk: TestOffice) -> None:
    case = approved(desk, "1", "400.00", tiers="payant")
    with desk.database.write() as connection:
        receivables.change(connection, 1, was=("open",), iban=None, reference=None)
    text = words(written(desk, case)[0])
    assert "Zahlteil und Empfangsschein erhalten Sie von uns mit separater Post." in text


def test_the_storno_of_a_paid_invoice_claims_back_in_the_letter_that_answers_it(desk: TestOffice) -> None:
    first = approved(desk, "1", "400.00", "2026-01-05", tiers="payant")
    run = make_run(desk.office, by="anna")
    release(desk.office, run.id, by="berta")
    positions = [office.position(date="2026-01-05", unit_price="-400.00", amount="-400.00")]
    treatment = {"begin": "2026-01-05", "end": "2026-01-05"}
    own = {"positions": positions, "treatment": treatment, "subtype": "storno", "total_amount": "-400.00"}
    storno = settled(desk, invoice_number="1", tiers="payant", **own)
    decided(desk, storno, "deny", "P819", comment="Storno")
    pdf, facts = written(desk, storno, "provider", "denied")
    assert "fordern CHF 400.00 zurück" in words(pdf)
    assert [(one.case_id, one.purpose) for one in facts.bills] == [(first, "repayment")]
    told = words(written(desk, storno, "client", "denied")[0])
    assert "Unsere frühere Rechnung über CHF 310.00 ist aufgehoben; bitte bezahlen Sie sie nicht." in told
    assert "fordern" not in told
