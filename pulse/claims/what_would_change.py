"""What a change of rules, lists or settings would change in past cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from pulse.base.money import ZERO
from pulse.claims import past_risk
from pulse.claims.evaluate import Evaluation, evaluate
from pulse.claims.past_cases import Answer, LineAnswer, PastCase
from pulse.claims.past_risk import Risk, RiskChange, RiskTable
from pulse.claims.rules.facts import Rules


@dataclass(frozen=True, kw_only=True)
class Change:
    """A position that would be judged in another way; `name` is the medication's."""

    case: str
    line: int
    name: str | None
    before: LineAnswer
    after: LineAnswer

    @property
    def difference(self) -> Decimal:
        """In CHF: above zero, more would be paid."""
        return self.after.payable - self.before.payable

    def to_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "line": self.line,
            "name": self.name,
            "before": self.before.model_dump(mode="json"),
            "after": self.after.model_dump(mode="json"),
            "difference": f"{self.difference:.2f}",
        }


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A case with the answer and the risk of now."""

    case: PastCase
    answer: Evaluation
    risk: Risk | None


@dataclass(kw_only=True)
class Comparison:
    """All cases together; amounts in CHF, of the cases that have an answer of then."""

    cases: int = 0
    positions: int = 0
    without_answer: int = 0
    changes: list[Change] = field(default_factory=list)
    #: Cases whose lines stay and whose amount or outcome as a whole does not: a sum, a doubt about all.
    whole_changed: list[str] = field(default_factory=list)
    #: Cases of another risk, or that would go another way.
    risk_changes: list[RiskChange] = field(default_factory=list)
    #: Cases of which it is not on record what the risk tables were asked.
    without_risk: int = 0
    #: Cases that the machine may approve alone, then and now: payable in full, and of no high risk.
    machine_before: int = 0
    machine_after: int = 0
    payable_before: Decimal = ZERO
    payable_after: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        return self.payable_after - self.payable_before

    @property
    def changed(self) -> bool:
        return bool(self.changes or self.whole_changed or self.risk_changes)

    def to_json(self) -> dict[str, Any]:
        return {
            "cases": self.cases,
            "positions": self.positions,
            "without_answer": self.without_answer,
            "changes": [change.to_json() for change in self.changes],
            "whole_changed": self.whole_changed,
            "risk_changes": [change.to_json() for change in self.risk_changes],
            "without_risk": self.without_risk,
            "machine_before": self.machine_before,
            "machine_after": self.machine_after,
            "payable_before": f"{self.payable_before:.2f}",
            "payable_after": f"{self.payable_after:.2f}",
            "difference": f"{self.difference:.2f}",
        }

    def add(self, case: PastCase, after: Evaluation, risk: Risk | None) -> None:
        """Counts a case in; `risk` is that of now."""
        answer = Answer.model_validate(after.to_json())
        self.cases += 1
        self.positions += len(answer.positions)
        self.without_risk += not case.asked
        if case.expected is None:
            self.without_answer += 1
            return
        before = case.expected
        changes = [
            Change(case=case.name, line=position.line, name=position.name, before=then, after=now)
            for position, then, now in zip(
                case.question.invoice.positions, before.positions, answer.positions, strict=True
            )
            if _as_judged(then) != _as_judged(now)
        ]
        self.changes += changes
        outcome_changed = before.outcome is not None and before.outcome != answer.outcome
        if not changes and (outcome_changed or before.payable != answer.payable):
            self.whole_changed.append(case.name)
        outcome = after.settlement.outcome
        then, now = (before.risk, before.outcome or outcome), (risk, outcome)
        risk_change = past_risk.change(case.name, then, now)
        if risk_change is not None:
            self.risk_changes.append(risk_change)
        self.machine_before += past_risk.route(*then) == "straight_through"
        self.machine_after += past_risk.route(*now) == "straight_through"
        self.payable_before += before.payable
        self.payable_after += answer.payable


def _as_judged(line: LineAnswer) -> tuple[str, Decimal, frozenset[str]]:
    """In whatever order the reasons are told."""
    return line.outcome, line.payable, frozenset(line.reasons)


def compare(
    connection: Connection, cases: Iterable[PastCase], rules: Rules, table: RiskTable | None = None
) -> tuple[Comparison, list[Answered]]:
    """Asks every case again, by the lists of the database and the rules as they are, and by `table` where one is given:
    it is asked what the risk tables were asked then."""
    comparison, answers = Comparison(), []
    for case in cases:
        answer = evaluate(connection, case.question, rules)
        known = case.expected.risk if case.expected else None
        risk = past_risk.judged(table, case.asked) if table and case.asked else known
        comparison.add(case, answer, risk)
        answers.append(Answered(case=case, answer=answer, risk=risk))
    return comparison, answers
