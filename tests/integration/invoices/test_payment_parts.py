"""The payment part of an invoice without a form tells whom to pay, and what it says otherwise is a contradiction."""

from __future__ import annotations

import datetime as dt

from plain_invoices import Paper, letter, read

from pulse.invoices.reading import read_pdf

#: Account, QR reference.
QR_IBAN, REFERENCE = "CH44 3199 9123 0008 8901 2", "21 00000 00003 13947 14300 09017"


def slip(paper: Paper, *, iban: str = QR_IBAN, second_iban: str | None = None, amount: str = "120.20") -> None:
    """A Swiss QR-bill's receipt and payment part, without its code."""
    paper.y = 560
    for x, title, number in ((14, "Empfangsschein", iban), (175, "Zahlteil", second_iban or iban)):
        at = paper.y
        paper.put(x, title, bold=True, size=11)
        left = x if x < 100 else 335
        paper.y += 20
        paper.lines(left, "Konto / Zahlbar an", bold=True)
        paper.lines(left, number, "Apotheke am Platz AG", "Marktgasse 12", "3011 Bern")
        paper.lines(left, "Referenz", bold=True)
        paper.lines(left, REFERENCE)
        paper.lines(left, "Zahlbar durch", bold=True)
        paper.lines(left, "Anna de la Fontaine", "Teststrasse 7a", "3012 Bern")
        paper.y += 20
        paper.put(x, "Währung", bold=True)
        paper.put(x + 60, "Betrag", bold=True)
        paper.y += 12
        paper.put(x, "CHF")
        paper.put(x + 60, amount)
        paper.y = at


def test_the_payment_part_gives_account_and_reference_and_its_addresses_are_nobody_elses() -> None:
    paper = letter()
    slip(paper)
    invoice = read(paper.bytes())
    assert invoice.payment.iban == "CH4431999123000889012"
    assert (invoice.payment.reference, invoice.payment.reference_type) == ("210000000003139471430009017", "QRR")
    assert invoice.biller.name == "Apotheke am Platz AG"
    assert invoice.findings == ()


def test_a_receipt_that_names_another_account_than_the_payment_part_is_a_contradiction() -> None:
    paper = letter()
    slip(paper, second_iban="CH93 0076 2011 6238 5295 7")
    assert [(one.code, one.field, one.severity) for one in read(paper.bytes()).findings] == [
        ("P229", "payment.iban", "error")
    ]


def test_a_payment_part_that_asks_for_another_amount_is_a_contradiction() -> None:
    paper = letter()
    slip(paper, amount="210.20")
    assert [(one.code, one.field) for one in read(paper.bytes()).findings] == [("P229", "amount_due")]


def test_an_account_whose_check_digits_are_wrong_is_kept_and_named() -> None:
    paper = letter()
    paper.lines(50, "Zahlbar auf Konto CH12 0076 2011 6238 5295 7")
    invoice = read_pdf(paper.bytes(), today=dt.date(2026, 6, 30))
    assert invoice.payment.iban == "CH1200762011623852957"
    assert [(one.code, one.field) for one in invoice.findings] == [("P227", "payment.iban")]
    assert invoice.fields["payment.iban"].confidence < 0.5


def test_a_right_account_counts_before_a_wrong_one_and_their_difference_is_a_contradiction() -> None:
    paper = letter()
    paper.lines(50, "Konto CH12 0076 2011 6238 5295 7", "IBAN CH93 0076 2011 6238 5295 7")
    invoice = read(paper.bytes())
    assert invoice.payment.iban == "CH9300762011623852957"
    assert [(one.code, one.field) for one in invoice.findings] == [("P229", "payment.iban")]
