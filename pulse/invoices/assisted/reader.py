"""From a model's answer to an invoice: only values that stand on the page, and only if all that is needed is there."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import structlog

from pulse.base.identifiers import compact, gtin_13, is_pharmacode
from pulse.base.reasons import Reason
from pulse.invoices.assisted.model import ModelFailed, ReadingModel
from pulse.invoices.assisted.places import Pages, Place
from pulse.invoices.assisted.prompt import COLUMNS, FIELDS, messages
from pulse.invoices.checks import checked
from pulse.invoices.draft import Draft, Where
from pulse.invoices.evidence import calibrated
from pulse.invoices.model import Invoice, Source
from pulse.invoices.record import Candidate, ModelAnswer, Reading

log = structlog.get_logger(__name__)

_DATES = frozenset({"invoice_date", "patient.birth_date", "treatment.begin", "treatment.end", "date"})
_AMOUNTS = frozenset({"total_amount", "amount_due", "unit_price", "amount"})
_NUMBERS = frozenset({"patient.ssn", "patient.card_number", "biller.gln", "payment.iban", "code"})
_LAWS = frozenset({"KVG", "VVG", "UVG", "IVG", "MVG", "ORG"})
#: Reason codes of errors where a value is missing that an invoice must have: then nobody has read the document.
_MISSING = "P20"
#: A model points at values; that they are the right ones, nobody has shown.
_POINTED_AT = 0.6
MAX_ANSWER, MAX_ROWS = 200_000, 200


def helped(reading: Reading, model: ReadingModel, *, sha256: str, today: dt.date, weigh: bool = True) -> Reading:
    """The same reading, or the invoice that the model found where no reader knew the layout (P108, P107 after OCR).

    Never raises for what a model does: without an answer that holds, the reading stays as it was.
    """
    problem, pages = reading.problem, reading.record.pages
    unknown = problem is not None and problem.reason in (Reason.NO_INVOICE_FOUND, Reason.IMAGE_ONLY)
    if not unknown or not any(page.lines for page in pages):
        return reading
    try:
        answer = model.complete(messages(pages))[:MAX_ANSWER]
    except ModelFailed as failure:
        log.warning("no help from the model", action="read", model=model.name, code=failure.code)
        return reading
    draft = _draft(_object(answer), Pages(pages))
    taken = tuple(draft.values)
    record = reading.record.model_copy(
        update={"model_answers": (ModelAnswer(model=model.name, answer=answer, taken=taken),)}
    )
    raw = draft.build(Source(kind="model", sha256=sha256, pages=len(pages)))
    invoice: Invoice = checked(raw, today=today)
    if any(one.severity == "error" and one.code.startswith(_MISSING) for one in invoice.findings):
        return Reading(record, problem=problem)
    candidates = (*record.candidates, Candidate(source="model", invoice=raw, chosen=True))
    return Reading(record.model_copy(update={"candidates": candidates}), calibrated(invoice) if weigh else invoice)


def _object(answer: str) -> Mapping[str, Any]:
    """The JSON object in an answer, which may be fenced; empty where there is none."""
    start, end = answer.find("{"), answer.rfind("}")
    try:
        found = json.loads(answer[start : end + 1]) if start >= 0 else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _draft(said: Mapping[str, Any], pages: Pages) -> Draft:
    draft = Draft()
    for path in FIELDS:
        if (text := _text(said.get(path))) and (place := pages.find(text)):
            _put(draft, path, path, text, place)
    rows = said.get("positions")
    for row in (rows if isinstance(rows, list) else [])[:MAX_ROWS]:
        if isinstance(row, dict):
            _put_row(draft, row, pages)
    return draft


def _put_row(draft: Draft, row: Mapping[str, Any], pages: Pages) -> None:
    """A billed line: its amount must stand on the page, and the rest near it."""
    amount = _text(row.get("amount"))
    anchor = pages.find(_text(row.get("code"))) or pages.find(_text(row.get("name")))
    place = pages.find(amount, near=anchor)
    if place is None:
        return
    prefix = f"positions.{draft.rows}"
    draft.rows += 1
    draft.put_evidence("positions", Where(place.page, None, _POINTED_AT))
    for column in COLUMNS:
        text = _text(row.get(column))
        if text and (found := pages.find(text, near=anchor or place)):
            _put(draft, f"{prefix}.{column}", column, text, found)
    code = draft.values.get(f"{prefix}.code", "")
    tariff = "402" if gtin_13(code) else "400" if is_pharmacode(code) else None
    draft.put(f"{prefix}.tariff", tariff, Where(place.page, None, _POINTED_AT))


def _put(draft: Draft, path: str, kind: str, text: str, place: Place) -> None:
    where = Where(place.page, place.box, min(_POINTED_AT, place.confidence))
    if kind in _DATES:
        draft.date(path, text, where)
    elif kind in _AMOUNTS:
        draft.money(path, text, where)
    elif kind == "quantity":
        draft.number(path, text, where)
    elif kind == "law":
        draft.put(path, text if text in _LAWS else None, where)
    else:
        draft.text(path, compact(text) if kind in _NUMBERS else text, where)


def _text(value: object) -> str:
    """A copied value; a number in JSON is no copy, but its digits may still stand on the page."""
    if isinstance(value, str):
        return value.strip()[:300]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
