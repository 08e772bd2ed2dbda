"""Formulas worked out by LibreOffice: an arithmetic that shares nothing with ours."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

_WITHIN_S = 300


def calculated(workbook: Workbook, folder: Path, *, localc: str) -> list[dict[str, Any]]:
    """The rows of the workbook's first sheet, by the names in its first row, with every formula's result.

    `localc` is the program's path; it starts once, with a profile of its own in `folder`.
    """
    source, results = folder / "formulas.xlsx", folder / "results"
    workbook.save(source)
    subprocess.run(
        [
            localc,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *("--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(results), str(source)),
        ],
        check=True,
        capture_output=True,
        timeout=_WITHIN_S,
    )
    sheet = load_workbook(results / source.name, data_only=True).worksheets[0]
    rows = sheet.iter_rows(values_only=True)
    names = [str(name) for name in next(rows)]
    return [dict(zip(names, row, strict=True)) for row in rows]
