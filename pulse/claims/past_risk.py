"""The risk of past cases, by the table that judged them or by another one: who would decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from pulse.claims.rules.position import Outcome
from pulse.claims.rules.risk_inputs import gravest

#: A risk table: from the values that it is asked to the outputs of the rules that hold; none where it fails.
RiskTable = Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]]]
#: What the table is asked about each position, by line.
Asked = Mapping[int, Mapping[str, Any]]
#: Who decides: nobody (or who confirms), an assistant, a controller, a person who clarifies what the table left open.
Route = Literal["straight_through", "decide", "review", "clarify"]

_NO_ANSWER = "-"


class Risk(BaseModel):
    """The risk of a case, and the rule that each position met, by line; `level` is None where the table gave no
    single answer."""

    model_config = ConfigDict(frozen=True)
    level: Literal["low", "high"] | None
    rules: dict[int, str]


@dataclass(frozen=True, kw_only=True)
class RiskChange:
    """A case that would meet another rule or go another way; `rules` by line, before and after."""

    case: str
    before: Route
    after: Route
    rules: tuple[tuple[int, str, str], ...]

    def to_json(self) -> dict[str, Any]:
        rules = [{"line": line, "before": before, "after": after} for line, before, after in self.rules]
        return {"case": self.case, "before": self.before, "after": self.after, "rules": rules}


def judged(table: RiskTable, asked: Asked) -> Risk:
    """As the process does: the gravest position counts, and a table without a single answer is a person's business."""
    answers = {line: table(values) for line, values in asked.items()}
    single = [hits[0] for hits in answers.values() if len(hits) == 1 and hits[0].get("level") in ("low", "high")]
    rules = {line: str(hits[0].get("rule")) if len(hits) == 1 else _NO_ANSWER for line, hits in answers.items()}
    return Risk(level=gravest(single) if len(single) == len(answers) else None, rules=rules)


def route(risk: Risk | None, outcome: Outcome) -> Route:
    """Which way a case takes; of a case whose risk is not known, the way of a low one."""
    if risk is not None and risk.level is None:
        return "clarify"
    if risk is not None and risk.level == "high":
        return "review"
    return "straight_through" if outcome == "full" else "decide"


def change(case: str, before: tuple[Risk | None, Outcome], after: tuple[Risk | None, Outcome]) -> RiskChange | None:
    """What differs between two risks and outcomes; None where nothing does."""
    then, now = (risk.rules if risk else {} for risk, _ in (before, after))
    rules = tuple(
        (line, then.get(line, _NO_ANSWER), now.get(line, _NO_ANSWER))
        for line in sorted({*then, *now})
        if then.get(line) != now.get(line)
    )
    ways = route(*before), route(*after)
    return RiskChange(case=case, before=ways[0], after=ways[1], rules=rules) if rules or ways[0] != ways[1] else None
