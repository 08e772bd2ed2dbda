"""What a page shows of a case, put in order: the document with its marks, the values read, the rules that fired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from db.decisions import Assessment
from pulse.base.errors import NotFound
from pulse.base.money import format_amount
from pulse.base.reason_texts import field_label
from pulse.claims.cases import CaseView
from pulse.claims.office import Office
from pulse.invoices.model import Invoice
from pulse.web import files
from pulse.web.pages.correction_fields import input_name

#: Resolution that pages are rendered at; boxes of evidence are in points, 72 to the inch.
_DPI, _POINTS = 110, 72
POINTS_PER_PIXEL = round(_POINTS / _DPI, 6)
_SURE, _DOUBTFUL = 0.8, 0.5
_NOT_SHOWN = {"schema_version", "source", "positions", "fields", "findings"}
#: Said only where they are not as usual.
_USUAL = {"request_type": "invoice", "subtype": "normal", "reminder_level": 0}
_PARTS = ("price", "abuse", "cost", "client")


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Where a value stands on the page, in points; `input` is its field's name in the form that corrects it."""

    path: str
    input: str
    label: str
    x: float
    y: float
    width: float
    height: float
    level: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One page of the document; no `width` where it cannot be shown."""

    number: int
    count: int
    width: float = 0
    height: float = 0
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReadValue:
    """A value of the reading with how sure it is, 0 to 1; None where no reader said."""

    path: str
    label: str
    value: str
    confidence: float | None
    page: int | None
    level: str


@dataclass(frozen=True, kw_only=True)
class FiredRule:
    """What the decision table answered for one position."""

    line: int
    rule: str
    level: str
    route: str
    reason: str
    table: str
    version: str
    parts: tuple[tuple[str, str, str], ...]


def sheet_of(office: Office, view: CaseView, number: int) -> Sheet | None:
    """A page of the case's document with the places of its values; None where the case came without one."""
    case = view.case
    if case.document_sha256 is None:
        return None
    count = max(case.content.source.pages, 1)
    number = min(max(number, 1), count)
    try:
        picture = files.page_picture(office, case.document_sha256, number)
    except NotFound:
        return Sheet(number=number, count=count)
    scale = _POINTS / _DPI
    return Sheet(
        number=number,
        count=count,
        width=round(picture.width * scale, 2),
        height=round(picture.height * scale, 2),
        marks=_marks(case.content, number),
    )


def _marks(invoice: Invoice, page: int) -> tuple[Mark, ...]:
    marks = []
    for path, evidence in invoice.fields.items():
        if evidence.page == page and evidence.box is not None:
            left, top, right, bottom = evidence.box
            marks.append(
                Mark(
                    path=path,
                    input=input_name(path),
                    label=field_label(path, "en"),
                    x=round(left - 1.5, 2),
                    y=round(top - 1.5, 2),
                    width=round(max(right - left, 1) + 3, 2),
                    height=round(max(bottom - top, 1) + 3, 2),
                    level=level_of(evidence.confidence),
                )
            )
    return tuple(marks)


def level_of(confidence: float | None) -> str:
    """`sure`, `check` or `doubtful`."""
    if confidence is None:
        return ""
    return "sure" if confidence >= _SURE else "check" if confidence >= _DOUBTFUL else "doubtful"


def read_values(invoice: Invoice) -> list[ReadValue]:
    """Every value outside of the positions that is there or was looked for."""
    values: list[ReadValue] = []
    for path, value in _flat(invoice.model_dump(exclude=_NOT_SHOWN)):
        evidence = invoice.fields.get(path)
        if (value is None and evidence is None) or _USUAL.get(path) == value:
            continue
        confidence = evidence.confidence if evidence else None
        values.append(
            ReadValue(
                path=path,
                label=field_label(path, "en"),
                value=_shown(value),
                confidence=confidence,
                page=evidence.page if evidence else None,
                level=level_of(confidence),
            )
        )
    return values


def _flat(data: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in data.items():
        path = f"{prefix}{name}"
        flat += _flat(value, f"{path}.") if isinstance(value, dict) else [(path, value)]
    return flat


def _shown(value: Any) -> str:
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y")
    return format_amount(value) if isinstance(value, Decimal) else "–" if value is None else str(value)


def fired_rules(assessments: list[Assessment]) -> list[FiredRule]:
    """What the decision table answered, position by position, with its version."""
    return [_fired(one) for one in assessments]


def _fired(one: Assessment) -> FiredRule:
    outputs = one.outputs
    table, _, rest = one.decision_definition_id.partition(":")
    return FiredRule(
        line=one.line,
        rule=str(outputs.get("rule") or ""),
        level=str(outputs.get("level") or ""),
        route=str(outputs.get("route") or ""),
        reason=str(outputs.get("reason") or ""),
        table=table,
        version=rest.partition(":")[0],
        parts=tuple(
            (part, str(outputs.get(f"{part}_rule") or ""), str(outputs.get(f"{part}_level") or ""))
            for part in _PARTS
            if outputs.get(f"{part}_rule")
        ),
    )
