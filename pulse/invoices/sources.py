"""Annex and print of one document: the annex wins, the print shows where values stand, contradictions are named."""

from __future__ import annotations

import re
from typing import Any

from pulse.base.identifiers import compact
from pulse.base.reasons import Reason
from pulse.invoices.model import FieldEvidence, Finding, Invoice, Position, Severity

#: What a decision rests on.
_DECIDING = (
    "guid",
    "invoice_date",
    "total_amount",
    "amount_due",
    "patient.family_name",
    "patient.given_name",
    "patient.birth_date",
    "patient.ssn",
    "patient.insured_number",
    "biller.gln",
    "biller.zsr",
    "tiers",
    "law",
)
_DECIDING_IN_POSITION = ("date", "tariff", "code", "quantity", "unit_price", "amount")
_LAST_DIGITS = re.compile(r"(\d+)$")


def merge(annex: Invoice, printed: Invoice | None) -> Invoice:
    """The annex's invoice with the print's places as evidence and a finding P229 for each contradiction."""
    if printed is None:
        return annex
    findings = (*annex.findings, *_contradictions(annex, printed))
    fields = {path: _evidence(path, evidence, annex, printed) for path, evidence in annex.fields.items()}
    return annex.model_copy(update={"fields": fields, "findings": findings})


def value_at(invoice: Invoice, path: str) -> Any:
    """The value at a path such as `positions.0.code`; None where there is none."""
    value: Any = invoice
    for part in path.split("."):
        if isinstance(value, tuple):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = getattr(value, part, None)
    return value


def _evidence(path: str, evidence: FieldEvidence, annex: Invoice, printed: Invoice) -> FieldEvidence:
    seen = printed.fields.get(path)
    if seen is None or (
        path != "positions" and _comparable(value_at(annex, path)) != _comparable(value_at(printed, path))
    ):
        return evidence
    return seen.model_copy(update={"confidence": evidence.confidence})


def _contradictions(annex: Invoice, printed: Invoice) -> list[Finding]:
    findings = []
    if number := _number_finding(annex.invoice_number, printed.invoice_number):
        findings.append(number)
    findings += [_finding(path) for path in _DECIDING if _differ(value_at(annex, path), value_at(printed, path))]
    if "positions" in printed.fields:
        if len(annex.positions) != len(printed.positions):
            findings.append(_finding("positions"))
        for index, pair in enumerate(zip(annex.positions, printed.positions, strict=False)):
            findings += [_finding(f"positions.{index}.{name}") for name in _differing(*pair)]
    return findings


def _differing(one: Position, other: Position) -> list[str]:
    return [name for name in _DECIDING_IN_POSITION if _differ(getattr(one, name), getattr(other, name))]


def _differ(annex: Any, printed: Any) -> bool:
    """A value that was not printed contradicts nothing."""
    return printed is not None and annex is not None and _comparable(annex) != _comparable(printed)


def _comparable(value: Any) -> Any:
    return " ".join(value.split()).casefold() if isinstance(value, str) else value


def _number_finding(annex: str | None, printed: str | None) -> Finding | None:
    """The print template shows only the number's last digits (`AP-2026-000101` → `101`): no contradiction."""
    if annex is None or printed is None or compact(annex) == compact(printed):
        return None
    last = _LAST_DIGITS.search(annex)
    shortened = last is not None and printed.isdecimal() and last[1].lstrip("0").endswith(printed.lstrip("0") or "0")
    return _finding("invoice_number", "info" if shortened else "error")


def _finding(path: str, severity: Severity = "error") -> Finding:
    return Finding(
        code=Reason.SOURCES_DISAGREE, severity=severity, field=path, message="QR annex and print say different things"
    )
