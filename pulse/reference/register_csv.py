"""Registers as CSV: a line of headings, commas or semicolons, UTF-8 with or without a mark."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Any

from pulse.reference.register_rows import ApprovalRow, ClientRow, ProviderRow, Rows, RowType, checked, wrong_columns
from pulse.reference.rows import BrokenList, NotThisList

_FRANCHISE = re.compile(r"franchise_(\d{4})")


def clients(text: Iterable[str]) -> Rows[ClientRow]:
    """Insured persons; columns are named as the fields of `ClientRow`, and `franchise_2026` for the franchise of a
    year. Raises `NotThisList` where the headings are others, `BrokenList` where the CSV breaks off."""
    return _rows(text, ClientRow)


def providers(text: Iterable[str]) -> Rows[ProviderRow]:
    """Providers; columns as the fields of `ProviderRow`. Raises as `clients`."""
    return _rows(text, ProviderRow)


def approvals(text: Iterable[str]) -> Rows[ApprovalRow]:
    """Approvals of costs; columns as the fields of `ApprovalRow`. Raises as `clients`."""
    return _rows(text, ApprovalRow)


def _rows(text: Iterable[str], kind: type[RowType]) -> Rows[RowType]:
    lines = iter(text)
    first = next(lines, "").lstrip("\ufeff")
    headings = next(csv.reader([first], delimiter=_delimiter(first)), [])
    names = [heading.strip().lower() for heading in headings]
    _check_headings(names, kind)
    reader = csv.reader(lines, delimiter=_delimiter(first), strict=True)
    begins = 2  # a row may go on over several lines
    try:
        for cells in reader:
            line, begins = begins, reader.line_num + 2
            if not any(cell.strip() for cell in cells):
                continue
            right = len(cells) == len(names)
            yield checked(kind, _values(names, cells), line) if right else wrong_columns(line, cells, names)
    except csv.Error as error:
        raise BrokenList(f"line {reader.line_num + 1}: {error}", line=reader.line_num + 1) from error


def _delimiter(first: str) -> str:
    return ";" if first.count(";") > first.count(",") else ","


def _check_headings(names: list[str], kind: type[RowType]) -> None:
    required = {name for name, field in kind.model_fields.items() if field.is_required()}
    known = set(kind.model_fields) - {"franchises"}
    missing = sorted(required - set(names))
    if missing:
        raise NotThisList(f"line 1: the column {missing[0]} is missing", column=missing[0])
    with_years = "franchises" in kind.model_fields
    strange = [name for name in names if name not in known and not (with_years and _FRANCHISE.fullmatch(name))]
    if strange:
        raise NotThisList(f"line 1: the column {strange[0][:40]!r} is not known", column=strange[0][:40])
    if len(set(names)) < len(names):
        raise NotThisList("line 1: a column stands there twice")


def _values(names: list[str], cells: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        year = _FRANCHISE.fullmatch(name)
        if year is None:
            values[name] = cell.strip()
        elif cell.strip():
            values.setdefault("franchises", {})[int(year[1])] = cell.strip()
    return values
