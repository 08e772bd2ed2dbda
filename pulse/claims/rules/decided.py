"""What a decision that counts pays on each line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pulse.base.money import FIVE_CENTS, ZERO
from pulse.base.reasons import Reason
from pulse.claims.rules.decision import Choice
from pulse.claims.rules.objection import DOUBTS, REMARKS


@dataclass(frozen=True, kw_only=True)
class BilledLine:
    """A line as settled: what was billed, what the rules would pay, and why not more."""

    line: int
    billed: Decimal | None
    payable: Decimal | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DecidedLine:
    """`approved` is None where a line's part cannot be told: it has no amount of its own or takes money back."""

    line: int
    approved: Decimal | None
    reasons: tuple[Reason, ...] = ()


def decided_lines(
    decision: Choice, total: Decimal, lines: Sequence[BilledLine], review: Mapping[int, Decimal] | None
) -> tuple[DecidedLine, ...]:
    """The lines' parts of a decision over `total` (CHF).

    A reason stays with a line that is not paid in full. Where the parts do not add up to the total, as on an invoice
    whose own sum is wrong, no line tells its part.
    """
    decided = tuple(_line(decision, line, review) for line in lines)
    parts = [line.approved for line in decided]
    known = [part for part in parts if part is not None]
    if len(known) == len(parts) and abs(sum(known, ZERO) - total) > FIVE_CENTS:
        return tuple(DecidedLine(line=line.line, approved=None, reasons=line.reasons) for line in decided)
    return decided


def _line(decision: Choice, line: BilledLine, review: Mapping[int, Decimal] | None) -> DecidedLine:
    if line.billed is None or line.billed < ZERO:
        return DecidedLine(line=line.line, approved=None, reasons=line.reasons)
    match decision:
        case "approve":
            approved = line.billed
        case "partial":
            approved = (line.payable or ZERO) if review is None else review.get(line.line, ZERO)
        case _:
            approved = ZERO
    return DecidedLine(line=line.line, approved=approved, reasons=_told(line, approved))


def _told(line: BilledLine, approved: Decimal) -> tuple[Reason, ...]:
    """What stands against a line that is not paid in full; a doubt only where a person paid less than the rules."""
    if approved == line.billed:
        return ()
    silent = REMARKS | DOUBTS if line.payable is not None and approved >= line.payable else REMARKS
    return tuple(reason for reason in line.reasons if reason not in silent)
