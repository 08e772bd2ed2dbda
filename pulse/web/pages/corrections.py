"""The form of *Correct the reading*: each field of the invoice that a person may write, and what was changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pulse.base.errors import InvalidInput
from pulse.base.money import NotAnAmount, parse_amount
from pulse.base.reason_texts import field_label
from pulse.invoices.draft import around
from pulse.invoices.model import FieldEvidence, Invoice
from pulse.web.pages.correction_fields import CHOICES, COLUMNS, GROUPS, IF_EMPTY, Kind, input_name, kind_of, value_of
from pulse.web.pages.sight import level_of

#: Empty rows for positions that the reader has missed.
_SPARE_ROWS, _SPARE_ROWS_IF_NONE = 2, 8
_MOST_ROWS = 200


#: What is shown of the page around a value, in points; of the box's frame, how far from the value it is.
_BESIDE, _ABOVE, _FRAME = 36.0, 7.0, 1.5

Area = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """The strip of the page where values stand; `view` and each box are left, top, width and height in points, a box
    with how sure its value is."""

    page: int
    view: Area
    boxes: tuple[tuple[Area, str], ...]


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
    """A position to correct, or an empty row; `strip` is the printed row, shown where something in it is in doubt."""

    index: int
    is_new: bool
    inputs: tuple[Input, ...]
    strip: Snippet | None = None

    @property
    def findings(self) -> tuple[Input, ...]:
        """The fields with something wrong."""
        return tuple(one for one in self.inputs if one.finding)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The whole form."""

    groups: tuple[tuple[str, tuple[Input, ...]], ...]
    rows: tuple[Row, ...]
    columns: tuple[str, ...]

    @property
    def wrong(self) -> tuple[Input, ...]:
        """The fields that something is wrong with, in the form's order."""
        return tuple(one for one in self._inputs if one.wrong or one.finding)

    @property
    def unsure(self) -> tuple[Input, ...]:
        """The other fields that were not read surely."""
        return tuple(one for one in self._inputs if one.in_doubt and one not in self.wrong)

    @property
    def _inputs(self) -> Iterator[Input]:
        for _, group in self.groups:
            yield from group
        for row in self.rows:
            yield from row.inputs


def inputs_of(invoice: Invoice, given: Mapping[str, str], wrong: Iterable[str] = ()) -> Sheet:
    """The fields with their values: what the person has typed (`given`) before what is stored."""
    data, refused = invoice.to_json(), frozenset(wrong)
    findings: dict[str, list[str]] = {}
    for found in invoice.findings:
        if found.field and found.severity == "error":
            findings.setdefault(found.field, []).append(found.message)

    def one(path: str, kind: Kind, stored: Any) -> Input:
        evidence, name = invoice.fields.get(path), input_name(path)
        return Input(
            name=name,
            path=path,
            label=field_label(path, "en"),
            kind=kind,
            value=given.get(name, "" if stored is None else str(stored)),
            options=CHOICES.get(path, ()),
            level=level_of(evidence.confidence if evidence else None),
            confidence=evidence.confidence if evidence else None,
            snippet=_snippet([evidence]) if evidence else None,
            finding="; ".join(findings.get(path, ())),
            wrong=path in refused,
        )

    groups = tuple(
        (title, tuple(one(path, kind_of(path), value_of(data, path)) for path in paths)) for title, paths in GROUPS
    )
    stored = data["positions"]
    spare = _SPARE_ROWS if stored else _SPARE_ROWS_IF_NONE
    rows = tuple(
        _row(invoice, index, stored[index] if index < len(stored) else None, one)
        for index in range(min(len(stored) + spare, _MOST_ROWS))
    )
    return Sheet(groups=groups, rows=rows, columns=tuple(field_label(f"positions.0.{c}", "en") for c, _ in COLUMNS))


def _row(invoice: Invoice, index: int, stored: Mapping[str, Any] | None, one: Callable[[str, Kind, Any], Input]) -> Row:
    paths = [(f"positions.{index}.{column}", kind, column) for column, kind in COLUMNS]
    inputs = tuple(one(path, kind, stored[column] if stored else None) for path, kind, column in paths)
    found = [invoice.fields[path] for path, _, _ in paths if path in invoice.fields]
    strip = _snippet(found) if any(one.in_doubt for one in inputs) else None
    return Row(index=index, is_new=stored is None, inputs=inputs, strip=strip)


def _snippet(found: Sequence[FieldEvidence]) -> Snippet | None:
    """The part of the page with these values, as far as they stand on the first one's page."""
    placed = [(one, one.box) for one in found if one.page is not None and one.box is not None]
    if not placed:
        return None
    page = placed[0][0].page
    boxes = [(box, level_of(one.confidence)) for one, box in placed if one.page == page]
    left, top, right, bottom = around([box for box, _ in boxes])
    x, y = max(left - _BESIDE, 0), max(top - _ABOVE, 0)
    return Snippet(
        page=page or 1,
        view=_rounded((x, y, right + _BESIDE - x, bottom + _ABOVE - y)),
        boxes=tuple((_framed(box), level) for box, level in boxes),
    )


def _framed(box: Area) -> Area:
    left, top, right, bottom = box
    width, height = max(right - left, 1), max(bottom - top, 1)
    return _rounded((left - _FRAME, top - _FRAME, width + 2 * _FRAME, height + 2 * _FRAME))


def _rounded(box: Area) -> Area:
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
