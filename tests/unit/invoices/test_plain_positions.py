"""Positions of plain invoices whose words OCR ran together or misread."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pulse.invoices.draft import Draft
from pulse.invoices.plain.header import Column, Header
from pulse.invoices.plain.positions import note_positions
from pulse.invoices.plain.sheet import GUESSED, PRINTED, Row
from pulse.invoices.plain.table import Item, TableReader
from pulse.invoices.text.page_text import Phrase

GTIN = "7680401310221"


def phrase(text: str, left: float, top: float = 100, right: float | None = None) -> Phrase:
    return Phrase(text, (left, top, left + 5.0 * len(text) if right is None else right, top + 9), False, 0.97)


def item(lines: list[Phrase], top: float = 100, **cells: str) -> Item:
    lefts = {"tariff": 50, "code": 80, "quantity": 400, "unit_price": 430, "amount": 500}
    return Item(1, {key: phrase(text, lefts[key], top) for key, text in cells.items()}, lines)


def test_a_line_that_ocr_ran_into_the_next_column_does_not_tell_how_wide_the_names_are() -> None:
    """`20 mg` would have had room behind the name only if the column were as wide as what was run together."""
    wrapped = [phrase("Bisoprolol Axapharm Filmtabl", 200, 100, 385), phrase("20 mg Tb", 200, 111, 240)]
    row = {"quantity": "1", "unit_price": "5.00", "amount": "5.00"}
    joined = item([phrase("Zolpidem cpr 5 mg 1 5.00", 200, 130, 455)], 130, **row)
    draft = Draft()
    note_positions(draft, [item(wrapped, **row), joined], {})
    assert draft.values["positions.0.name"] == "Bisoprolol Axapharm Filmtabl 20 mg Tb"
    assert "positions.0.remark" not in draft.values


def test_a_tariff_that_only_the_code_tells_is_a_guess_where_other_rows_print_one() -> None:
    row = {"code": GTIN, "quantity": "1", "unit_price": "5.00", "amount": "5.00"}
    rows = [item([phrase("Abilify Tabl", 200)], **row), item([phrase("Aldactone", 200, 130)], 130, tariff="402", **row)]
    draft = Draft()
    note_positions(draft, rows, {})
    unprinted, printed = (draft.evidence[f"positions.{index}.tariff"].confidence for index in (0, 1))
    assert [draft.values[f"positions.{index}.tariff"] for index in (0, 1)] == ["402", "402"]
    assert (unprinted, printed) == (GUESSED, PRINTED)


def test_a_tariff_that_only_the_code_tells_is_sure_where_no_row_prints_one() -> None:
    row = {"code": GTIN, "quantity": "1", "unit_price": "5.00", "amount": "5.00"}
    draft = Draft()
    note_positions(draft, [item([phrase("Abilify Tabl", 200)], **row)], {})
    assert draft.evidence["positions.0.tariff"].confidence == PRINTED


COLUMNS = (("date", 40, 90), ("code", 100, 170), ("name", 180, 380), ("quantity", 400, 420), ("unit_price", 430, 470))
HEADER = Header((*(Column(*one) for one in COLUMNS), Column("amount", 480, 520)), bottom=99)


def scanned_row(top: float, amount: str, *, confidence: float = 0.97) -> Row:
    cells = [("10.06.2026", 40), (GTIN, 100), ("Abilify Tabl", 180), ("1", 412), ("5.00", 450), (amount, 500)]
    printed = [Phrase(text, (left, top, left + 20, top + 9), False, confidence) for text, left in cells if text]
    return Row(1, tuple(printed))


@pytest.mark.parametrize("amount", ["5, R", ""])
def test_a_scanned_row_whose_amount_is_not_read_is_a_position_and_does_not_end_the_table(amount: str) -> None:
    rows = [scanned_row(100, "5.00"), scanned_row(112, amount), scanned_row(124, "5.00")]
    table = TableReader()
    assert table.read(rows, HEADER) == 3
    assert [one.amount for one in table.items] == [Decimal("5.00"), None, Decimal("5.00")]
    draft = Draft()
    note_positions(draft, table.items, {})
    assert draft.values["positions.1.unit_price"] == Decimal("5.00")
    assert "positions.1.amount" not in draft.values
    assert ("positions.1.amount" in {one.field for one in draft.findings}) == bool(amount)


def test_a_printed_row_without_an_amount_is_no_position() -> None:
    table = TableReader()
    assert table.read([scanned_row(100, "5.00", confidence=1.0), scanned_row(112, "", confidence=1.0)], HEADER) == 1
