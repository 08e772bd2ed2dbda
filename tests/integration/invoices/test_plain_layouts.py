"""Invoices without a form, in every design and three languages, are read to the last field."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from plain_invoices import GTIN, ROWS, WORDS, Paper, head, letter, read, table

from pulse.invoices.checks import reading_state
from pulse.invoices.model import Source
from pulse.invoices.plain.reader import read_plain
from pulse.invoices.reading import read_pdf
from pulse.invoices.text.pages import read_pages
from pulse.synthetic.collection import write
from pulse.synthetic.order import Wishes


@pytest.mark.parametrize("language", ["de", "fr", "it"])
def test_a_letter_with_a_table_is_read_in_every_language(language: str) -> None:
    words = WORDS[language]
    paper = Paper()
    head(paper, words)
    table(paper, words, ROWS)
    paper.y += 8
    for key, amount in (("total", "120.18"), ("vat", "3.05"), ("prepaid", "20.00"), ("due", "100.20")):
        paper.put(340, str(words[key]))
        paper.put(545, amount, right=True)
        paper.y += 13
    invoice = read(paper.bytes())
    assert invoice.invoice_number == "R-2026-000815"
    assert str(invoice.invoice_date) == "2026-06-16"
    assert (invoice.patient.family_name, invoice.patient.given_name) == ("de la Fontaine", "Anna")
    assert (invoice.patient.street, invoice.patient.zip, invoice.patient.city) == ("Teststrasse 7a", "3012", "Bern")
    assert str(invoice.patient.birth_date) == "1979-05-14"
    assert (invoice.patient.ssn, invoice.patient.insured_number) == ("7569217076985", "123456789")
    assert (invoice.biller.name, invoice.biller.street) == ("Apotheke am Platz AG", "Marktgasse 12")
    assert (invoice.biller.zip, invoice.biller.city) == ("3011", "Bern")
    assert (invoice.biller.gln, invoice.biller.zsr) == ("7601000001115", "P012345")
    assert invoice.biller.email == "info@apotheke.example"
    assert invoice.biller.vat_number == "CHE123456788"
    assert (invoice.prescriber.name, invoice.prescriber.gln) == ("Dr. med. Röbi Muster", "7601000002228")
    assert invoice.prescriber.zsr == "D123456"
    assert (str(invoice.treatment.begin), str(invoice.treatment.end)) == ("2026-06-10", "2026-06-12")
    assert [
        (str(one.date), one.code, one.name, str(one.quantity), str(one.unit_price), str(one.amount))
        for one in invoice.positions
    ] == [(f"{row[0][6:]}-{row[0][3:5]}-{row[0][:2]}", *row[1:]) for row in ROWS]
    assert {one.tariff for one in invoice.positions} == {"402"}
    assert (invoice.total_amount, invoice.prepaid_amount, invoice.amount_due) == (
        Decimal("120.18"),
        Decimal("20.00"),
        Decimal("100.20"),
    )
    assert (invoice.language, invoice.currency) == (language, "CHF")
    assert invoice.findings == ()


def test_two_invoices_in_one_file_are_never_mixed() -> None:
    paper = letter()
    paper.next_page()
    words = {**WORDS["de"], "title": "Rechnung Nr. R-2026-000816"}
    head(paper, words)
    table(paper, words, ROWS[:1])
    paper.lines(340, "Total CHF 71.55")
    invoice = read(paper.bytes())
    assert (invoice.invoice_number, len(invoice.positions), invoice.total_amount) == (
        "R-2026-000815",
        3,
        Decimal("120.18"),
    )
    assert [(one.code, one.field) for one in invoice.findings] == [("P229", "invoice_number")]


@pytest.mark.parametrize("repeat_header", [True, False])
def test_a_table_goes_on_over_pages_with_and_without_its_header(repeat_header: bool) -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    table(paper, words, ROWS)
    paper.put(340, "Übertrag")
    paper.put(545, "120.18", right=True)
    paper.next_page()
    if repeat_header:
        paper.lines(50, "Rechnung Nr. R-2026-000815", "Seite 2")
        paper.y += 20
        table(paper, words, ROWS)
    else:
        table(paper, {**words, "head": ("",) * 6}, ROWS)
    paper.lines(340, "Total CHF 240.36")
    invoice = read(paper.bytes())
    assert [one.code for one in invoice.positions] == [row[1] for row in (*ROWS, *ROWS)]
    assert invoice.total_amount == Decimal("240.36")
    assert invoice.findings == ()


@pytest.mark.parametrize(
    "texts",
    [
        ("Sehr geehrte Frau Muster", "Bitte senden Sie uns die Unterlagen bis am 12.06.2026.", "Freundliche Grüsse"),
        ("Rezept", "Dr. med. Röbi Muster", "Abilify Tabl 10 mg 28 Stk", "1-0-0-0", "Datum: 10.06.2026"),
        ("Aktion im Juni!", "Sonnencreme 50 ml", "nur CHF 19.90 statt CHF 29.90", "Apotheke am Platz AG", "3011 Bern"),
    ],
)
def test_a_letter_a_prescription_and_an_advert_are_no_invoice(texts: tuple[str, ...]) -> None:
    paper = Paper()
    paper.lines(50, *texts)
    assert read_plain(read_pages(paper.bytes(), max_pages=3)) is None


def test_a_plain_invoice_is_read_in_the_sandbox_like_any_other() -> None:
    invoice = read_pdf(letter().bytes(), today=dt.date(2026, 6, 30))
    assert (invoice.source.kind, invoice.source.form_release) == ("text", None)
    assert (invoice.invoice_number, invoice.total_amount) == ("R-2026-000815", Decimal("120.18"))
    assert reading_state(invoice) == "complete"


LANGUAGES = ("de", "fr", "it")
LAYOUTS = ("pharmacy-letter", "pharmacy-slip", "pharmacy-table", "practice-letter", "practice-table")
#: What the sheets do not tell, or only together with the reader's own inference.
UNLIKE = {"source": ..., "fields": ..., "findings": ...}


def test_synthetic_plain_invoices_are_read_exactly(tmp_path: Path, full_size: bool) -> None:
    wishes = Wishes(layouts=LAYOUTS, languages=LANGUAGES)
    wrong = {}
    for item in write(tmp_path, 300 if full_size else 24, 515_000, wishes):
        found = read_plain(read_pages((tmp_path / f"{item.order.name}.pdf").read_bytes(), max_pages=30))
        said = found[0].build(Source(kind="text")).model_dump(exclude=UNLIKE) if found else None
        if said != item.truth.model_dump(exclude=UNLIKE):
            wrong[item.order.name] = (said, item.truth)
    assert not wrong


def centre(name: str = "Ort") -> Paper:
    """A letter of a health centre to a person whose data stand in a list."""
    paper = Paper()
    paper.lines(50, "Ärztezentrum Süd", bold=True)
    paper.lines(50, "Bahnhofstr. 149", "8004 Zürich")
    paper.y = 140
    paper.lines(340, f"Jürg {name}", "Im Zelgli 83a", "7000 Chur")
    paper.y = 220
    for text, value in (
        ("Rechnungsnummer", "F-847838"),
        ("Rechnungsdatum", "27.04.2026"),
        ("Name", name),
        ("Vorname", "Jürg"),
        ("Geb.-Datum", "02.01.1937"),
    ):
        paper.put(50, text)
        paper.put(150, value)
        paper.y += 13
    paper.y += 10
    table(paper, WORDS["de"], ROWS)
    return paper


def test_a_family_whose_name_is_a_label_too_keeps_name_and_address() -> None:
    paper = centre()
    paper.lines(340, "Total CHF 120.18")
    invoice = read(paper.bytes())
    assert (invoice.patient.family_name, invoice.patient.given_name) == ("Ort", "Jürg")
    assert (invoice.patient.street, invoice.patient.city) == ("Im Zelgli 83a", "Chur")
    assert (invoice.biller.name, invoice.biller.street, invoice.biller.city) == (
        "Ärztezentrum Süd",
        "Bahnhofstr. 149",
        "Zürich",
    )


def test_a_total_that_nothing_known_names_is_no_position_and_a_rounded_amount_due_is_not_taken_for_it() -> None:
    paper = centre("Muster")
    for text, amount in (("Gesamtverrechnung", "120.18"), ("Zu bezahlen", "120.20")):
        paper.put(190, text)
        paper.put(545, amount, right=True)
        paper.y += 13
    invoice = read(paper.bytes())
    assert [one.code for one in invoice.positions] == [row[1] for row in ROWS]
    assert (invoice.total_amount, invoice.amount_due) == (None, Decimal("120.20"))


def test_an_invoice_that_is_cancelled_is_known_in_italian_and_names_the_other_one() -> None:
    paper, words = Paper(), {**WORDS["it"], "title": "Fattura stornata"}
    head(paper, words)
    paper.lines(50, "della fattura R-3761620-A del 09.05.2026", "N. fattura: R-3761620")
    table(paper, words, [("10.06.2026", GTIN, "Abilify Tabl 10 mg 28 Stk", "-1", "71.55", "-71.55")])
    paper.lines(340, "Importo totale CHF -71.55")
    invoice = read(paper.bytes())
    assert (invoice.subtype, invoice.refers_to, invoice.invoice_number) == ("storno", "R-3761620-A", "R-3761620")
