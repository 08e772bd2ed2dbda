"""An invoice from outside, so that every database can hold it: whatever a stranger writes, storing it must not fail."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pulse.base.reasons import Reason
from pulse.invoices.model import Finding, Invoice, Position

#: Ten digits before the point is what the amount columns hold.
_TOO_LARGE = Decimal(10) ** 10
_AMOUNTS = ("quantity", "unit_price", "factor", "amount")


def storable(invoice: Invoice) -> Invoice:
    """The same invoice with unlike line numbers, without NUL characters, and without amounts beyond ten digits: those
    are unreadable (`P230`), not true."""
    if "\\u0000" in invoice.model_dump_json():
        invoice = Invoice.model_validate(_without_nul(invoice.to_json()))
    lines = [position.line for position in invoice.positions]
    if len(set(lines)) < len(lines) or any(not 0 < line < 10_000 for line in lines):
        positions = tuple(p.model_copy(update={"line": n}) for n, p in enumerate(invoice.positions, start=1))
        invoice = invoice.model_copy(update={"positions": positions})
    return _without_absurd_amounts(invoice)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value


def _without_absurd_amounts(invoice: Invoice) -> Invoice:
    findings: list[Finding] = []
    positions = []
    for index, position in enumerate(invoice.positions):
        absurd = [name for name in _AMOUNTS if _is_absurd(getattr(position, name))]
        findings += [_finding(f"positions.{index}.{name}") for name in absurd]
        positions.append(_dropped(position, absurd) if absurd else position)
    changes: dict[str, Any] = {"positions": tuple(positions)}
    if _is_absurd(invoice.total_amount):
        findings.append(_finding("total_amount"))
        changes["total_amount"] = None
    if not findings:
        return invoice
    return invoice.model_copy(update={**changes, "findings": (*invoice.findings, *findings)})


def _dropped(position: Position, names: list[str]) -> Position:
    return position.model_copy(update={name: Decimal(1) if name == "factor" else None for name in names})


def _is_absurd(amount: Decimal | None) -> bool:
    return amount is not None and abs(amount) >= _TOO_LARGE


def _finding(path: str) -> Finding:
    return Finding(code=Reason.AMOUNT_UNREADABLE, severity="error", field=path, message="no amount is that large")
