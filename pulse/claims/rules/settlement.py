"""What is payable of a whole invoice: its positions' amounts, added up, never more than was billed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pulse.base.money import ZERO
from pulse.base.reasons import Reason
from pulse.claims.rules.duplicates import takes_back
from pulse.claims.rules.position import Judgement, Outcome
from pulse.invoices.model import Invoice, Position


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """The lines' payables and `rounding` add up to `payable_amount`, which is at most the billed total.

    `rounding` is what the invoice's own rounding to five centimes added or took; only a settlement in full has one.
    `reasons` are those of the invoice as a whole; each line has its own.
    """

    payable_amount: Decimal
    outcome: Outcome
    lines: tuple[Judgement, ...]
    rounding: Decimal = ZERO
    reasons: tuple[Reason, ...] = ()


def billed_total(invoice: Invoice) -> Decimal:
    """What the invoice asks for: its total, else the sum of its lines."""
    if invoice.total_amount is not None:
        return invoice.total_amount
    return sum((position.amount for position in invoice.positions if position.amount is not None), ZERO)


def with_amounts(invoice: Invoice, ceilings: Mapping[int, Decimal]) -> Invoice:
    """The invoice with an amount on every line, for invoices that state only a total (the short form).

    The total goes line by line, up to each line's ceiling (maximum price times quantity, 0 where not listed); what
    is left over goes to a line that has no ceiling, else to the last one, where it shows as too high a price.
    """
    if all(position.amount is not None for position in invoice.positions):
        return invoice
    left = billed_total(invoice) - sum((p.amount for p in invoice.positions if p.amount is not None), ZERO)
    shares: dict[int, Decimal] = {}
    for position in invoice.positions:
        if position.amount is None:
            shares[position.line] = min(max(left, ZERO), ceilings.get(position.line, ZERO))
            left -= shares[position.line]
    if left > ZERO:
        last = next((line for line in shares if not ceilings.get(line)), list(shares)[-1])
        shares[last] += left
    positions = tuple(p if p.line not in shares else _priced(p, shares[p.line]) for p in invoice.positions)
    return invoice.model_copy(update={"positions": positions})


def settle(invoice: Invoice, judge: Callable[[Position], Judgement], *, tolerance: Decimal) -> Settlement:
    """The settlement of an invoice whose positions all have amounts.

    It is full only where every line is, without a doubt about any. Nothing is paid by the machine of an invoice that
    takes money back (a storno, a refund, a negative line): its parts cannot be judged one by one. A sum that differs
    from the total by more than `tolerance` (CHF), or a prepayment on an invoice that we pay to the provider, leaves the
    decision to a person.
    """
    lines = tuple(judge(position) for position in invoice.positions)
    billed, stated = billed_total(invoice), sum((p.amount or ZERO for p in invoice.positions), ZERO)
    if takes_back(invoice) or billed <= ZERO or any((p.amount or ZERO) < ZERO for p in invoice.positions):
        why = Reason.CANCELS if takes_back(invoice) else Reason.QUANTITY_IMPLAUSIBLE
        nothing = tuple(_cut(line, ZERO, why) for line in lines)
        return Settlement(payable_amount=ZERO, outcome="none", lines=nothing, reasons=(why,))
    doubts = _doubts(invoice, billed, stated, tolerance)
    payable = sum((line.payable for line in lines), ZERO)
    if not doubts and lines and not any(line.needs_person for line in lines):
        return Settlement(payable_amount=billed, outcome="full", lines=lines, rounding=billed - payable)
    lines = _within(lines, billed)
    payable = sum((line.payable for line in lines), ZERO)
    outcome: Outcome = "partial" if payable > ZERO else "none"
    return Settlement(payable_amount=payable, outcome=outcome, lines=lines, reasons=doubts)


def _priced(position: Position, amount: Decimal) -> Position:
    return position.model_copy(update={"amount": amount, "quantity": position.quantity or Decimal(1)})


def _doubts(invoice: Invoice, billed: Decimal, stated: Decimal, tolerance: Decimal) -> tuple[Reason, ...]:
    doubts = []
    if abs(billed - stated) > tolerance:
        doubts.append(Reason.SUM_DIFFERS)
    if invoice.prepaid_amount > ZERO and invoice.tiers in ("payant", "soldant"):
        doubts.append(Reason.AMOUNT_DUE_DIFFERS)
    if invoice.currency != "CHF":
        doubts.append(Reason.CURRENCY_NOT_CHF)
    return tuple(doubts)


def _within(lines: Sequence[Judgement], billed: Decimal) -> tuple[Judgement, ...]:
    """The lines cut from the last one up until they add up to no more than was billed."""
    excess = sum((line.payable for line in lines), ZERO) - billed
    kept: list[Judgement] = []
    for line in reversed(lines):
        cut = min(max(excess, ZERO), line.payable)
        kept.append(_cut(line, line.payable - cut, Reason.SUM_DIFFERS) if cut else line)
        excess -= cut
    return tuple(reversed(kept))


def _cut(line: Judgement, payable: Decimal, reason: Reason) -> Judgement:
    outcome: Outcome = "partial" if payable > ZERO else "none"
    reasons = tuple(dict.fromkeys((*line.reasons, reason)))
    return replace(line, payable=payable, outcome=outcome, reasons=reasons, needs_person=True)
