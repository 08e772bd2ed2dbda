"""Positions in the table of an invoice without a form: names, remarks, amounts and tariffs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from plain_invoices import GTIN, LONG_GTIN, OTHER_GTIN, ROWS, WORDS, Paper, head, read, table
from reportlab.pdfbase.pdfmetrics import stringWidth


def test_a_name_that_wraps_is_one_name_and_what_follows_in_small_print_is_the_remark() -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    table(paper, words, [("10.06.2026", LONG_GTIN, "Alendronat Spirig HC Wochentabletten", "1", "34.05", "34.05")])
    paper.y -= 2
    paper.lines(190, "Tabl 70 mg 4 Stk")
    paper.put(190, "Dauermedikation, Repetition 2/4", size=7)
    paper.y += 16
    paper.lines(340, "Total CHF 34.05")
    (position,) = read(paper.bytes()).positions
    assert position.name == "Alendronat Spirig HC Wochentabletten Tabl 70 mg 4 Stk"
    assert position.remark == "Dauermedikation, Repetition 2/4"


def test_a_position_whose_amount_is_ambiguous_is_named_and_not_dropped() -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    table(paper, words, [("10.06.2026", GTIN, "Abilify Tabl 10 mg 28 Stk", "1", "71.55", "1,234"), ROWS[1]])
    paper.lines(340, "Total CHF 103.15")
    invoice = read(paper.bytes())
    assert [one.amount for one in invoice.positions] == [None, Decimal("31.60")]
    assert [(one.code, one.field) for one in invoice.findings] == [("P230", "positions.0.amount")]


def test_a_long_word_that_stands_out_of_its_column_makes_no_remark_of_a_wrapped_name() -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    for code, lines in (
        (GTIN, ("+ Ärztliche", "Konsultation, jede", "weitere 1 Min.")),
        (OTHER_GTIN, ("Alanin-Aminotransferase-Bestimmung", "(ALAT)")),
    ):
        row = ("10.06.2026", code, lines[0], "1", "71.55", "71.55")
        table(paper, words if code == GTIN else {**words, "head": ("",) * 6}, [row])
        paper.y -= 2
        paper.lines(190, *lines[1:])
        paper.y += 4
    paper.lines(340, "Total CHF 143.10")
    assert [(one.name, one.remark) for one in read(paper.bytes()).positions] == [
        ("+ Ärztliche Konsultation, jede weitere 1 Min.", None),
        ("Alanin-Aminotransferase-Bestimmung (ALAT)", None),
    ]


@pytest.mark.parametrize("overlap", [-0.5, 1, 3])
def test_a_name_that_runs_into_its_code_ends_before_it(overlap: float) -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    paper.y += 20
    columns = ((60, "Menge"), (120, "Artikel"), (362, "GTIN"), (460, "Preis"), (500, "Betrag CHF"))
    for x, text in columns:
        paper.put(x, text, bold=True)
    paper.y += 14
    rows = (
        (GTIN, ("Sertralin Filmtabl 500 mg mit verzögerter Wirkstofffreisetzung", "ohne Laktose")),
        (OTHER_GTIN, ("Tramadol Spirig HC Brausetabl 400 mg 10 Stk mit", "verzögerter Wirkstofffreisetzung")),
    )
    touching = 120 + stringWidth(rows[0][1][0], "Helvetica", 9) - overlap
    for code, names in rows:
        for x, text in ((80, "1"), (120, names[0]), (touching, code), (460, "15.35"), (540, "15.35")):
            paper.put(x, text)
        paper.y += 12
        paper.lines(120, *names[1:])
    paper.lines(440, "Total CHF 30.70")
    assert [(one.code, one.name, one.remark) for one in read(paper.bytes()).positions] == [
        (code, " ".join(names), None) for code, names in rows
    ]


def test_a_tariff_that_nothing_printed_tells_is_not_sure() -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    table(paper, words, [("10.06.2026", "", "Beratung in der Apotheke", "1", "12.00", "12.00"), ROWS[0]])
    paper.lines(340, "Total CHF 83.55")
    invoice = read(paper.bytes())
    assert [one.tariff for one in invoice.positions] == ["999", "402"]
    assert invoice.fields["positions.0.tariff"].confidence < 0.75 < invoice.fields["positions.1.tariff"].confidence
