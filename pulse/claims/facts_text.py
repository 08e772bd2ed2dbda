"""The `facts` variable: what a controller must see in any tasklist, as text (contracts §3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from db.clients import Client
from db.invoices import Case, Line
from pulse.base.clock import swiss_date
from pulse.base.money import format_amount
from pulse.base.reason_texts import field_label, label
from pulse.base.reasons import Reason
from pulse.claims.rules.settlement import Settlement
from pulse.claims.steps import codes

MOST_CHARACTERS = 3900


def reading_text(case: Case) -> str:
    """What is doubtful or missing in the reading, for *Correct the reading*; empty where it is complete."""
    if case.reading == "complete":
        return ""
    errors = [finding for finding in case.content.findings if finding.severity == "error"]
    return limited((_finding(finding.code, finding.field) for finding in errors), [])


def case_text(
    case: Case,
    client: Client | None,
    lines: Sequence[Line],
    settlement: Settlement,
    reasons: str,
    *,
    answered_at: datetime | None = None,
) -> str:
    """Client, invoice and positions with what was found out about each; at most 3 900 characters.

    `answered_at`: when the provider has answered a question; what they said stands with the case alone.
    """
    invoice = case.content
    head = [f"The provider has answered on {swiss_date(answered_at)}: see the case"] if answered_at else []
    head += [
        f"Invoice {invoice.invoice_number or '-'} of {invoice.invoice_date or '-'}, {invoice.biller.name or '-'}",
        f"Law {invoice.law or '-'}, tiers {invoice.tiers or '-'}",
    ]
    if client is not None:
        until = client.covered_until or "open"
        head.append(f"Client: cover {client.covered_from} to {until}, risk score {client.risk_score}")
    head += [f"{reason.value} {label(reason, 'en')}" for reason in codes(reasons)]
    judged = {judgement.line: judgement for judgement in settlement.lines}
    rows = []
    for line in lines:
        found = judged.get(line.line)
        payable = format_amount(found.payable) if found else "-"
        notes = [label(reason, "en") for reason in (found.reasons if found else ())]
        notes += [f"risk {line.risk_level} ({line.risk_rule})"] if line.risk_level else []
        billed = "-" if line.amount is None else format_amount(line.amount)
        name = (line.name or line.code or "-")[:60]
        rows.append(
            f"{line.line}. {name}, {_plain(line.quantity)} x, billed {billed}, payable {payable}"
            + (f": {', '.join(notes)}" if notes else "")
        )
    return limited(rows, head)


def limited(rows: Iterable[str], head: Sequence[str]) -> str:
    """Head and rows, one a line; past 3 900 characters "… and n more, see the case"."""
    everything = [*head, *rows]
    kept: list[str] = []
    used = 0
    for index, row in enumerate(everything):
        closing = f"… and {len(everything) - index} more, see the case"
        room = MOST_CHARACTERS - (len(closing) + 1 if index < len(everything) - 1 else 0)
        if used + len(row) + 1 > room:
            kept.append(closing)
            break
        kept.append(row)
        used += len(row) + 1
    return "\n".join(kept)


def _finding(code: Reason, field: str | None) -> str:
    place = f" ({field_label(field, 'en')})" if field else ""
    return f"{code.value} {label(code, 'en')}{place}"


def _plain(quantity: Decimal | None) -> str:
    return "1" if quantity is None else f"{quantity.normalize():f}"
