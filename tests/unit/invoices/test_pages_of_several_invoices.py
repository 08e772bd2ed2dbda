"""What a page says of itself where several invoices may lie in one file."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from printed_pages import Run, page

from pulse.invoices.record import Part
from pulse.invoices.several.marks import page_number, relation


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("Seite 2", 2),
        ("Seite: 1", 1),
        ("Page 3 de 4", 3),
        ("Pagina 2/3", 2),
        ("Identifikation 1781568000 - 16.06.2026 Seite 12", 12),
        ("2/3", 2),
        ("1 / 1", 1),
        ("3/2", None),
        ("Übertrag von Seite 1", None),
        ("Report de la page 1", None),
        ("Riporto da pagina 1", None),
        ("Seite 0", None),
        ("Rückseite 4", None),
        ("Die zweite Seite", None),
    ],
)
def test_a_page_names_its_own_number_and_no_other_pages(printed: str, number: int | None) -> None:
    assert page_number(page([Run(300, 40, printed)])) == number


def test_a_number_in_the_middle_of_a_page_is_none_of_its_own() -> None:
    lines = [Run(60, 40 + 12 * index, "Position") for index in range(40)]
    assert page_number(page([*lines, Run(300, 40 + 12 * 20, "Seite 3")])) is None


ONE: dict[str, Any] = {
    "invoice_number": "R-100",
    "invoice_date": date(2026, 6, 1),
    "patient.ssn": "7569217076985",
    "patient.birth_date": date(1979, 5, 14),
    "biller.gln": "7601000001115",
    "total_amount": "80.35",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "same"),
        ({"invoice_number": "100"}, "same"),
        ({"patient.ssn": "7569217076986"}, "same"),
        ({"patient.ssn": "7561234567897", "patient.birth_date": date(1980, 1, 1)}, "unsure"),
        ({"biller.gln": "7601000002222"}, "same"),
        ({"biller.gln": "7601000002222", "patient.ssn": "x", "patient.birth_date": date(1980, 1, 1)}, "other"),
        ({"invoice_number": "R-101"}, "unsure"),
        ({"invoice_number": "R-101", "invoice_date": date(2026, 7, 1)}, "other"),
        ({"invoice_number": "R-101", "biller.gln": "7601000002222", "total_amount": "12.00"}, "other"),
        ({"invoice_number": "R-101", "biller.gln": "7601000002222"}, "same"),
        ({"invoice_number": None}, "unknown"),
        ({"invoice_number": None, "biller.gln": "7601000002222"}, "other"),
        ({"guid": "b" * 32}, "other"),
        ({"guid": "a" * 32, "invoice_number": "else", "biller.gln": "7601000002222"}, "same"),
    ],
)
def test_whose_a_page_is_takes_more_than_one_value_to_say(change: dict[str, Any], expected: str) -> None:
    old = {**ONE, "guid": "a" * 32} if "guid" in change else ONE
    new = {path: value for path, value in {**ONE, **change}.items() if value is not None}
    assert relation(old, new) == expected


@pytest.mark.parametrize(
    ("pages", "place"),
    [((1,), "1"), ((3, 4), "3-4"), ((2, 5, 6), "2,5-6"), (tuple(range(1, 40, 2)), "1,3,5,7,9,11,13,15…")],
)
def test_a_part_says_where_it_was_in_twenty_characters(pages: tuple[int, ...], place: str) -> None:
    assert Part(pages, b"").place == place
    assert len(place) <= 20
