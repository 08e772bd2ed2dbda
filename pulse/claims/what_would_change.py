"""What a change of rules, lists or settings would change in past cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from pulse.base.money import ZERO
from pulse.claims.evaluate import Evaluation, evaluate
from pulse.claims.past_cases import Answer, LineAnswer, PastCase
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


@dataclass(kw_only=True)
class Comparison:
    """All cases together; amounts in CHF, of the cases that have an answer of then."""

    cases: int = 0
    positions: int = 0
    without_answer: int = 0
    changes: list[Change] = field(default_factory=list)
    #: Cases whose lines stay and whose amount or outcome as a whole does not: a sum, a doubt about all.
    whole_changed: list[str] = field(default_factory=list)
    #: Cases that the machine may approve alone, then and now.
    machine_before: int = 0
    machine_after: int = 0
    payable_before: Decimal = ZERO
    payable_after: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        return self.payable_after - self.payable_before

    @property
    def changed(self) -> bool:
        return bool(self.changes or self.whole_changed)

    def to_json(self) -> dict[str, Any]:
        return {
            "cases": self.cases,
            "positions": self.positions,
            "without_answer": self.without_answer,
            "changes": [change.to_json() for change in self.changes],
            "whole_changed": self.whole_changed,
            "machine_before": self.machine_before,
            "machine_after": self.machine_after,
            "payable_before": f"{self.payable_before:.2f}",
            "payable_after": f"{self.payable_after:.2f}",
            "difference": f"{self.difference:.2f}",
        }

    def add(self, case: PastCase, after: Evaluation) -> None:
        """Counts a case in."""
        answer = Answer.model_validate(after.to_json())
        self.cases += 1
        self.positions += len(answer.positions)
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
        self.machine_before += before.outcome == "full"
        self.machine_after += answer.outcome == "full"
        self.payable_before += before.payable
        self.payable_after += answer.payable


def _as_judged(line: LineAnswer) -> tuple[str, Decimal, frozenset[str]]:
    """In whatever order the reasons are told."""
    return line.outcome, line.payable, frozenset(line.reasons)


def compare(
    connection: Connection, cases: Iterable[PastCase], rules: Rules
) -> tuple[Comparison, list[tuple[PastCase, Evaluation]]]:
    """Asks every case again, by the lists of the database and the rules as they are; with each answer of now."""
    comparison, answers = Comparison(), []
    for case in cases:
        answer = evaluate(connection, case.question, rules)
        comparison.add(case, answer)
        answers.append((case, answer))
    return comparison, answers
