"""What a decision pays, line by line, each at the rate of its medication on the day of treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from db import approvals, client_terms, clients, decisions, invoices, medications
from pulse.base.clock import swiss_date
from pulse.base.money import ZERO
from pulse.claims.position_facts import left_of
from pulse.claims.rules.cost_share import is_free
from pulse.claims.rules.coverage import treatment_day
from pulse.claims.rules.decided import BilledLine, decided_lines
from pulse.claims.steps import case_of

_USUAL = 10


@dataclass(frozen=True, kw_only=True)
class Part:
    """An approved amount above zero; `percent` is what the client bears of it after the franchise, 0 where the whole
    of it is free."""

    line: int
    day: date
    percent: int
    amount: Decimal


def parts_of(
    connection: Connection,
    invoice_id: int,
    client: clients.Client,
    decision: decisions.Decision,
    review: decisions.Review | None,
) -> list[Part]:
    """The parts of what a decision approves; together its amount.

    What the invoice's own rounding added or took goes with the largest line. Where the lines do not tell their parts,
    all of it is line 0 of the first day of treatment, at the usual rate.
    """
    if decision.decision not in ("approve", "partial"):
        return []
    case = case_of(connection, invoice_id)
    lines = invoices.lines(connection, invoice_id)
    invoice, received = case.content, swiss_date(case.received_at)
    days = {position.line: treatment_day(invoice, position) or received for position in invoice.positions}
    amounts = _amounts(decision, review, lines)
    if amounts is None:
        amounts = {0: decision.payable_amount}
    first = min(days.values(), default=received)
    free = is_free(invoice.law or client.law, invoice.treatment.reason)
    spared = client_terms.maternities_of(connection, client.id)
    percents = _percents(connection, client.id, lines, days)
    parts = []
    for line, amount in amounts.items():
        day = days.get(line, first)
        without = free or any(one.begins <= day <= one.ends for one in spared)
        parts.append(Part(line=line, day=day, percent=0 if without else percents.get(line, _USUAL), amount=amount))
    return [part for part in parts if part.amount > ZERO]


def _amounts(
    decision: decisions.Decision, review: decisions.Review | None, lines: Sequence[invoices.Line]
) -> dict[int, Decimal] | None:
    """The approved amount of each line, or None where it cannot be told."""
    billed = [BilledLine(line=line.line, billed=line.amount, payable=line.payable) for line in lines]
    wanted = review.amounts() if review else None
    decided = decided_lines(decision.decision, decision.payable_amount, billed, wanted)
    amounts = {one.line: one.approved for one in decided if one.approved is not None}
    if not amounts or len(amounts) < len(decided):
        return None
    largest = max(amounts, key=lambda line: amounts[line])
    amounts[largest] += decision.payable_amount - sum(amounts.values(), ZERO)
    return amounts if amounts[largest] >= ZERO else None


def _percents(
    connection: Connection, client_id: int, lines: Sequence[invoices.Line], days: dict[int, date]
) -> dict[int, int]:
    """The rate of each line whose pack the list holds (Art. 38a KLV); the usual one where it was approved that the
    person needs this very medication (Abs. 7)."""
    asked = {line.line: (line.gtin, days[line.line]) for line in lines if line.gtin and line.line in days}
    known = medications.facts_on(connection, asked.values())
    percents = {line: known[pack].cost_share_percent for line, pack in asked.items() if pack in known}
    raised = [line for line, percent in percents.items() if percent > _USUAL]
    if raised:
        first, last = min(days[line] for line in raised), max(days[line] for line in raised)
        given = [left_of(one, ()) for one in approvals.between(connection, client_id, first, last, "copayment")]
        for line in raised:
            gtin, day = asked[line]
            if any(one.holds_on(day) and one.is_for(gtin, known[gtin, day].atc) for one in given):
                percents[line] = _USUAL
    return percents
