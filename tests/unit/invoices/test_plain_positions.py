"""Positions of plain invoices whose words OCR ran together or misread."""

from __future__ import annotations

from pulse.invoices.draft import Draft
from pulse.invoices.plain.positions import note_positions
from pulse.invoices.plain.sheet import GUESSED, PRINTED
from pulse.invoices.plain.table import Item
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
