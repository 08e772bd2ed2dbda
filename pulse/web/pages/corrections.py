"""The form of *Correct the reading*: each field of the invoice that a person may write, and what was changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pulse.base.errors import InvalidInput
from pulse.base.money import NotAnAmount, parse_amount
from pulse.base.reason_texts import field_label
from pulse.invoices.model import FieldEvidence, Invoice
from pulse.web.pages.correction_fields import CHOICES, COLUMNS, GROUPS, IF_EMPTY, Kind, kind_of, value_of
from pulse.web.pages.sight import level_of

#: Empty rows for positions that the reader has missed.
_SPARE_ROWS, _SPARE_ROWS_IF_NONE = 2, 8
_MOST_ROWS = 200


#: What is shown of the page around a value, in points.
_BESIDE, _ABOVE = 36.0, 7.0


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """The strip of the page where a value stands, and the value's box in it, in points."""

    page: int
    view: tuple[float, float, float, float]
    box: tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Input:
    """One field to correct; `wrong` says that its value is refused, `confidence` is the reader's, 0 to 1."""

    name: str
    path: str
    label: str
    kind: Kind
    value: str
    options: tuple[str, ...] = ()
    level: str = ""
    confidence: float | None = None
    snippet: Snippet | None = None
    finding: str = ""
    wrong: bool = False

    @property
    def in_doubt(self) -> bool:
        """Whether a person should look here first."""
        return self.wrong or bool(self.finding) or self.level in ("check", "doubtful")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A position to correct, or an empty row."""

    index: int
    is_new: bool
    inputs: tuple[Input, ...]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The whole form."""

    groups: tuple[tuple[str, tuple[Input, ...]], ...]
    rows: tuple[Row, ...]
    columns: tuple[str, ...]

    @property
    def doubts(self) -> tuple[Input, ...]:
        """The fields to look at first, in the form's order."""
        inputs = [one for _, group in self.groups for one in group] + [one for row in self.rows for one in row.inputs]
        return tuple(one for one in inputs if one.in_doubt)


def inputs_of(invoice: Invoice, given: Mapping[str, str], wrong: Iterable[str] = ()) -> Sheet:
    """The fields with their values: what the person has typed (`given`) before what is stored."""
    data, refused = invoice.to_json(), frozenset(wrong)
    findings = {one.field: one.message for one in invoice.findings if one.field and one.severity == "error"}

    def one(path: str, kind: Kind, stored: Any, name: str) -> Input:
        evidence = invoice.fields.get(path)
        return Input(
            name=name,
            path=path,
            label=field_label(path, "en"),
            kind=kind,
            value=given.get(name, "" if stored is None else str(stored)),
            options=CHOICES.get(path, ()),
            level=level_of(evidence.confidence if evidence else None),
            confidence=evidence.confidence if evidence else None,
            snippet=_snippet(evidence),
            finding=findings.get(path, ""),
            wrong=path in refused,
        )

    groups = tuple(
        (title, tuple(one(path, kind_of(path), value_of(data, path), f"c-{path}") for path in paths))
        for title, paths in GROUPS
    )
    stored = data["positions"]
    spare = _SPARE_ROWS if stored else _SPARE_ROWS_IF_NONE
    rows = tuple(
        Row(
            index=index,
            is_new=index >= len(stored),
            inputs=tuple(
                one(
                    f"positions.{index}.{column}",
                    kind,
                    stored[index][column] if index < len(stored) else None,
                    f"p-{index}-{column}",
                )
                for column, kind in COLUMNS
            ),
        )
        for index in range(min(len(stored) + spare, _MOST_ROWS))
    )
    return Sheet(groups=groups, rows=rows, columns=tuple(field_label(f"positions.0.{c}", "en") for c, _ in COLUMNS))


def _snippet(evidence: FieldEvidence | None) -> Snippet | None:
    if evidence is None or evidence.page is None or evidence.box is None:
        return None
    left, top, right, bottom = evidence.box
    x, y = max(left - _BESIDE, 0), max(top - _ABOVE, 0)
    view = (x, y, right + _BESIDE - x, bottom + _ABOVE - y)
    box = (left - 1.5, top - 1.5, max(right - left, 1) + 3, max(bottom - top, 1) + 3)
    return Snippet(page=evidence.page, view=_rounded(view), box=_rounded(box))


def _rounded(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x, y, width, height = box
    return round(x, 1), round(y, 1), round(width, 1), round(height, 1)


def changes_of(invoice: Invoice, given: Mapping[str, str]) -> dict[str, Any]:
    """What the person has changed, as paths with JSON values; raises `InvalidInput` with `places`."""
    data, wrong = invoice.to_json(), []
    changes: dict[str, Any] = {}
    for _, paths in GROUPS:
        for path in paths:
            text = given.get(f"c-{path}")
            stored = value_of(data, path)
            if text is None or text.strip() == ("" if stored is None else str(stored)):
                continue
            try:
                changes[path] = _parsed(kind_of(path), text, empty=IF_EMPTY.get(path))
            except ValueError:
                wrong.append(path)
    rows, wrong_rows = _rows(data["positions"], given)
    if wrong or wrong_rows:
        raise InvalidInput("Some values cannot be read.", places=[*wrong, *wrong_rows])
    if rows != data["positions"]:
        changes["positions"] = rows
    return changes


def _rows(stored: list[dict[str, Any]], given: Mapping[str, str]) -> tuple[list[dict[str, Any]], list[str]]:
    """The positions as they stand in the form: changed, removed, added at the end."""
    rows, wrong = [], []
    for index in range(_MOST_ROWS):
        if f"p-{index}-{COLUMNS[0][0]}" not in given:
            rows += stored[index:]
            break
        if given.get(f"p-{index}-remove"):
            continue
        row = dict(stored[index]) if index < len(stored) else {}
        for column, kind in COLUMNS:
            text = given.get(f"p-{index}-{column}", "")
            was = row.get(column)
            if text.strip() == ("" if was is None else str(was)):
                continue
            try:
                row[column] = _parsed(kind, text, empty="1" if column == "factor" else None)
            except ValueError:
                wrong.append(f"positions.{index}.{column}")
        if index < len(stored) or any(value is not None for value in row.values()):
            rows.append(row)
    else:
        rows += stored[_MOST_ROWS:]
    lines = [row["line"] for row in rows if "line" in row]
    following = max(lines, default=0)
    for row in rows:
        if "line" not in row:
            following += 1
            row["line"] = following
    return rows, wrong


def _parsed(kind: Kind, text: str, *, empty: str | None = None) -> str | None:
    """JSON of what was typed; raises `ValueError`."""
    text = text.strip()
    if not text:
        return empty
    if kind == "amount":
        try:
            return format(parse_amount(text), "f")
        except NotAnAmount as error:
            raise ValueError from error
    if kind == "date":
        return dt.date.fromisoformat(text).isoformat()
    return text


def amounts_of(given: Mapping[str, str], worked_out: Mapping[int, Decimal | None]) -> dict[int, Decimal] | None:
    """The amounts by position line of a decision in part; None where they are those worked out.

    Raises `InvalidInput` with `places`.
    """
    amounts, wrong = {}, []
    for line in worked_out:
        text = given.get(f"pay-{line}", "").strip()
        try:
            amounts[line] = parse_amount(text) if text else Decimal("0.00")
        except NotAnAmount:
            wrong.append(f"position {line}")
    if wrong:
        raise InvalidInput("Some amounts cannot be read.", places=wrong)
    same = all(amount == (worked_out[line] or Decimal(0)) for line, amount in amounts.items())
    return None if same else amounts
