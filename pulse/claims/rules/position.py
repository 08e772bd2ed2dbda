"""What is payable of one position, and why not more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pulse.base.money import ZERO, to_cents
from pulse.base.reasons import Reason
from pulse.claims.rules.checks import CHECKS, Check
from pulse.claims.rules.facts import PositionFacts

Outcome = Literal["full", "partial", "none"]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What becomes of a line: `payable` in CHF, never negative and never above the billed amount.

    `needs_person`: it is not paid in full, or something about it is in doubt. `reasons` may hold remarks beside what
    stands against the line.
    """

    line: int
    outcome: Outcome
    payable: Decimal
    reasons: tuple[Reason, ...] = ()
    needs_person: bool = False


def judge(facts: PositionFacts, checks: Sequence[Check] = CHECKS) -> Judgement:
    """The judgement over all that the checks find: one refusal pays nothing, several cuts pay the least of them."""
    found = [objection for check in checks if (objection := check(facts)) is not None]
    amount = facts.position.amount or ZERO
    payable = amount
    for objection in found:
        if objection.effect == "refuse":
            payable = ZERO
        elif objection.effect == "cut" and objection.payable is not None:
            payable = min(payable, to_cents(objection.payable))
    payable = max(payable, ZERO)
    refused = any(objection.effect == "refuse" for objection in found)
    outcome: Outcome = "none" if refused or payable == ZERO else "full" if payable == amount else "partial"
    return Judgement(
        line=facts.position.line,
        outcome=outcome,
        payable=payable,
        reasons=tuple(dict.fromkeys(objection.reason for objection in found)),
        needs_person=outcome != "full" or any(objection.effect != "note" for objection in found),
    )
