"""Swissmedic's list of authorised packages ("Zugelassene Packungen"): an Excel workbook, one package a row.

Columns are found by their headings, which stand in German and French in one row; the day stands above them. The
dispensing category is that of the package (N), not of the dosage or the product; the narcotics list is the letter in
the last column (X).
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pulse.reference.packages import ListedPackage, PackageList, gtin_of, swiss_day_in
from pulse.reference.register_rows import Refused
from pulse.reference.rows import BrokenList, NotThisList
from pulse.reference.watched import Progress, opened

if TYPE_CHECKING:
    from openpyxl import Workbook

#: How each heading begins, in lower case.
_HEADINGS = {
    "authorization": "zulassungs-nummer",
    "name": "bezeichnung",
    "holder": "zulassungsinhaberin",
    "atc": "atc-code",
    "package": "packungscode",
    "size": "packungsgrösse",
    "unit": "einheit",
    "category": "abgabekategorie packung",
    "substances": "wirkstoff",
    "narcotics": "verz",
}
_MUST = ("authorization", "name", "package", "category")
_CATEGORIES = frozenset(("A+", "A", "B", "C", "D", "E"))
_LAST_HEADING_ROW, _COLUMNS = 20, 40
_MOST_UNPACKED = 1 << 30


def read(path: Path, progress: Progress | None = None) -> PackageList:
    """The list in a workbook. Raises `NotThisList` where it is another file, `BrokenList` where it breaks off."""
    rows = _rows(path, progress)
    day: date | None = None
    for number, cells in zip(range(1, _LAST_HEADING_ROW + 1), rows, strict=False):
        columns = _columns(cells)
        if columns is not None:
            return PackageList(day, _packs(rows, columns, first=number + 1))
        day = day or next((told for cell in cells if (told := swiss_day_in(str(cell or "")))), None)
    raise NotThisList("the workbook has no row of headings with Packungscode and Abgabekategorie Packung")


def _rows(path: Path, progress: Progress | None) -> Iterator[Sequence[Any]]:
    with opened(path, progress) as file:
        book = _book(file)
        try:
            yield from book.worksheets[0].iter_rows(values_only=True, max_col=_COLUMNS)
        except (zipfile.BadZipFile, ValueError, SyntaxError, IndexError) as error:
            raise BrokenList("the workbook breaks off") from error
        finally:
            book.close()


def _book(file: IO[bytes]) -> Workbook:
    from openpyxl import load_workbook  # noqa: PLC0415  only this list needs it
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        with zipfile.ZipFile(file) as archive:
            if sum(one.file_size for one in archive.infolist()) > _MOST_UNPACKED:
                raise NotThisList(f"the workbook would unpack to more than {_MOST_UNPACKED} bytes")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that a reader of values does not need
            return load_workbook(file, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError) as error:
        raise NotThisList("the file is no Excel workbook") from error


def _columns(cells: Sequence[Any]) -> dict[str, int] | None:
    headings = [str(cell or "").strip().lower() for cell in cells]
    found = {
        name: index
        for name, begin in _HEADINGS.items()
        if (index := next((i for i, heading in enumerate(headings) if heading.startswith(begin)), None)) is not None
    }
    return found if all(name in found for name in _MUST) else None


def _packs(rows: Iterator[Sequence[Any]], columns: dict[str, int], *, first: int) -> Iterator[ListedPackage | Refused]:
    for number, cells in enumerate(rows, start=first):
        told = {name: _text(cells, index) for name, index in columns.items()}
        if not told["authorization"]:
            continue
        gtin = _gtin(told["authorization"], told["package"])
        if gtin is None:
            yield Refused(
                line=number, field="package", code="no_gtin", why="no GTIN follows from authorization and package"
            )
            continue
        size = " ".join(part for part in (told.get("size", ""), told.get("unit", "")) if part)
        narcotics = told.get("narcotics", "").lower()
        yield ListedPackage(
            line=number,
            gtin=gtin,
            name=", ".join(part for part in (told["name"], size) if part)[:300],
            substances=told.get("substances", ""),
            holder=told.get("holder", "")[:200],
            atc=told.get("atc", "")[:10] or None,
            category=told["category"] if told["category"] in _CATEGORIES else None,
            narcotic_list=narcotics if narcotics in ("a", "b", "c", "d") else None,
        )


def _gtin(authorization: str, package: str) -> str | None:
    return gtin_of(int(authorization), int(package)) if authorization.isdecimal() and package.isdecimal() else None


def _text(cells: Sequence[Any], index: int) -> str:
    value = cells[index] if index < len(cells) else None
    return " ".join(str(value).split()) if value is not None else ""
