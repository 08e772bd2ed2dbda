"""Small parts of reading invoices without a form: dates, amounts, names, headers, labels."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from pulse.invoices.plain import values, words
from pulse.invoices.plain.foot import read_foot
from pulse.invoices.plain.header import Column, Header, find_header
from pulse.invoices.plain.label_table import Labels
from pulse.invoices.plain.labelled import find_labels
from pulse.invoices.plain.names import split_name
from pulse.invoices.plain.sheet import Printed, Row, label, part, tokens
from pulse.invoices.plain.slip_rows import read_slip_rows
from pulse.invoices.plain.table import fit
from pulse.invoices.text.page_text import Phrase


def phrase(text: str, x0: float, x1: float, top: float = 100.0) -> Phrase:
    """A phrase on a line nine points high."""
    return Phrase(text, (x0, top, x1, top + 9), bold=False)


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("12.03.2026", dt.date(2026, 3, 12)),
        ("2026-03-12", dt.date(2026, 3, 12)),
        ("12. März 2026", dt.date(2026, 3, 12)),
        ("1er août 2026", dt.date(2026, 8, 1)),
        ("12 maggio 2026", dt.date(2026, 5, 12)),
        ("31.02.2026", None),
        ("12. Foo 2026", None),
    ],
)
def test_days_are_read_as_people_print_them(printed: str, day: dt.date | None) -> None:
    assert values.as_date(printed) == day


def test_a_birth_year_of_two_digits_is_known_to_be_ambiguous() -> None:
    assert values.has_short_year("12.03.26")
    assert not values.has_short_year("12.03.1926")


@pytest.mark.parametrize(
    ("printed", "amount"),
    [
        ("1’234.50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("12.–", "12"),
        ("-5.00", "-5.00"),
        ("– 5.00", "-5.00"),
        ("5.00-", "-5.00"),
    ],
)
def test_amounts_are_read_as_people_print_them(printed: str, amount: str) -> None:
    assert values.is_money(printed)
    assert values.as_number(printed) == Decimal(amount)


def test_the_cents_of_one_amount_are_no_thousands_of_the_next() -> None:
    assert [one[0].strip() for one in values.MONEY.finditer("10 x 12.60 126.00")] == ["10 x 12.60"[5:], "126.00"]


@pytest.mark.parametrize(
    ("spelling", "same"),
    [
        ("Rechnungs-Nr.", "Rechnungsnummer"),
        ("N° d’assuré", "No d'assuré"),
        ("AHV-Nummer", "AHV Nr."),
        ("N. FATTURA", "n. fattura"),
    ],
)
def test_spellings_of_one_label_are_the_same_label(spelling: str, same: str) -> None:
    assert label(spelling) == label(same)


@pytest.mark.parametrize(
    ("text", "others", "given_first", "expected"),
    [
        ("Beispiel, Anna", (), None, ("Beispiel", "Anna", True)),
        ("Anna Beispiel", (), True, ("Beispiel", "Anna", True)),
        ("Frau Anna de la Fontaine", (), True, ("de la Fontaine", "Anna", True)),
        ("Beispiel Anna", ("Anna Beispiel",), False, ("Beispiel", "Anna", True)),
        ("Anna Maria Beispiel Muster", (), True, ("Muster", "Anna Maria Beispiel", False)),
        ("Anna Beispiel", (), None, ("Beispiel", "Anna", False)),
    ],
)
def test_names_are_split_and_known_to_be_certain_or_not(
    text: str, others: tuple[str, ...], given_first: bool | None, expected: tuple[str, str, bool]
) -> None:
    assert split_name(text, others, given_first=given_first) == expected


def test_a_part_of_a_phrase_stands_where_its_words_stand() -> None:
    whole = Printed(
        "GTIN Bezeichnung", (10, 0, 200, 9), bold=True, words=(phrase("GTIN", 10, 40), phrase("Bezeichnung", 150, 200))
    )
    assert (part(whole, 5).text, part(whole, 5).x0) == ("Bezeichnung", 150)


def test_two_headings_printed_over_each_other_are_told_apart() -> None:
    texts = (("N. art.", 72, 100), ("Descrizione", 146, 196), ("QPtràezzo unitario", 413, 482), ("Importo", 511, 546))
    row = Row(1, tuple(phrase(*one) for one in texts))
    found = find_header([row], 0)
    assert found is not None
    assert [column.key for column in found[0].columns] == ["code", "name", "quantity", "unit_price", "amount"]


def test_a_row_whose_columns_touch_is_read_by_the_kinds_of_its_values() -> None:
    keys = (("date", 59, 87), ("code", 110, 140), ("name", 200, 250), ("quantity", 400, 420), ("amount", 480, 512))
    header = Header(tuple(Column(*one) for one in keys), 90)
    cells = fit(
        [phrase("24.06.2026 7680168361378 Abilify Tabl", 59, 260), phrase("2", 415, 420), phrase("20.40", 490, 512)],
        header,
    )
    assert cells is not None
    assert {key: cell.text for key, cell in cells.items()} == {
        "date": "24.06.2026",
        "code": "7680168361378",
        "name": "Abilify Tabl",
        "quantity": "2",
        "amount": "20.40",
    }


def test_of_two_readings_of_a_slip_the_one_whose_names_and_amounts_agree_is_taken() -> None:
    texts = ("Abilify Tabl 10 mg", "1 x 71.55  71.55", "Aldactone 50 mg", "2 x 15.80  31.60")
    rows = [Row(1, (phrase(text, 10, 200, 100 + 10 * at),)) for at, text in enumerate(texts)]
    items = read_slip_rows(rows, Decimal("103.15"))
    assert [[line.text for line in item.lines] for item in items] == [["Abilify Tabl 10 mg"], ["Aldactone 50 mg"]]
    assert [item.amount for item in items] == [Decimal("71.55"), Decimal("31.60")]
    assert all(item.adds_up for item in items)


def test_languages_are_told_by_their_words() -> None:
    assert words.language_of(["facture", "du", "montant"]) == "fr"
    assert words.language_of(["x"]) is None


def test_of_two_labels_that_fit_the_longer_one_counts() -> None:
    table = Labels({"date": "Rechnung vom | Datum", "number": "Rechnung | Rechnung Nr."})
    assert table.first("Rechnung vom 3.6.2026") == ("date", 12)
    assert table.first("Rechnung Nr. 4711") == ("number", 11)
    assert table.first("Rechnung") == ("number", 8)
    assert table.match(tokens("Ihre Rechnung"), 1) == ("number", 1)
    assert table.first("Unsere Rechnung") is None
    assert table.whole("Rechnungsnummer") is None


def test_labels_of_one_kind_are_found_without_the_others() -> None:
    rows = [Row(1, (phrase("Rechnung Nr. 4711", 50, 130), phrase("AHV-Nr.: 756.9217.0769.85", 200, 330)))]
    assert [one.key for one in find_labels(rows)] == ["invoice_number", "ssn"]
    assert [(one.key, one.values[0].text) for one in find_labels(rows, "ssn")] == [("ssn", "756.9217.0769.85")]


@pytest.mark.parametrize("word", ["arztezentrum", "seeapotheke", "kinderarztpraxis", "pharmacie"])
def test_those_who_bill_are_known_by_a_word_or_by_what_it_ends_in(word: str) -> None:
    assert words.names_provider(word)
    assert not words.names_provider("sud")


def test_a_row_without_a_word_says_nothing_of_rates_and_totals() -> None:
    foot = read_foot([Row(1, (phrase("= :", 50, 60),))])
    assert not foot.rates
    assert not foot.has_total()
