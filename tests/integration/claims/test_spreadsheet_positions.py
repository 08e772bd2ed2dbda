"""The golden table against formulas that LibreOffice evaluates."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import golden_sheet
import golden_table
from spreadsheets import calculated


def test_formulas_of_a_spreadsheet_agree_with_the_golden_table(tmp_path: Path, need: Callable[[str], str]) -> None:
    rows = [row for row in golden_table.rows() if golden_sheet.is_arithmetic(row)]
    assert len(rows) >= 200

    results = calculated(golden_sheet.workbook(rows), tmp_path, localc=need("localc"))

    told = {row["id"]: (row["outcome"], Decimal(row["payable"])) for row in rows}
    worked = {str(one["id"]): (one["outcome"], Decimal(str(round(one["payable"], 2)))) for one in results}
    assert {row: (told[row], worked.get(row)) for row in told if told[row] != worked.get(row)} == {}
